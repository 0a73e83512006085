"""Lessor: keeps the sessions of live workers, and takes back from the dead.

A session is extended as long as frames come in; all its leases live and die with it.
"""

import logging
from collections.abc import Callable
from math import inf

import anyio

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import Change
from qtasks.engine.outages import Outages
from qtasks.engine.session import WorkerSession
from qtasks.engine.settings import EngineSettings
from qtasks.errors import SessionLost, StorageUnavailable

logger = logging.getLogger(__name__)

MAX_RECLAIMED = 256
"""Tasks taken back in one call."""

WORKER_LOST = v1.Failure(
    kind="WorkerLost",
    message="the task lost the worker that ran it too often; look for crashes (out of "
    "memory, native code) in what it does",
    reason=v1.FAILURE_REASON_WORKER_LOST,
).SerializeToString()

ATTEMPT_LOST = v1.EventChunk(
    events=[
        v1.TaskEvent(
            state_changed=v1.StateChanged(
                state=v1.TASK_STATE_RETRY,
                failure=v1.Failure(
                    kind="WorkerLost",
                    message="the worker was lost while it ran the task",
                    retryable=True,
                    reason=v1.FAILURE_REASON_WORKER_LOST,
                ),
            )
        )
    ]
).SerializeToString()

_SILENT = (
    "no frame came for as long as two leases last; a worker sends at least one, even an "
    "empty one, every `welcome.heartbeat`"
)


class Lessor:
    """Keeps the sessions of live workers, and takes back from the dead.

    Args:
        storage: Where leases are.
        sessions: The sessions connected here, by id.
        settings: Lengths of leases.
        outages: Notes when the storage fails.
        on_changes: Told which tasks were taken back.
    """

    def __init__(
        self,
        storage: Storage,
        sessions: dict[str, WorkerSession],
        settings: EngineSettings,
        outages: Outages,
        on_changes: Callable[[list[Change]], None],
    ) -> None:
        self._storage = storage
        self._sessions = sessions
        self._settings = settings
        self._outages = outages
        self._on_changes = on_changes
        self._expiry = anyio.Event()
        self._ending: dict[str, anyio.Event] = {}

    async def extend(self) -> None:
        """Extend the sessions that were heard, until cancelled.

        For less than the lease, by what passes until a frame is noted here and until an
        end is noted by `reclaim`: a frozen worker's tasks are with others a lease after
        it was last heard.
        """
        pause = self._settings.heartbeat / 2
        ttl = self._settings.lease - pause - self._settings.maintenance
        while True:
            await anyio.sleep(pause)
            heard = [one for one in self._sessions.values() if one.heard]
            for session in heard:
                session.heard = False
                session.silent = 0.0
            self._close_silent(pause)
            try:
                lost = await self._storage.extend(
                    [session.id for session in heard], ttl
                )
            except StorageUnavailable:
                logger.warning("leases not extended: the storage can't be reached")
                for session in heard:
                    session.heard = True
                continue
            for session in heard:
                if session.id in lost:
                    logger.warning("session lost", extra={"worker_id": session.worker})
                    session.close(SessionLost())

    def _close_silent(self, pause: float) -> None:
        """Close the streams of workers that stay silent.

        One that does not even read, so that a write to it never returns, is ended by
        gRPC's keepalive instead.
        """
        for session in list(self._sessions.values()):
            # Counted in looks, not by a clock: a broker that was frozen heard nobody.
            session.silent += pause
            if session.silent > 2 * self._settings.lease:
                logger.warning("worker silent", extra={"worker_id": session.worker})
                session.close(SessionLost(_SILENT))
                session.silent = -inf  # once

    async def reclaim(self) -> None:
        """Take back from sessions that are over, until cancelled.

        Waits at first, and after an outage of the storage, so that workers that come
        back find their leases.
        """
        await anyio.sleep(self._settings.heartbeat)
        while True:
            # Before the call: an end that comes while it runs must set the new event.
            self._expiry = anyio.Event()
            try:
                with self._outages.noted():
                    changes = await self._storage.reclaim(
                        MAX_RECLAIMED, retry=ATTEMPT_LOST, failure=WORKER_LOST
                    )
            except StorageUnavailable:
                # No session could be extended meanwhile: that comes first, once the
                # storage is back, or live workers would be taken for dead.
                await anyio.sleep(self._settings.heartbeat)
                continue
            if changes:
                logger.info("tasks taken back", extra={"count": len(changes)})
                self._on_changes(changes)
            if len(changes) < MAX_RECLAIMED:
                await self._storage.clock.wait(self._expiry, self._settings.maintenance)

    async def end(self, session: WorkerSession) -> None:
        """Let a session whose stream broke end after the grace, and take back then."""
        grace = self._settings.reconnect_grace
        if session.id in self._sessions:
            return
        ended = self._ending[session.id] = anyio.Event()
        try:
            await self._storage.end_session(session.id, grace)
        except StorageUnavailable:
            logger.warning(
                "session left to expire: the storage can't be reached",
                extra={"worker_id": session.worker},
            )
            return
        finally:
            del self._ending[session.id]
            ended.set()
        await self._storage.clock.sleep(grace)
        self._expiry.set()

    async def ended(self, session_id: str) -> None:
        """Wait until no end of a session is on its way to the storage.

        One that came after the session was opened again would end it for good.
        """
        ending = self._ending.get(session_id)
        if ending is not None:
            await ending.wait()
