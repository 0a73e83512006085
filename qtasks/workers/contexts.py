"""Contexts: what running tasks see, in the loop and in threads."""

import logging
import threading
from collections.abc import Awaitable, Generator
from typing import Any
from uuid import UUID

import anyio

from qtasks import v1
from qtasks.context import Context, TaskCancelError
from qtasks.workers.attempt import MAX_EVENT, Attempt
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.texts import clean

MAX_LINE = 64 * 1024
"""Bytes of a log line; more are cut."""

LEVELS = (
    (logging.ERROR, v1.LOG_LEVEL_ERROR),
    (logging.WARNING, v1.LOG_LEVEL_WARNING),
    (logging.INFO, v1.LOG_LEVEL_INFO),
)


class _Room:
    """Awaited, waits until the wire takes more; not awaited, does nothing."""

    __slots__ = ("_attempt",)

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    def __await__(self) -> Generator[Any, Any, None]:
        return self._attempt.room().__await__()


class AttemptContext(Context):
    """What every running task sees."""

    def __init__(self, attempt: Attempt, plan: WorkerPlan) -> None:
        self._attempt = attempt
        self._plan = plan
        self._dropped = 0
        self._seen: Any = None
        """The task as it was looked up last."""

    @property
    def task_uuid(self) -> UUID:
        """The task's id."""
        return UUID(self._attempt.token.id)

    @property
    def app(self) -> Any:
        """The app that runs it."""
        plan = self._plan
        return plan.app if plan.app.colour == "async" else plan.blocking_app

    @property
    def task_name(self) -> str:
        """The task's name."""
        return self._attempt.definition.name

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return self._attempt.assign.attempt

    @property
    def metadata(self) -> dict[str, str]:
        """The facts that travelled with the task."""
        return dict(self._attempt.assign.task.metadata)

    @property
    def cancelled(self) -> bool:
        """Whether the task was told to stop."""
        return self._attempt.stopped

    def get_config(self) -> Any:
        """The app's settings."""
        return self._plan.config

    def get_component(self, name: str) -> Any:
        """A component of the app; `None` if it has none of this name."""
        app = self._plan.app
        if name == "worker" and self._plan.worker is not None:
            return self._plan.worker
        if name in ("storage", "global_config"):
            storage = getattr(app.broker, "storage", None)
            return storage if name == "storage" else _global_config(storage)
        return getattr(app, name, None)

    def log(
        self, message: str, *, level: int = logging.INFO, **fields: object
    ) -> Awaitable[None]:
        """Send a log line to everybody who watches."""
        line = v1.LogLine(
            level=_wire_level(level),
            message=clean(str(message), MAX_LINE),
            logger=self.task_name,
            fields={clean(key): clean(str(value)) for key, value in fields.items()},
        )
        if line.ByteSize() > MAX_EVENT:
            # For an event that is too large the broker would end the worker's stream.
            line.fields.clear()
            line.fields["left_out"] = "the fields, which are too large"
        if self._dropped:
            line.fields["dropped"] = str(self._dropped)
        return self._send(v1.TaskEvent(log=line))

    def progress(
        self, done: float, total: float = 0, note: str = ""
    ) -> Awaitable[None]:
        """Tell everybody who watches how far the task is."""
        progress = v1.Progress(done=done, total=total, note=clean(note))
        return self._send(v1.TaskEvent(progress=progress))

    def _send(self, event: v1.TaskEvent) -> Awaitable[None]:
        if self._attempt.overcrowded:
            # Who does not wait for room must not fill the memory.
            self._dropped += 1
        else:
            if event.HasField("log"):
                self._dropped = 0
            self._attempt.put_event(event, event.ByteSize())
        return _Room(self._attempt)


class AsyncContext(AttemptContext):
    """What a coroutine sees."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)

    async def get_task(self, uuid: UUID | str) -> Any:
        """A task as it stands."""
        return await self._plan.app.get(uuid)

    async def get_metadata(self, *, cache: bool = True) -> Any:
        """This task as it stands."""
        if self._seen is None or not cache:
            self._seen = await self.get_task(self.task_uuid)
        return self._seen


class SyncContext(AttemptContext):
    """What a plain function sees, in its thread."""

    def __init__(self, attempt: Attempt, plan: WorkerPlan) -> None:
        super().__init__(attempt, plan)
        self._stop = threading.Event()
        attempt.wakers.append(self._stop.set)

    def sleep(self, seconds: float) -> None:
        """Wait; raises `TaskCancelError` when the task is told to stop."""
        if self._stop.wait(seconds):
            raise TaskCancelError(self._attempt.stop_text)

    def get_task(self, uuid: UUID | str) -> Any:
        """A task as it stands."""
        return self._plan.blocking_app.get(uuid)

    def get_metadata(self, *, cache: bool = True) -> Any:
        """This task as it stands."""
        if self._seen is None or not cache:
            self._seen = self.get_task(self.task_uuid)
        return self._seen

    def _send(self, event: v1.TaskEvent) -> Awaitable[None]:
        if self._attempt.crowded:
            self._attempt.wait_for_room()
        return super()._send(event)


def _global_config(storage: Any) -> Any:
    return getattr(storage, "global_config", None)


def _wire_level(level: int) -> v1.LogLevel.ValueType:
    for least, wire in LEVELS:
        if level >= least:
            return wire
    return v1.LOG_LEVEL_DEBUG
