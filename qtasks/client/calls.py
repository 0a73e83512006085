"""Calls: what a program asks of a broker, in the words of Python.

The asynchronous app has them, and the synchronous one drives them.
"""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar, overload
from uuid import UUID

from qtasks import v1
from qtasks.abc.serializer import Serializer
from qtasks.client.connection import Connection
from qtasks.client.ids import canonical_id
from qtasks.client.moments import Moments
from qtasks.client.requests import task_submit
from qtasks.client.watching import Watching
from qtasks.config import QueueConfig
from qtasks.context import CURRENT
from qtasks.errors import (
    InvalidField,
    QtasksError,
    SubmitRefused,
    TaskEnded,
    TaskNotFound,
)
from qtasks.handle import TaskHandle, handle_of_submit
from qtasks.home import Home
from qtasks.schemas import Event, event_of
from qtasks.task import (
    NO_OPTIONS,
    OPTION_NAMES,
    Backoff,
    RegisteredTask,
    Seconds,
    SubmitOptions,
    TaskCall,
    TaskRegistry,
    call_of,
)
from qtasks.transport.status import from_item

R = TypeVar("R")

MAX_CANCELLED = 4096
"""Tasks that one request can cancel."""


class Calls:
    """What a program asks of a broker, in the words of Python."""

    name: str
    config: QueueConfig
    serializer: Serializer
    registry: TaskRegistry
    home: Home[Connection]
    blocking: Any
    """The same calls for code without an event loop."""
    on_submitted: Callable[[list[TaskHandle[Any]]], Awaitable[None]] | None = None
    """Awaited with the handles of a submit before the caller gets them, for tests."""

    @cached_property
    def moments(self) -> Moments:
        """Asks plugins when tasks are submitted and looked at."""
        return Moments(self)

    def decode(self, payload: v1.Payload) -> Any:
        """The value of a payload."""
        return self.serializer.decode(payload)

    # -- submitting -------------------------------------------------------------------

    @overload
    async def add_task(
        self,
        task_name: str | RegisteredTask[..., R, Any] | TaskCall[R],
        /,
        *args: Any,
        timeout: None = None,
        priority: int | None = None,
        delay: Seconds | None = None,
        eta: datetime | None = None,
        queue: str | None = None,
        expires: Seconds | datetime | None = None,
        deadline: Seconds | datetime | None = None,
        idempotency_key: str | None = None,
        group: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: dict[str, str] | None = None,
        keep_result: Seconds | None = None,
        max_time: Seconds | None = None,
        retry: int | None = None,
        retry_backoff: Backoff | Seconds | None = None,
        task_uuid: UUID | str | None = None,
        **kwargs: Any,
    ) -> TaskHandle[R]: ...

    @overload
    async def add_task(
        self,
        task_name: str | RegisteredTask[..., R, Any] | TaskCall[R],
        /,
        *args: Any,
        timeout: float,
        priority: int | None = None,
        delay: Seconds | None = None,
        eta: datetime | None = None,
        queue: str | None = None,
        expires: Seconds | datetime | None = None,
        deadline: Seconds | datetime | None = None,
        idempotency_key: str | None = None,
        group: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: dict[str, str] | None = None,
        keep_result: Seconds | None = None,
        max_time: Seconds | None = None,
        retry: int | None = None,
        retry_backoff: Backoff | Seconds | None = None,
        task_uuid: UUID | str | None = None,
        **kwargs: Any,
    ) -> TaskHandle[R] | None: ...

    async def add_task(
        self,
        task_name: Any,
        /,
        *args: Any,
        timeout: float | timedelta | None = None,
        **kwargs: Any,
    ) -> Any:
        """Submit a task: stored when this returns.

        Args:
            task_name: A task's name, a task, or a call (`task(...)`).
            *args: The task's arguments.
            timeout: Wait this many seconds for the end.
            **kwargs: Submit options (see `SubmitOptions`) and the task's named
                arguments.

        Returns:
            A handle; with `timeout`, the ended task, or `None` if it did not end.
        """
        call = self.call(task_name, args, kwargs)
        if timeout is None:
            return await self.submit_call(call)
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        return await self.run_call(call, seconds)

    def call(
        self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> TaskCall[Any]:
        """The call that `add_task` is asked for."""
        if isinstance(task, TaskCall):
            return task.with_options(**kwargs)
        if isinstance(task, RegisteredTask):
            return call_of(task.definition, NO_OPTIONS, args, kwargs)
        definition = self.registry.find(task)
        if definition is not None:
            return call_of(definition, NO_OPTIONS, args, kwargs)
        if not isinstance(task, str):
            raise InvalidField(
                "add_task takes a task, its name or a call (`task(...)`), not "
                f"{task!r:.80} ({type(task).__name__})",
                field="task_name",
            )
        given = {name: kwargs[name] for name in kwargs.keys() & OPTION_NAMES}
        named = {name: kwargs[name] for name in kwargs if name not in given}
        options = SubmitOptions(**given) if given else NO_OPTIONS
        return TaskCall(task, args, named, options)

    def submit_of(self, call: TaskCall[Any]) -> v1.TaskSubmit:
        """A call as it travels; in any thread, unless plugins want to see submits.

        Raises:
            Unserializable: an argument has no form to travel in.
            InvalidField, OutOfRange: an option is wrong.
        """
        task = task_submit(
            call,
            app=self.name,
            default_priority=self.config.task_default_priority,
            serializer=self.serializer,
        )
        context = CURRENT.get(None)
        if context is not None:
            task.parent_id = str(context.task_uuid)
        return task

    async def submit_call(self, call: TaskCall[R]) -> TaskHandle[R]:
        """Store a task."""
        (handle,) = await self._submit([call])
        if isinstance(handle, QtasksError):
            raise handle
        return handle

    async def run_call(self, call: TaskCall[R], timeout: float) -> TaskHandle[R] | None:
        """Store a task and wait for its end; `None` when it did not come in time."""
        if self.on_submitted is not None or self.moments.submit_wanted():
            return await (await self.submit_call(call)).wait(timeout)
        task = self.submit_of(call)
        connection = await self.home.open()
        status = await self.home.call(connection.ended, task.id, task, timeout)
        return None if status is None else TaskHandle(self, status)

    async def add_tasks(self, calls: Iterable[TaskCall[Any]]) -> list[TaskHandle[Any]]:
        """Submit many calls (`task(...)`) together.

        Raises:
            SubmitRefused: some were refused; the others are stored.
        """
        handles = await self._submit(list(calls))
        errors = {
            place: one
            for place, one in enumerate(handles)
            if isinstance(one, QtasksError)
        }
        stored = [one for one in handles if not isinstance(one, QtasksError)]
        if errors:
            raise SubmitRefused(errors, stored)
        return stored

    async def _submit(
        self, calls: list[TaskCall[Any]]
    ) -> list[TaskHandle[Any] | QtasksError]:
        calls, tasks = await self.prepare(calls)
        return await self.store(calls, tasks)

    async def prepare(
        self, calls: list[TaskCall[Any]]
    ) -> tuple[list[TaskCall[Any]], list[v1.TaskSubmit]]:
        """Calls as plugins want them, and how each travels; see `submit_of`."""
        moments = self.moments if self.moments.submit_wanted() else None
        if moments is not None:
            calls = [await moments.submitting(call) for call in calls]
        tasks = [self.submit_of(call) for call in calls]
        if moments is not None:
            for task in tasks:
                await moments.storing(task)
        return calls, tasks

    async def store(
        self, calls: list[TaskCall[Any]], tasks: list[v1.TaskSubmit]
    ) -> list[TaskHandle[Any] | QtasksError]:
        """Store tasks that were prepared; for each its handle, or why it was refused."""
        moments = self.moments if self.moments.submit_wanted() else None
        connection = await self.home.open()
        receipts = await self.home.call(connection.submit, tasks)
        now = datetime.now(UTC)  # noqa: TID251  # shown until the broker's is known
        handles = [
            from_item(receipt.error)
            if receipt.HasField("error")
            else handle_of_submit(self, task, receipt, call, now)
            for call, task, receipt in zip(calls, tasks, receipts, strict=True)
        ]
        if moments is not None:
            pairs = zip(calls, tasks, receipts, strict=True)
            await moments.stored(
                [(call, task) for call, task, one in pairs if not one.HasField("error")]
            )
        if self.on_submitted is not None:
            stored = [one for one in handles if isinstance(one, TaskHandle)]
            await self.on_submitted(stored)
        return handles

    # -- following --------------------------------------------------------------------

    async def get(self, uuid: UUID | str) -> TaskHandle[Any] | None:
        """A task as it stands; `None` when there is none."""
        try:
            status = await self.status(uuid)
        except TaskNotFound:
            return None
        handle = TaskHandle[Any](self, status)
        if self.moments.look_wanted():
            seen = await self.moments.looked(handle)
            handle = getattr(seen, "origin", seen)  # a sync app wraps it again
        return handle

    async def status(self, uuid: UUID | str) -> v1.TaskStatus:
        """How a task stands, as it travels; raises `TaskNotFound`."""
        broker = (await self.home.open()).broker
        request = v1.GetRequest(id=canonical_id(uuid))
        return (await self.home.call(broker.get, request)).status

    async def ended_status(
        self, uuid: UUID | str, timeout: float | None = None
    ) -> v1.TaskStatus | None:
        """How a task ended, as it travels; `None` when it did not in time."""
        connection = await self.home.open()
        task_id = canonical_id(uuid)
        return await self.home.call(connection.ended, task_id, None, timeout)

    async def wait(
        self, uuid: UUID | str, timeout: float | None = None
    ) -> TaskHandle[Any] | None:
        """Wait for a task's end; `None` when it did not come in time."""
        status = await self.ended_status(uuid, timeout)
        return None if status is None else TaskHandle(self, status)

    async def watch(self, uuid: UUID | str, *, after: int = 0) -> AsyncIterator[Event]:
        """What happened to a task after event number `after`, then what happens."""
        connection = await self.home.open()
        task_id = canonical_id(uuid)
        watching = await self.home.call(connection.watch, task_id, after)
        async with aclosing(self._events(watching)) as events:
            async for event in events:
                yield event

    async def watch_many(
        self, after: Mapping[UUID | str, int], *, ends_only: bool = False
    ) -> AsyncGenerator[Event]:
        """What happens to tasks, each after a number of its own: one merged stream.

        Each task's events come in order, and `Event.task_id` tells whose they are. Ends
        when all have ended.

        Args:
            after: The tasks, and after which of its events each is to be watched.
            ends_only: Nothing but how each ended.
        """
        connection = await self.home.open()
        places = {canonical_id(uuid): seq for uuid, seq in after.items()}
        watching = await self.home.call(connection.watch_many, places, ends_only)
        async with aclosing(self._events(watching)) as events:
            async for event in events:
                yield event

    async def _events(self, watching: Watching) -> AsyncGenerator[Event]:
        home = self.home.loop or asyncio.get_running_loop()
        try:
            while events := await self.home.call(watching.next):
                for event in events:
                    yield self._event(event)
        finally:
            if not home.is_closed():
                home.call_soon_threadsafe(watching.close)

    def _event(self, event: v1.TaskEvent) -> Event:
        made = event_of(event, self.decode)
        if event.HasField("finished"):
            made.task = TaskHandle(self, event.finished.status)
        return made

    # -- steering ---------------------------------------------------------------------

    async def cancel(self, uuid: UUID | str, reason: str = "") -> bool:
        """End a task, or tell a running one to stop; false when it had ended."""
        broker = (await self.home.open()).broker
        request = v1.CancelRequest(ids=[canonical_id(uuid)], reason=reason)
        (result,) = (await self.home.call(broker.cancel, request)).results
        if not result.HasField("error"):
            return True
        error = from_item(result.error)
        if isinstance(error, TaskEnded):
            return False
        raise error

    async def cancel_many(self, uuids: Sequence[UUID | str], reason: str = "") -> int:
        """End tasks, in this order; how many had not ended."""
        broker = (await self.home.open()).broker
        ids = [canonical_id(uuid) for uuid in uuids]
        cancelled = 0
        for start in range(0, len(ids), MAX_CANCELLED):
            part = ids[start : start + MAX_CANCELLED]
            request = v1.CancelRequest(ids=part, reason=reason)
            response = await self.home.call(broker.cancel, request)
            cancelled += sum(not one.HasField("error") for one in response.results)
        return cancelled

    async def reply(self, uuid: UUID | str, ask_id: str, value: Any) -> int:
        """Answer a question that a task asks; the number of the answer's event."""
        broker = (await self.home.open()).broker
        request = v1.ReplyRequest(
            id=canonical_id(uuid), ask_id=ask_id, value=self.serializer.encode(value)
        )
        return (await self.home.call(broker.reply, request)).seq
