"""Drainer: lets workers leave that an operator drains.

The session's note in the storage is what counts. The signal makes it quick: a worker
that moves to another broker, or whose broker missed the signal, learns it from the note.
"""

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.limits import check_name
from qtasks.core.signals import DrainSignal
from qtasks.engine.admission import DEFAULT_APP
from qtasks.engine.outages import Outages
from qtasks.engine.session import WorkerSession
from qtasks.errors import WorkerNotFound


class Drainer:
    """Lets workers leave.

    Args:
        storage: Where sessions are.
        sessions: The sessions connected here, by id.
        outages: Notes when the storage fails.
    """

    def __init__(
        self, storage: Storage, sessions: dict[str, WorkerSession], outages: Outages
    ) -> None:
        self._storage = storage
        self._sessions = sessions
        self._outages = outages

    async def drain(self, request: v1.DrainWorkerRequest) -> v1.DrainWorkerResponse:
        """Tell a worker, wherever it is connected; raises `WorkerNotFound`."""
        app = request.app or DEFAULT_APP
        worker = check_name(request.worker_id, "worker_id")
        with self._outages.noted():
            session = await self._storage.drain(app, worker)
        if not session:
            raise WorkerNotFound(
                f"no live worker of {app!r} has the id {worker!r}; see: qtasks workers",
                worker_id=worker,
            )
        signal = DrainSignal(session)
        if not self.pass_on(signal):
            await self._storage.publish(signal)
        live = await self._storage.sessions(app)
        running = sum(one.running for one in live if one.id == session)
        return v1.DrainWorkerResponse(running=running)

    def pass_on(self, signal: DrainSignal) -> bool:
        """Tell the worker concerned, if it is connected here."""
        session = self._sessions.get(signal.session)
        if session is not None:
            session.leave()
        return session is not None

    async def catch_up(self) -> None:
        """Tell the workers here whose signals may have been lost."""
        with self._outages.noted_quietly():  # once that is over, this is done again
            for app in {session.app for session in self._sessions.values()}:
                for session in await self._storage.sessions(app):
                    if session.draining:
                        self.pass_on(DrainSignal(session.id))
