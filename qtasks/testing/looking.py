"""What a test asks of an app: what was submitted, and to run until nothing is left."""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any
from uuid import UUID

from qtasks import v1
from qtasks.app import QueueTasks
from qtasks.errors import ResultTimeout
from qtasks.handle import TaskHandle
from qtasks.schemas import Event
from qtasks.sync import QueueTasks as SyncQueueTasks
from qtasks.testing.clock import FakeClock

AnyApp = QueueTasks | SyncQueueTasks

OPEN_STATES = (
    v1.TASK_STATE_SCHEDULED,
    v1.TASK_STATE_NEW,
    v1.TASK_STATE_PROCESS,
    v1.TASK_STATE_RETRY,
)
PAGE = 1000


def underneath(app: AnyApp) -> QueueTasks:
    """The asynchronous app that does the work of either kind."""
    return app.asyncio if isinstance(app, SyncQueueTasks) else app


def submitted(app: AnyApp) -> Any:
    """All tasks of an app, in the order they came: a list of handles.

        assert [task.task_name for task in submitted(app)] == ["send_mail"]

    With an asynchronous app it has to be awaited.
    """
    if isinstance(app, SyncQueueTasks):
        return [app.over(handle) for handle in app.call(tasks_of, app.asyncio)]
    return tasks_of(app)


def drain(app: AnyApp, clock: FakeClock | None = None) -> Any:
    """Run until nothing is left that can run; a worker has to be there.

    Tasks that wait for a later time run when a clock is given: it is moved on to when
    they are due. Without one they stay. So do tasks whose name no worker serves. With an
    asynchronous app it has to be awaited.
    """
    if isinstance(app, SyncQueueTasks):
        return app.call(drained, app.asyncio, clock)
    return drained(app, clock)


async def tasks_of(
    app: QueueTasks, states: Iterable[v1.TaskState.ValueType] = ()
) -> list[TaskHandle[Any]]:
    """The tasks of an app in some states, or all, oldest first."""
    broker = (await app.home.open()).broker
    found: list[TaskHandle[Any]] = []
    chosen = v1.TaskFilter(app=app.name, states=states)
    request = v1.ListRequest(filter=chosen, page_size=PAGE)
    while True:
        page = await app.home.call(broker.list, request)
        found += [TaskHandle(app, status) for status in page.tasks]
        if not page.next_page_token:
            return found[::-1]
        request.page_token = page.next_page_token


async def drained(app: QueueTasks, clock: FakeClock | None) -> None:
    """Run until nothing is left that can run."""
    while True:
        tasks = [task for task in await tasks_of(app, OPEN_STATES) if not task.unserved]
        if clock is None:
            tasks = [task for task in tasks if _may_run(task.seen)]
        if not tasks:
            return
        await Following(app, tasks, clock).to_the_end()


class Following:
    """Waits for the end of tasks, and moves a clock on while all of them wait for it.

    Args:
        app: The app.
        tasks: Their handles; brought up to date as they end.
        clock: What to move; without one, waiting is an end too.
    """

    def __init__(
        self, app: QueueTasks, tasks: Sequence[TaskHandle[Any]], clock: FakeClock | None
    ) -> None:
        self._app = app
        self._clock = clock
        self._open = {str(task.uuid): task for task in tasks}
        self._idle: dict[str, datetime | None] = {}
        """Those that can't run yet, and when they can, if time alone decides."""

    async def to_the_end(self) -> None:
        """Wait until all have ended."""
        places: dict[UUID | str, int] = dict.fromkeys(self._open, 0)
        async with aclosing(self._app.watch_many(places)) as events:
            async for event in events:
                self._note(event)
                if not self._open or self._idle.keys() < self._open.keys():
                    continue
                if not await self._let_time_pass():
                    return

    def _note(self, event: Event) -> None:
        if event.kind == "end":
            self._open.pop(event.task_id).update(event.task.seen)
            self._idle.pop(event.task_id, None)
        elif event.kind == "state":
            if event.state == "scheduled" or event.due_at is not None:
                self._idle[event.task_id] = event.due_at
            else:
                self._idle.pop(event.task_id, None)

    async def _let_time_pass(self) -> bool:
        """Move on to the first of those that wait; false where no clock is moved."""
        if self._clock is None:
            return False
        due = [moment for moment in self._idle.values() if moment is not None]
        if not due:
            names = sorted({task.task_name for task in self._open.values()})
            raise ResultTimeout(
                f"{', '.join(names)}: these tasks wait for something that does not come"
            )
        for task_id in [
            one for one, moment in self._idle.items() if moment == min(due)
        ]:
            del self._idle[task_id]
        await self._clock.advance_to(min(due))
        return True


def _may_run(status: v1.TaskStatus) -> bool:
    """Whether only a worker has to come by."""
    waiting = status.state in (v1.TASK_STATE_SCHEDULED, v1.TASK_STATE_RETRY)
    return not (waiting and status.HasField("due_time")) and (
        status.state != v1.TASK_STATE_SCHEDULED
    )
