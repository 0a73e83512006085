"""A handle: a submitted task that can be waited for, watched and cancelled."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from qtasks import v1
from qtasks.errors import ResultTimeout, TaskCancelled, TaskFailed
from qtasks.schemas import FIELDS, STATES, Event, Task

R = TypeVar("R")


class HandleClient(Protocol):
    """What a handle asks of its app."""

    blocking: Any
    """The app for code without an event loop."""

    async def status(self, uuid: UUID | str) -> v1.TaskStatus:
        """How a task stands."""

    async def ended_status(
        self, uuid: UUID | str, timeout: float | None
    ) -> v1.TaskStatus | None:
        """How a task ended; `None` when it did not in time."""

    def watch(self, uuid: UUID | str, *, after: int = 0) -> AsyncIterator[Event]:
        """What happens to a task."""

    async def cancel(self, uuid: UUID | str, reason: str = "") -> bool:
        """End a task."""

    async def reply(self, uuid: UUID | str, ask_id: str, value: Any) -> int:
        """Answer a question of a task."""

    def decode(self, payload: v1.Payload) -> Any:
        """The value of a payload."""


class TaskHandle(Task, Generic[R]):
    """A submitted task: its fields as they were last seen, and what to do with it.

    `await handle` waits for the end and gives the same handle, brought up to date.

    Attributes:
        existing: Whether the submit stored nothing new: its id or idempotency key was
            known, and this is the task that had it.

    Args:
        client: The app.
        seen: How the task stood.
        submit: How it was submitted, when it was not looked at yet.
    """

    existing: bool = False

    def __init__(
        self,
        client: HandleClient,
        seen: v1.TaskStatus | None = None,
        submit: v1.TaskSubmit | None = None,
    ) -> None:
        self.client = client
        if seen is not None:
            self.seen = seen
        elif submit is not None:
            self.submit = submit

    def decode(self, payload: v1.Payload) -> Any:
        """The value of a payload; `None` for an empty one."""
        return self.client.decode(payload)

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._ended().__await__()

    async def _ended(self) -> Self:
        await self.wait()
        return self

    async def wait(self, timeout: float | None = None) -> Self | None:
        """Wait for the end, whatever it is; `None` when it did not come in time."""
        if not self.ended:
            status = await self.client.ended_status(self.seen.id, timeout)
            if status is None:
                return None
            self.update(status)
        return self

    async def wait_result_async(self, timeout: float = 100.0) -> Self | None:
        """`wait`, under the name of qtasks 1.7."""
        return await self.wait(timeout)

    def wait_result(self, timeout: float = 100.0) -> Self | None:
        """`wait` for code without an event loop, under the name of qtasks 1.7."""
        ended: Self | None = self.client.blocking.call(self.wait, timeout)
        return ended

    async def result(self, timeout: float | None = None) -> R:
        """What the task returned.

        Raises:
            ResultTimeout: it did not end in time.
            TaskFailed: it ended with an error.
            TaskCancelled: it was cancelled.
        """
        if await self.wait(timeout) is None:
            raise ResultTimeout(task_id=str(self.uuid))
        returned: R = outcome(self)
        return returned

    async def refresh(self) -> Self:
        """Look at the task again."""
        self.update(await self.client.status(self.seen.id))
        return self

    def watch(self, *, after: int = 0) -> AsyncIterator[Event]:
        """What happened after event number `after`, then what happens, to the end."""
        return self.client.watch(self.seen.id, after=after)

    async def cancel(self, reason: str = "") -> bool:
        """End the task; false when it had ended already."""
        return await self.client.cancel(self.seen.id, reason)

    async def reply(self, ask_id: str, value: Any) -> int:
        """Answer a question the task asked; the number of the answer's event."""
        return await self.client.reply(self.seen.id, ask_id, value)


