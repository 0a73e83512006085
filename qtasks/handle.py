"""A handle: a submitted task that can be waited for, watched and cancelled."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from qtasks import v1
from qtasks.errors import ResultTimeout, TaskCancelled, TaskFailed
from qtasks.schemas import Decode, Event, Task

R = TypeVar("R")


class HandleClient(Protocol):
    """What a handle asks of its app."""

    async def status(self, uuid: UUID) -> v1.TaskStatus:
        """How a task stands."""

    async def ended_status(
        self, uuid: UUID, timeout: float | None
    ) -> v1.TaskStatus | None:
        """How a task ended; `None` when it did not in time."""

    def watch(self, uuid: UUID, *, after: int = 0) -> AsyncIterator[Event]:
        """What happens to a task."""

    async def cancel(self, uuid: UUID, reason: str = "") -> bool:
        """End a task."""

    async def reply(self, uuid: UUID, ask_id: str, value: Any) -> int:
        """Answer a question of a task."""

    def decode(self, payload: v1.Payload) -> Any:
        """The value of a payload."""


@dataclass(kw_only=True, eq=False)
class TaskHandle(Task, Generic[R]):
    """A submitted task: its fields as they were last seen, and what to do with it.

    `await handle` waits for the end and gives the same handle, brought up to date.
    """

    client: HandleClient = field(repr=False)

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._ended().__await__()

    async def _ended(self) -> Self:
        await self.wait()
        return self

    async def wait(self, timeout: float | None = None) -> Self | None:
        """Wait for the end, whatever it is; `None` when it did not come in time."""
        if not self.ended:
            status = await self.client.ended_status(self.uuid, timeout)
            if status is None:
                return None
            self.update(status, self.client.decode)
        return self

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
        self.update(await self.client.status(self.uuid), self.client.decode)
        return self

    def watch(self, *, after: int = 0) -> AsyncIterator[Event]:
        """What happened after event number `after`, then what happens, to the end."""
        return self.client.watch(self.uuid, after=after)

    async def cancel(self, reason: str = "") -> bool:
        """End the task; false when it had ended already."""
        return await self.client.cancel(self.uuid, reason)

    async def reply(self, ask_id: str, value: Any) -> int:
        """Answer a question the task asked; the number of the answer's event."""
        return await self.client.reply(self.uuid, ask_id, value)


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


def handle_of_status(
    client: HandleClient, status: v1.TaskStatus, decode: Decode
) -> TaskHandle[Any]:
    """A handle on a task that was looked up."""
    handle = _blank_handle(client, UUID(status.id), status.name)
    handle.update(status, decode)
    return handle


def _blank_handle(client: HandleClient, uuid: UUID, name: str) -> TaskHandle[Any]:
    now = datetime.now(UTC)  # noqa: TID251  # shown until the broker's is known
    return TaskHandle(
        client=client,
        status="new",
        uuid=uuid,
        priority=0,
        task_name=name,
        args=[],
        kwargs={},
        created_at=now,
        updated_at=now,
    )


def handle_of_submit(
    client: HandleClient, task: v1.TaskSubmit, args: list[Any], kwargs: dict[str, Any]
) -> TaskHandle[Any]:
    """A handle on a task that is being submitted."""
    handle = _blank_handle(client, UUID(task.id), task.name)
    handle.args = args
    handle.kwargs = kwargs
    handle.priority = task.priority
    handle.queue = task.queue or "default"
    handle.group = task.group or None
    handle.tags = list(task.tags)
    handle.metadata = dict(task.metadata)
    handle.max_attempts = max(1, task.retry.max_attempts)
    handle.retry = handle.max_attempts - 1
    if task.WhichOneof("start"):
        handle.status = "scheduled"
    return handle


class SyncHandleClient(Protocol):
    """What a synchronous handle asks of its app."""

    def call(self, func: Callable[..., Any], *args: Any) -> Any:
        """Run a coroutine function where the app lives, and wait for it."""

    def watch(self, uuid: UUID, *, after: int = 0) -> Iterator[Event]:
        """What happens to a task."""


@dataclass(kw_only=True, eq=False)
class SyncTaskHandle(Task, Generic[R]):
    """A submitted task, seen from synchronous code."""

    client: SyncHandleClient = field(repr=False)
    origin: TaskHandle[R] = field(repr=False)

    @classmethod
    def over(cls, client: SyncHandleClient, origin: TaskHandle[R]) -> Self:
        """The same handle for synchronous code."""
        values = {item.name: getattr(origin, item.name) for item in fields(Task)}
        return cls(client=client, origin=origin, **values)

    def _follow(self) -> None:
        for item in fields(Task):
            setattr(self, item.name, getattr(self.origin, item.name))

    def wait(self, timeout: float | None = None) -> Self | None:
        """Wait for the end, whatever it is; `None` when it did not come in time."""
        if not self.ended:
            if self.client.call(self.origin.wait, timeout) is None:
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
        return self.client.watch(self.uuid, after=after)

    def cancel(self, reason: str = "") -> bool:
        """End the task; false when it had ended already."""
        done: bool = self.client.call(self.origin.cancel, reason)
        return done

    def reply(self, ask_id: str, value: Any) -> int:
        """Answer a question the task asked; the number of the answer's event."""
        seq: int = self.client.call(self.origin.reply, ask_id, value)
        return seq
