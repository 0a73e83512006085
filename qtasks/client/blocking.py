"""Blocking: the calls of an asynchronous app for code without an event loop."""

import asyncio
import concurrent.futures
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from qtasks.handle import SyncTaskHandle, TaskHandle
from qtasks.loop_thread import begun_call, blocking_call
from qtasks.schemas import Event
from qtasks.task import Seconds, TaskCall

R = TypeVar("R")


class AsyncApp(Protocol):
    """What is asked of the asynchronous app."""

    def call(
        self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> TaskCall[Any]:
        """The call that `add_task` is asked for."""

    async def submit_call(self, call: TaskCall[R]) -> TaskHandle[R]:
        """Store a task."""

    async def run_call(self, call: TaskCall[R], timeout: float) -> TaskHandle[R] | None:
        """Store a task and wait for its end."""

    async def add_tasks(self, calls: Iterable[TaskCall[Any]]) -> list[TaskHandle[Any]]:
        """Submit many calls together."""

    async def get(self, uuid: UUID | str) -> TaskHandle[Any] | None:
        """A task as it stands."""

    async def get_all(self, limit: int = 1000) -> list[TaskHandle[Any]]:
        """The app's tasks."""

    async def wait(
        self, uuid: UUID | str, timeout: float | None = None
    ) -> TaskHandle[Any] | None:
        """Wait for a task's end."""

    def watch(self, uuid: UUID | str, *, after: int = 0) -> AsyncIterator[Event]:
        """What happens to a task."""

    def watch_many(
        self, after: Mapping[UUID | str, int], *, ends_only: bool = False
    ) -> AsyncIterator[Event]:
        """What happens to tasks."""

    async def cancel_many(self, uuids: Sequence[UUID | str], reason: str = "") -> int:
        """End tasks."""

    async def cancel(self, uuid: UUID | str, reason: str = "") -> bool:
        """End a task."""

    async def reply(self, uuid: UUID | str, ask_id: str, value: Any) -> int:
        """Answer a question."""

    async def ping(self, server: bool = True) -> bool:  # noqa: FBT001, FBT002
        """Whether somebody is there."""

    async def flush_all(self, wait: Seconds = 5.0) -> int:
        """Forget everything."""


class BlockingApp:
    """The calls of an asynchronous app for code without an event loop.

    Args:
        app: The asynchronous app.
        loop: Gives the loop its calls are to run in, started if need be.
    """

    def __init__(
        self, app: AsyncApp, loop: Callable[[], asyncio.AbstractEventLoop]
    ) -> None:
        self._app = app
        self._loop = loop

    def call(self, func: Callable[..., Coroutine[Any, Any, Any]], *args: Any) -> Any:
        """Run a coroutine function where the app lives, and wait for it."""
        return blocking_call(self._loop(), func, *args)

    def begin(
        self, func: Callable[..., Coroutine[Any, Any, Any]], *args: Any
    ) -> "concurrent.futures.Future[Any]":
        """Run a coroutine function where the app lives, and do not wait for it."""
        return begun_call(self._loop(), func, *args)

    @property
    def origin(self) -> AsyncApp:
        """The asynchronous app."""
        return self._app

    def over(self, handle: TaskHandle[R]) -> SyncTaskHandle[R]:
        """A handle of the asynchronous app for code without an event loop."""
        return SyncTaskHandle(self, handle)

    def add_task(
        self,
        task_name: Any,
        /,
        *args: Any,
        timeout: float | timedelta | None = None,
        **kwargs: Any,
    ) -> Any:
        """Submit a task; see `qtasks.app.QueueTasks.add_task`."""
        call = self._app.call(task_name, args, kwargs)
        if timeout is None:
            return self.submit_call(call)
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        return self.run_call(call, seconds)

    def submit_call(self, call: TaskCall[R]) -> SyncTaskHandle[R]:
        """Store a task."""
        return self.over(self.call(self._app.submit_call, call))

    def run_call(self, call: TaskCall[R], timeout: float) -> SyncTaskHandle[R] | None:
        """Store a task and wait for its end; `None` when it did not come in time."""
        handle = self.call(self._app.run_call, call, timeout)
        return None if handle is None else self.over(handle)

    def add_tasks(self, calls: Iterable[TaskCall[Any]]) -> list[SyncTaskHandle[Any]]:
        """Submit many calls (`task(...)`) together; raises `SubmitRefused`."""
        handles = self.call(self._app.add_tasks, list(calls))
        return [self.over(handle) for handle in handles]

    def get_all(self, limit: int = 1000) -> list[SyncTaskHandle[Any]]:
        """The app's tasks as they stand, the newest first; at most `limit`."""
        return [self.over(one) for one in self.call(self._app.get_all, limit)]

    def get(self, uuid: UUID | str) -> SyncTaskHandle[Any] | None:
        """A task as it stands; `None` when there is none."""
        handle = self.call(self._app.get, uuid)
        return None if handle is None else self.over(handle)

    def wait(
        self, uuid: UUID | str, timeout: float | None = None
    ) -> SyncTaskHandle[Any] | None:
        """Wait for a task's end; `None` when it did not come in time."""
        handle = self.call(self._app.wait, uuid, timeout)
        return None if handle is None else self.over(handle)

    def watch(self, uuid: UUID | str, *, after: int = 0) -> Iterator[Event]:
        """What happened to a task after event number `after`, then what happens."""
        return map(self._seen, self.stepped(self._app.watch(uuid, after=after)))

    def watch_many(
        self, after: Mapping[UUID | str, int], *, ends_only: bool = False
    ) -> Iterator[Event]:
        """What happens to tasks, each after a number of its own: one merged stream."""
        events = self._app.watch_many(after, ends_only=ends_only)
        return map(self._seen, self.stepped(events))

    def _seen(self, event: Event) -> Event:
        if event.task is not None:
            event.task = self.over(event.task)
        return event

    def stepped(self, iterator: Any) -> Iterator[Any]:
        """An asynchronous generator, step by step."""
        over = object()

        async def take() -> Any:
            return await anext(iterator, over)

        try:
            while (one := self.call(take)) is not over:
                yield one
        finally:
            self.call(iterator.aclose)

    def cancel(self, uuid: UUID | str, reason: str = "") -> bool:
        """End a task, or tell a running one to stop; false when it had ended."""
        done: bool = self.call(self._app.cancel, uuid, reason)
        return done

    def cancel_many(self, uuids: Sequence[UUID | str], reason: str = "") -> int:
        """End tasks, in this order; how many had not ended."""
        done: int = self.call(self._app.cancel_many, uuids, reason)
        return done

    def reply(self, uuid: UUID | str, ask_id: str, value: Any) -> int:
        """Answer a question that a task asks; the number of the answer's event."""
        seq: int = self.call(self._app.reply, uuid, ask_id, value)
        return seq

    def ping(
        self,
        server: bool = True,  # noqa: FBT001, FBT002  # the way users know
    ) -> bool:
        """Whether somebody runs the app's tasks: a worker, else at least a broker."""
        there: bool = self.call(self._app.ping, server)
        return there

    def flush_all(self, wait: Seconds = 5.0) -> int:
        """Forget everything of the app; see `AppCalls.flush_all`."""
        deleted: int = self.call(self._app.flush_all, wait)
        return deleted
