"""Inspector: the calls that look at tasks and queues."""

from collections.abc import Collection

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import QueueFigures, RecordFilter
from qtasks.engine.admission import DEFAULT_APP, check_id
from qtasks.engine.events import STATES, status_of
from qtasks.engine.registry import Registry
from qtasks.engine.watcher import Watcher, not_found
from qtasks.errors import InvalidField, OutOfRange

MAX_WAIT = 3600.0
DEFAULT_PAGE = 100
MAX_PAGE = 1000


class Inspector:
    """The calls that look at tasks and queues.

    Args:
        storage: Where everything is.
        registry: Who serves what.
        watcher: Waits for the end of a task.
    """

    def __init__(self, storage: Storage, registry: Registry, watcher: Watcher) -> None:
        self._storage = storage
        self._registry = registry
        self._watcher = watcher

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
