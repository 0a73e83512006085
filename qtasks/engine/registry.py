"""Registry: which tasks exist, and which of them live workers serve."""

import time
from collections.abc import Mapping

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import Session
from qtasks.engine.events import timestamp
from qtasks.engine.session import WorkerSession

APPS = "apps"
"""The space of the storage that names the apps."""

MAX_APPS = 256
"""Apps of which such an answer is kept."""

FRESH = 1.0
"""Seconds for which an answer about other brokers' workers is used again."""


class Registry:
    """Which tasks exist, and which of them live workers serve.

    Args:
        storage: Where sessions and registered tasks are.
        sessions: The sessions connected here, by id.
    """

    def __init__(self, storage: Storage, sessions: dict[str, WorkerSession]) -> None:
        self._storage = storage
        self._sessions = sessions
        self._served: dict[str, tuple[float, frozenset[tuple[str, str]]]] = {}
        self.version = 0
        """Grows when a worker registers something new here."""

    async def register(self, hello: v1.Hello, app: str) -> None:
        """Keep what a worker says of its tasks, beyond its life."""
        # Not as it was registered here: another broker may have heard of it since.
        known = await self.encoded(app)
        told = {
            task.name: task.SerializeToString(deterministic=True)
            for task in hello.tasks
        }
        news = {name: one for name, one in told.items() if known.get(name) != one}
        if news:
            # Named first: an app without tasks does no harm.
            await self._storage.put(APPS, {app: b"1"})
            await self._storage.put(_space(app), news)
            self.version += 1

    async def apps(self) -> list[str]:
        """Every app that a worker ever registered a task of, by name."""
        return sorted(await self._storage.fetch(APPS))

    async def tasks(self, app: str) -> dict[str, v1.TaskInfo]:
        """Every task of an app that a worker ever registered, by name."""
        found = await self.encoded(app)
        return {name: v1.TaskInfo.FromString(found[name]) for name in sorted(found)}

    async def encoded(self, app: str) -> Mapping[str, bytes]:
        """The same as they are stored."""
        return await self._storage.fetch(_space(app))

    async def served(self, app: str) -> frozenset[tuple[str, str]]:
        """The pairs of queue and task name that live workers of an app serve."""
        here = frozenset(
            (queue, name)
            for session in self._sessions.values()
            if session.app == app and not session.leaving
            for queue in session.queues
            for name in session.names
        )
        now = time.monotonic()
        known = self._served.get(app)
        if known is None or now - known[0] > FRESH:
            sessions = await self._storage.sessions(app)
            known = (now, frozenset().union(*(_serves(one) for one in sessions)))
            self._served.pop(app, None)
            while len(self._served) >= MAX_APPS:
                del self._served[next(iter(self._served))]
            self._served[app] = known
        return here | known[1]

    async def workers(self, app: str) -> list[v1.WorkerStatus]:
        """The live workers of an app, by id."""
        return [_status(session) for session in await self._storage.sessions(app)]


def _space(app: str) -> str:
    return f"tasks:{app}"


def _serves(session: Session) -> frozenset[tuple[str, str]]:
    if session.draining:
        return frozenset()
    hello = v1.Hello.FromString(session.info)
    return frozenset(
        (queue, task.name) for queue in hello.queues for task in hello.tasks
    )


def _status(session: Session) -> v1.WorkerStatus:
    hello = v1.Hello.FromString(session.info)
    return v1.WorkerStatus(
        worker_id=session.worker,
        session=session.id,
        language=hello.language,
        sdk_version=hello.sdk_version,
        host=hello.host,
        pid=hello.pid,
        queues=hello.queues,
        tasks=[task.name for task in hello.tasks],
        slots=hello.slots,
        running=session.running,
        connect_time=timestamp(session.connected),
        lease_expire_time=timestamp(session.expires),
        draining=session.draining,
    )
