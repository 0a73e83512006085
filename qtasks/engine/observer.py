"""Observer: what people who look want to know: figures, workers, registered tasks."""

import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager

import anyio

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.engine.activity import Activity
from qtasks.engine.admission import DEFAULT_APP
from qtasks.engine.events import timestamp
from qtasks.engine.inspector import Inspector
from qtasks.engine.registry import Registry
from qtasks.engine.session import Held, WorkerSession
from qtasks.engine.settings import MAX_FRAME_BYTES
from qtasks.errors import InvalidField, OutOfRange, TaskNameUnknown
from qtasks.version import __version__

DEFAULT_INTERVAL = 1.0
MIN_INTERVAL = 0.1
MAX_INTERVAL = 3600.0

MAX_LISTED = 100
"""Running tasks and workers in one answer of figures."""


class Observer:
    """What people who look want to know.

    Args:
        storage: Where everything is.
        registry: Who serves what.
        inspector: Describes the queues.
        activity: What goes through this broker.
        sessions: The sessions connected here, by id.
        broker_id: The name of the broker that answers.
    """

    def __init__(  # noqa: PLR0917  # each is a role
        self,
        storage: Storage,
        registry: Registry,
        inspector: Inspector,
        activity: Activity,
        sessions: Mapping[str, WorkerSession],
        broker_id: str,
    ) -> None:
        self._storage = storage
        self._registry = registry
        self._inspector = inspector
        self._activity = activity
        self._sessions = sessions
        self._broker_id = broker_id
        self._began = time.monotonic()

    # -- figures ----------------------------------------------------------------------

    async def stats(self, app: str, *, details: bool = False) -> v1.Stats:
        """Give the figures of an app now."""
        app = app or DEFAULT_APP
        workers = await self._registry.workers(app)
        stats = v1.Stats(
            app=app,
            time=timestamp(time.time_ns() / 1e9),
            queues=await self._inspector.queues(app),
            workers=len(workers),
            slots=sum(worker.slots for worker in workers),
            tasks=len(await self._registry.encoded(app)),
            broker_id=self._broker_id,
            broker_version=__version__,
            storage=self._storage.kind,
            activity=self._activity.of_app(app, details=details),
        )
        stats.uptime.FromMilliseconds(round((time.monotonic() - self._began) * 1000))
        if details:
            stats.running.extend(self._running(app))
            stats.live_workers.extend(_brief(one) for one in workers[:MAX_LISTED])
        return stats

    @asynccontextmanager
    async def watch(
        self, request: v1.WatchStatsRequest
    ) -> AsyncIterator[AsyncIterator[v1.WatchStatsResponse]]:
        """Give the figures again and again; iterating raises `OutOfRange`."""
        async with aclosing(self._again(request)) as responses:
            yield responses

    async def _again(
        self, request: v1.WatchStatsRequest
    ) -> AsyncGenerator[v1.WatchStatsResponse, None]:
        interval = DEFAULT_INTERVAL
        if request.HasField("interval"):
            interval = request.interval.seconds + request.interval.nanos / 1e9
        if not MIN_INTERVAL <= interval <= MAX_INTERVAL:
            raise OutOfRange("interval must be from 0.1 s to 1 h", field="interval")
        while True:
            stats = await self.stats(request.app, details=request.details)
            yield v1.WatchStatsResponse(stats=stats)
            await anyio.sleep(interval)

    def _running(self, app: str) -> Iterator[v1.RunningTask]:
        """What runs at the workers connected here, longest first."""
        running = [
            (held, session.worker)
            for session in self._sessions.values()
            if session.app == app
            for held in session.held.values()
            if held.since
        ]
        running.sort(key=lambda one: (one[0].since, one[0].record.id))
        for held, worker in running[:MAX_LISTED]:
            yield _running_task(held, worker)

    # -- workers ----------------------------------------------------------------------

    async def workers(self, app: str, token: str = "") -> v1.ListWorkersResponse:
        """Describe the live workers of an app, by id, those after `token`."""
        workers = await self._registry.workers(app or DEFAULT_APP)
        after = [one for one in workers if _place(one) > token]
        after.sort(key=_place)
        page = after[: _fitting(after)]
        last = "" if len(page) == len(after) else _place(page[-1])
        return v1.ListWorkersResponse(workers=page, next_page_token=last)

    # -- registry ---------------------------------------------------------------------

    async def app(self, app: str) -> v1.InspectAppResponse:
        """Say what is known of an app."""
        app = app or DEFAULT_APP
        workers = await self._registry.workers(app)
        queues = {figures.queue for figures in await self._storage.queues(app)}
        queues.update(queue for worker in workers for queue in worker.queues)
        return v1.InspectAppResponse(
            app=app,
            tasks=sorted(await self._registry.encoded(app)),
            queues=sorted(queues),
            workers=len(workers),
        )

    async def task(self, app: str, name: str) -> v1.InspectTaskResponse:
        """Say what is known of a task; raises `TaskNameUnknown`."""
        app = app or DEFAULT_APP
        task = (await self._registry.tasks(app)).get(name)
        if task is None:
            raise TaskNameUnknown(
                f"no worker of {app!r} ever registered a task {name!r}", name=name
            )
        workers = await self._registry.workers(app)
        serving = sum(name in worker.tasks for worker in workers)
        return v1.InspectTaskResponse(task=task, workers=serving)

    async def tasks(
        self, app: str, names: Sequence[str], token: str = ""
    ) -> v1.InspectTasksResponse:
        """Say what is known of several tasks, or of all, those from `token` on."""
        tasks = await self._registry.tasks(app or DEFAULT_APP)
        first = _number(token) if names else 0
        if names:
            wanted = [tasks[name] for name in names if name in tasks][first:]
        else:
            wanted = [task for name, task in tasks.items() if name > token]
        page = wanted[: _fitting(wanted)]
        last = ""
        if len(page) < len(wanted):
            last = str(first + len(page)) if names else page[-1].name
        return v1.InspectTasksResponse(tasks=page, next_page_token=last)


def _place(worker: v1.WorkerStatus) -> str:
    """Where a worker stands among others: two may have one id for a moment."""
    return f"{worker.worker_id} {worker.session}"


def _number(token: str) -> int:
    if token and not token.isdecimal():
        raise InvalidField("this is not the token of a page", field="page_token")
    return int(token or 0)


def _fitting(items: Sequence[v1.WorkerStatus] | Sequence[v1.TaskInfo]) -> int:
    """How many items fit a message; one at least."""
    room = MAX_FRAME_BYTES
    for place, item in enumerate(items):
        room -= item.ByteSize()
        if room < 0 and place:
            return place
    return len(items)


def _brief(worker: v1.WorkerStatus) -> v1.WorkerStatus:
    """A worker without the names of its tasks, which may be thousands."""
    del worker.tasks[:]
    return worker


def _running_task(held: Held, worker: str) -> v1.RunningTask:
    record = held.record
    return v1.RunningTask(
        id=record.id,
        name=record.lane.name,
        queue=record.lane.queue,
        worker_id=worker,
        attempt=record.attempt,
        start_time=timestamp(held.since),
        progress=held.progress,
    )
