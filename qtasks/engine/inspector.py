"""Inspector: the calls that look: tasks, queues, workers, figures."""

import time
from collections.abc import Collection, Sequence

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import QueueFigures, RecordFilter
from qtasks.engine.admission import DEFAULT_APP, check_id
from qtasks.engine.events import STATES, status_of, timestamp
from qtasks.engine.registry import Registry
from qtasks.engine.watcher import Watcher, not_found
from qtasks.errors import InvalidField, OutOfRange, TaskNameUnknown
from qtasks.version import __version__

MAX_WAIT = 3600.0
DEFAULT_PAGE = 100
MAX_PAGE = 1000


class Inspector:
    """The calls that look.

    Args:
        storage: Where everything is.
        registry: Who serves what.
        watcher: Waits for the end of a task.
        broker_id: The name of the broker that answers.
    """

    def __init__(
        self, storage: Storage, registry: Registry, watcher: Watcher, broker_id: str
    ) -> None:
        self._storage = storage
        self._registry = registry
        self._watcher = watcher
        self._broker_id = broker_id
        self._began = time.monotonic()

    # -- tasks ------------------------------------------------------------------------

    async def get(self, request: v1.GetRequest) -> v1.GetResponse:
        """Say how a task stands, at once or when it has ended."""
        check_id(request.id)
        if request.HasField("wait"):
            wait = request.wait.seconds + request.wait.nanos / 1e9
            if not 0 <= wait <= MAX_WAIT:
                raise OutOfRange(
                    f"wait must be from 0 to {MAX_WAIT:.0f} s", field="wait"
                )
            status = await self._watcher.ended(request.id, wait)
            if status is not None:
                return v1.GetResponse(status=status)
        (record,) = await self._storage.get([request.id])
        if record is None:
            raise not_found(request.id)
        status = status_of(record)
        await self._mark_unserved(record.lane.app, [status])
        return v1.GetResponse(status=status)

    async def find(self, request: v1.ListRequest) -> v1.ListResponse:
        """Find tasks."""
        wanted = request.filter
        if not 0 <= request.page_size <= MAX_PAGE:
            raise OutOfRange(
                f"page_size must be from 0 to {MAX_PAGE}", field="page_size"
            )
        for state in wanted.states:
            if state not in STATES:
                raise InvalidField(
                    f"there is no task state {state}", field="filter.states"
                )
        which = RecordFilter(
            app=wanted.app or DEFAULT_APP,
            states=frozenset(STATES[state] for state in wanted.states),
            queue=wanted.queue,
            name=wanted.name,
            group=wanted.group,
        )
        page = await self._storage.find(
            which, request.page_size or DEFAULT_PAGE, request.page_token
        )
        statuses = [status_of(record) for record in page.records]
        if wanted.tag:
            statuses = [one for one in statuses if wanted.tag in one.tags]
        await self._mark_unserved(which.app, statuses)
        return v1.ListResponse(tasks=statuses, next_page_token=page.next_token)

    async def _mark_unserved(self, app: str, statuses: list[v1.TaskStatus]) -> None:
        waiting = [status for status in statuses if STATES[status.state].waiting]
        if waiting:
            served = await self._registry.served(app)
            for status in waiting:
                status.unserved = (status.queue, status.name) not in served

    # -- queues -----------------------------------------------------------------------

    async def queues(self, app: str) -> list[v1.QueueStatus]:
        """Describe the queues of an app, by name."""
        app = app or DEFAULT_APP
        served = await self._registry.served(app)
        return [
            _queue_status(figures, served)
            for figures in await self._storage.queues(app)
        ]

    async def queue(self, app: str, name: str) -> v1.QueueStatus:
        """Describe one queue; an empty one when it never had a task."""
        for queue in await self.queues(app):
            if queue.name == name:
                return queue
        return v1.QueueStatus(app=app or DEFAULT_APP, name=name)

    # -- figures ----------------------------------------------------------------------

    async def stats(self, app: str) -> v1.Stats:
        """Give the figures of an app now."""
        app = app or DEFAULT_APP
        workers = await self.workers(app)
        stats = v1.Stats(
            app=app,
            time=timestamp(time.time_ns() / 1e9),
            queues=await self.queues(app),
            workers=len(workers),
            slots=sum(worker.slots for worker in workers),
            tasks=len(await self._registry.tasks(app)),
            broker_id=self._broker_id,
            broker_version=__version__,
            storage=self._storage.kind,
        )
        up = time.monotonic() - self._began
        stats.uptime.FromMilliseconds(round(up * 1000))
        return stats

    async def workers(self, app: str) -> Sequence[v1.WorkerStatus]:
        """Describe the live workers of an app, by id."""
        return await self._registry.workers(app or DEFAULT_APP)

    # -- registry ---------------------------------------------------------------------

    async def app(self, app: str) -> v1.InspectAppResponse:
        """Say what is known of an app."""
        app = app or DEFAULT_APP
        workers = await self.workers(app)
        queues = {figures.queue for figures in await self._storage.queues(app)}
        queues.update(queue for worker in workers for queue in worker.queues)
        return v1.InspectAppResponse(
            app=app,
            tasks=list(await self._registry.tasks(app)),
            queues=sorted(queues),
            workers=len(workers),
        )

    async def task(self, app: str, name: str) -> v1.InspectTaskResponse:
        """Say what is known of a task."""
        app = app or DEFAULT_APP
        task = (await self._registry.tasks(app)).get(name)
        if task is None:
            raise TaskNameUnknown(
                f"no worker of {app!r} ever registered a task {name!r}", name=name
            )
        serving = sum(name in worker.tasks for worker in await self.workers(app))
        return v1.InspectTaskResponse(task=task, workers=serving)

    async def tasks(self, app: str, names: Sequence[str]) -> v1.InspectTasksResponse:
        """Say what is known of several tasks, or of all."""
        tasks = await self._registry.tasks(app or DEFAULT_APP)
        return v1.InspectTasksResponse(
            tasks=[tasks[name] for name in names or tasks if name in tasks]
        )


def _queue_status(
    figures: QueueFigures, served: Collection[tuple[str, str]]
) -> v1.QueueStatus:
    return v1.QueueStatus(
        app=figures.app,
        name=figures.queue,
        paused=figures.paused,
        ready=sum(figures.backlog.values()),
        scheduled=figures.scheduled,
        running=figures.running,
        submitted_total=figures.submitted,
        success_total=figures.success,
        error_total=figures.error,
        cancel_total=figures.cancel,
        retry_total=figures.retry,
        lost_total=figures.lost,
        refused_total=figures.refused,
        backlog=[
            v1.TaskBacklog(
                name=name,
                ready=figures.backlog[name],
                unserved=(figures.queue, name) not in served,
            )
            for name in sorted(figures.backlog)
            if figures.backlog[name]
        ],
    )
