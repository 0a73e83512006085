"""The handle of a flow: its tasks together, to wait for, watch and cancel."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from typing import Any, Protocol, Self
from uuid import UUID

import anyio

from qtasks.errors import ResultTimeout
from qtasks.flow.plan import Ends, Plan
from qtasks.handle import TaskHandle, outcome
from qtasks.schemas import Event, Task


class FlowClient(Protocol):
    """What the handle of a flow asks of its app."""

    def watch_many(
        self, after: Mapping[UUID | str, int], *, ends_only: bool = False
    ) -> AsyncGenerator[Event]:
        """What happens to tasks."""

    async def cancel_many(self, uuids: Sequence[UUID | str], reason: str = "") -> int:
        """End tasks."""


class FlowHandle:
    """A submitted flow: its tasks together.

    `await handle` waits for the end of all and gives the same handle, brought up to date.
    """

    def __init__(
        self,
        client: FlowClient,
        plan: Plan,
        ends: Ends,
        tasks: list[TaskHandle[Any]],
        *,
        chunked: bool,
    ) -> None:
        self.client = client
        self.group = plan.label
        """The label of its tasks, as `qtasks list --group` takes it."""
        self.tasks = tasks
        """All its tasks, each after those it waits for."""
        self._by_id = dict(zip(plan.ids, tasks, strict=True))
        self.ends = [self._by_id[task_id] for task_id in ends.ids]
        """The tasks whose results are those of the flow."""
        self._many = ends.many
        self._chunked = chunked

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.group} of {len(self.tasks)} tasks>"

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._ended().__await__()

    async def _ended(self) -> Self:
        await self.wait()
        return self

    @property
    def ended(self) -> bool:
        """Whether all its tasks have ended, as far as it was seen."""
        return all(task.ended for task in self.tasks)

    async def wait(self, timeout: float | None = None) -> Self | None:
        """Wait for the end of all; `None` when it did not come within `timeout` s."""
        with anyio.move_on_after(timeout):
            async with aclosing(self._completed(self.tasks)) as completed:
                async for _ in completed:
                    pass
        return self if self.ended else None

    async def result(self, timeout: float | None = None) -> Any:
        """What the flow returned: a list, in order, when it ends with a group.

        Raises:
            ResultTimeout: it did not end in time.
            TaskFailed: a task ended with an error; the first of them.
            TaskCancelled: a task was cancelled.
        """
        if await self.wait(timeout) is None:
            raise ResultTimeout(f"the flow {self.group} did not end in time")
        self._raise_cause()
        results = [outcome(task) for task in self.ends]
        if self._chunked:
            return [one for chunk in results for one in chunk]
        return results if self._many else results[0]

    async def get(self, timeout: float = 50.0) -> list[Task | None]:
        """Its tasks as they ended; `None` for those that did not within `timeout` s."""
        await self.wait(timeout)
        return [task if task.ended else None for task in self.tasks]

    async def as_completed(self) -> AsyncIterator[TaskHandle[Any]]:
        """The tasks whose results are those of the flow, each as soon as it ended."""
        async with aclosing(self._completed(self.ends)) as completed:
            async for task in completed:
                yield task

    async def results(self) -> AsyncIterator[Any]:
        """The results, in order, each as soon as it and those before it are there.

        Raises:
            TaskFailed: the task that is next ended with an error.
            TaskCancelled: the task that is next was cancelled.
        """
        next_one = 0
        async with aclosing(self._completed(self.ends)) as completed:
            async for _ in completed:
                while next_one < len(self.ends) and self.ends[next_one].ended:
                    returned = outcome(self.ends[next_one])
                    next_one += 1
                    for one in returned if self._chunked else (returned,):
                        yield one

    async def watch(self) -> AsyncIterator[Event]:
        """What happened to all its tasks, then what happens: one merged stream.

        Each task's events come in order; `Event.task_id` tells whose they are.
        """
        places: dict[UUID | str, int] = dict.fromkeys(self._by_id, 0)
        async with aclosing(self.client.watch_many(places)) as events:
            async for event in events:
                self._note(event)
                yield event

    async def cancel(self, reason: str = "") -> int:
        """Cancel all its tasks that have not ended; how many there were."""
        # What waits goes first: a task that ends would only start it.
        return await self.client.cancel_many(list(reversed(self._by_id)), reason)

    # -- inside -------------------------------------------------------------------------

    async def _completed(
        self, tasks: list[TaskHandle[Any]]
    ) -> AsyncGenerator[TaskHandle[Any]]:
        """Tasks as they end, brought up to date; those that had ended first."""
        wanted = {str(task.uuid): task for task in tasks}
        for task in tasks:
            if task.ended:
                yield task
        open_ones: dict[UUID | str, int] = {
            task_id: 0 for task_id, task in wanted.items() if not task.ended
        }
        if not open_ones:
            return
        stream = self.client.watch_many(open_ones, ends_only=True)
        async with aclosing(stream) as events:
            async for event in events:
                self._note(event)
                yield wanted[event.task_id]

    def _note(self, event: Event) -> None:
        if event.kind == "end":
            self._by_id[event.task_id].update(event.task.seen)

    def _raise_cause(self) -> None:
        """Raise what made the flow fail, not that the rest was cancelled for it."""
        if all(task.status == "success" for task in self.ends):
            return
        for status in ("error", "cancel"):
            for task in self.tasks:
                if task.status == status:
                    outcome(task)


class SyncFlowClient(Protocol):
    """What the handle of a flow asks of its synchronous app."""

    @property
    def origin(self) -> Any:
        """The asynchronous app."""

    def call(self, func: Callable[..., Any], *args: Any) -> Any:
        """Run a coroutine function where the app lives, and wait for it."""

    def over(self, handle: TaskHandle[Any]) -> Any:
        """A handle for code without an event loop."""

    def stepped(self, iterator: AsyncIterator[Any]) -> Iterator[Any]:
        """An asynchronous iterator, step by step."""


class SyncFlowHandle:
    """A submitted flow, seen from synchronous code; see `FlowHandle`.

    Args:
        client: The app.
        origin: The same handle for asynchronous code.
    """

    def __init__(self, client: SyncFlowClient, origin: FlowHandle) -> None:
        self.client = client
        self.origin = origin

    def __repr__(self) -> str:
        return repr(self.origin).replace("<Flow", "<SyncFlow", 1)

    @property
    def group(self) -> str:
        """The label of its tasks."""
        return self.origin.group

    @property
    def tasks(self) -> list[Any]:
        """All its tasks, each after those it waits for."""
        return [self.client.over(task) for task in self.origin.tasks]

    @property
    def ends(self) -> list[Any]:
        """The tasks whose results are those of the flow."""
        return [self.client.over(task) for task in self.origin.ends]

    @property
    def ended(self) -> bool:
        """Whether all its tasks have ended, as far as it was seen."""
        return self.origin.ended

    def wait(self, timeout: float | None = None) -> Self | None:
        """Wait for the end of all; `None` when it did not come within `timeout` s."""
        return self if self.client.call(self.origin.wait, timeout) else None

    def result(self, timeout: float | None = None) -> Any:
        """What the flow returned; see `FlowHandle.result`."""
        return self.client.call(self.origin.result, timeout)

    def get(self, timeout: float = 50.0) -> list[Task | None]:
        """Its tasks as they ended; `None` for those that did not within `timeout` s."""
        self.wait(timeout)
        return [task if task.ended else None for task in self.tasks]

    def as_completed(self) -> Iterator[Any]:
        """The tasks whose results are those of the flow, each as soon as it ended."""
        for task in self.client.stepped(self.origin.as_completed()):
            yield self.client.over(task)

    def results(self) -> Iterator[Any]:
        """The results, in order, each as soon as it and those before it are there."""
        return self.client.stepped(self.origin.results())

    def watch(self) -> Iterator[Event]:
        """What happened to all its tasks, then what happens: one merged stream."""
        return self.client.stepped(self.origin.watch())

    def cancel(self, reason: str = "") -> int:
        """Cancel all its tasks that have not ended; how many there were."""
        cancelled: int = self.client.call(self.origin.cancel, reason)
        return cancelled