def outcome(task: Task) -> Any:
    """What an ended task returned; raises `TaskFailed` or `TaskCancelled`."""
    if task.status == "success":
        return task.returning
    if task.status == "cancel":
        raise TaskCancelled(
            f"the task was cancelled: {task.cancel_reason}"
            if task.cancel_reason
            else "",
            task_id=str(task.uuid),
        )
    failed = TaskFailed(str(task.failure), task_id=str(task.uuid))
    if task.failure is not None and task.failure.traceback:
        failed.add_note(task.failure.traceback)
    raise failed


class Given(Protocol):
    """The arguments a task was given."""

    @property
    def args(self) -> tuple[Any, ...]:
        """Those by place."""

    @property
    def kwargs(self) -> dict[str, Any]:
        """Those by name."""


def handle_of_submit(
    client: HandleClient,
    task: v1.TaskSubmit,
    receipt: v1.Receipt,
    given: Given,
    now: datetime,
) -> TaskHandle[Any]:
    """A handle on a task that was just submitted; `now` until the broker's is known."""
    if receipt.id != task.id:
        task.id = receipt.id  # of the task that an idempotency key stood for
    handle: TaskHandle[Any] = TaskHandle(client, submit=task)
    handle.status = STATES[receipt.state].value
    handle.last_seq = receipt.seq
    handle.existing = receipt.existing
    # As the caller gave them: what travelled may look a little different.
    handle.args = list(given.args)
    handle.kwargs = given.kwargs
    handle.created_at = handle.updated_at = now
    return handle


class SyncHandleClient(Protocol):
    """What a synchronous handle asks of its app."""

    def call(self, func: Callable[..., Any], *args: Any) -> Any:
        """Run a coroutine function where the app lives, and wait for it."""

    def watch(self, uuid: UUID | str, *, after: int = 0) -> Iterator[Event]:
        """What happens to a task."""


class SyncTaskHandle(Task, Generic[R]):
    """A submitted task, seen from synchronous code.

    Args:
        client: The app.
        origin: The same handle for asynchronous code.
    """

    def __init__(self, client: SyncHandleClient, origin: TaskHandle[R]) -> None:
        self.client = client
        self.origin = origin
        self._follow()

    def decode(self, payload: v1.Payload) -> Any:
        """The value of a payload; `None` for an empty one."""
        return self.origin.decode(payload)

    def _follow(self) -> None:
        """Stand as the origin does."""
        self.update(self.origin.seen)
        known = vars(self.origin)
        vars(self).update((name, known[name]) for name in FIELDS if name in known)

    def wait(self, timeout: float | None = None) -> Self | None:
        """Wait for the end, whatever it is; `None` when it did not come in time."""
        if not self.ended:
            if self.client.call(self.origin.wait, timeout) is None:
                return None
            self._follow()
        return self

    def wait_result(self, timeout: float = 100.0) -> Self | None:
        """`wait`, under the name of qtasks 1.7."""
        return self.wait(timeout)

    async def wait_result_async(self, timeout: float = 100.0) -> Self | None:
        """`wait` for code in an event loop, under the name of qtasks 1.7."""
        if await self.origin.wait(timeout) is None:
            return None
        self._follow()
        return self

    def result(self, timeout: float | None = None) -> R:
        """What the task returned.

        Raises:
            ResultTimeout: it did not end in time.
            TaskFailed: it ended with an error.
            TaskCancelled: it was cancelled.
        """
        if self.wait(timeout) is None:
            raise ResultTimeout(task_id=str(self.uuid))
        returned: R = outcome(self)
        return returned

    def refresh(self) -> Self:
        """Look at the task again."""
        self.client.call(self.origin.refresh)
        self._follow()
        return self

    def watch(self, *, after: int = 0) -> Iterator[Event]:
        """What happened after event number `after`, then what happens, to the end."""
        return self.client.watch(self.seen.id, after=after)

    def cancel(self, reason: str = "") -> bool:
        """End the task; false when it had ended already."""
        done: bool = self.client.call(self.origin.cancel, reason)
        return done

    def reply(self, ask_id: str, value: Any) -> int:
        """Answer a question the task asked; the number of the answer's event."""
        seq: int = self.client.call(self.origin.reply, ask_id, value)
        return seq
