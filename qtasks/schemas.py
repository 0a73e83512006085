"""What users see of tasks: a task as it stands, and what happened to it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, Generic, Self, TypeVar, overload
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.core.states import ENDED, State
from qtasks.errors import Unserializable

T = TypeVar("T")
Decode = Callable[[v1.Payload], Any]

STATES: Final[dict[int, State]] = {
    v1.TASK_STATE_SCHEDULED: State.SCHEDULED,
    v1.TASK_STATE_NEW: State.NEW,
    v1.TASK_STATE_PROCESS: State.PROCESS,
    v1.TASK_STATE_RETRY: State.RETRY,
    v1.TASK_STATE_SUCCESS: State.SUCCESS,
    v1.TASK_STATE_ERROR: State.ERROR,
    v1.TASK_STATE_CANCEL: State.CANCEL,
}
REASONS: Final[dict[int, str]] = {
    number: name.removeprefix("FAILURE_REASON_").lower()
    for name, number in v1.FailureReason.items()
}
LEVELS: Final[dict[int, str]] = {
    number: name.removeprefix("LOG_LEVEL_").lower()
    for name, number in v1.LogLevel.items()
}


@dataclass(slots=True, kw_only=True)
class TaskFailure:
    """Why an attempt failed."""

    kind: str
    """The name of the error's type, in the worker's language."""
    message: str
    traceback: str = ""
    reason: str = ""
    """`raised`, `timed_out`, `worker_lost`, `rejected` or `result_invalid`."""
    details: dict[str, str] = field(default_factory=dict)
    cause: "TaskFailure | None" = None

    @classmethod
    def from_wire(cls, failure: v1.Failure) -> Self:
        """The failure a message tells of."""
        return cls(
            kind=failure.kind,
            message=failure.message,
            traceback=failure.traceback,
            reason=REASONS.get(failure.reason, ""),
            details=dict(failure.details),
            cause=cls.from_wire(failure.cause) if failure.HasField("cause") else None,
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}" if self.message else self.kind


class Seen(Generic[T]):
    """A field of a task: read when it is first asked for, and remembered.

    Most fields are never looked at, and to make Python values of all of them costs more
    than anything else a client does for a task.
    """

    def __init__(self, read: Callable[[v1.TaskStatus, Decode], T]) -> None:
        self._read = read
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, task: None, owner: type) -> Self: ...

    @overload
    def __get__(self, task: "Task", owner: type) -> T: ...

    def __get__(self, task: "Task | None", owner: type) -> Self | T:
        if task is None:
            return self
        value = self._read(task.seen, task.decode)
        # The attribute of the instance is found before this one from now on.
        setattr(task, self._name, value)
        return value


class Task(ABC):
    """A task as it stood when it was last looked at; times are in UTC.

    A field whose payload can't be read raises `Unserializable` when it is asked for.
    """

    status = Seen(lambda seen, _: STATES[seen.state].value)
    """`scheduled`, `new`, `process`, `retry`, `success`, `error` or `cancel`."""
    uuid = Seen(lambda seen, _: UUID(seen.id))
    priority = Seen(lambda seen, _: seen.priority)
    """Lower runs first."""
    task_name = Seen(lambda seen, _: seen.name)
    args = Seen[list[Any]](lambda seen, decode: decode(seen.args) or [])
    kwargs = Seen[dict[str, Any]](lambda seen, decode: decode(seen.kwargs) or {})
    created_at = Seen(lambda seen, _: _moment(seen.create_time))
    updated_at = Seen(lambda seen, _: _updated_at(seen))
    returning = Seen[Any](lambda seen, decode: decode(seen.result))
    """What the task returned."""
    traceback = Seen(lambda seen, _: _traceback(seen))
    """What went wrong, for a person."""
    retry = Seen[int | None](
        lambda seen, _: max(0, max(1, seen.max_attempts) - max(1, seen.attempt))
    )
    """How many more attempts there may be."""
    retry_child_uuid: UUID | None = None
    """Always `None`: a task keeps its id when it is tried again."""
    retry_parent_uuid: UUID | None = None
    """Always `None`: a task keeps its id when it is tried again."""
    cancel_reason = Seen(
        lambda seen, _: seen.cancel_reason if seen.HasField("cancel_reason") else None
    )
    """Why it was cancelled, if it was."""
    queue = Seen(lambda seen, _: seen.queue)
    """Where it waits."""
    attempt = Seen(lambda seen, _: seen.attempt)
    """The number of the current or last attempt; 0 before the first."""
    max_attempts = Seen(lambda seen, _: max(1, seen.max_attempts))
    """How many attempts there may be, the first included."""
    due_at = Seen(lambda seen, _: _optional_moment(seen, "due_time"))
    """When it may start, if that is later than its submit."""
    started_at = Seen(lambda seen, _: _optional_moment(seen, "start_time"))
    """When the current or last attempt started."""
    finished_at = Seen(lambda seen, _: _optional_moment(seen, "finish_time"))
    """When it ended."""
    expires_at = Seen(lambda seen, _: _optional_moment(seen, "expire_time"))
    """When it is cancelled, if it has not started by then."""
    worker_id = Seen(lambda seen, _: seen.worker_id or None)
    """Who runs it, or ran it last."""
    group = Seen(lambda seen, _: seen.group or None)
    """The label of tasks that belong together."""
    tags = Seen(lambda seen, _: list(seen.tags))
    metadata = Seen(lambda seen, _: dict(seen.metadata))
    parent_uuid = Seen(lambda seen, _: UUID(seen.parent_id) if seen.parent_id else None)
    """The task that submitted it, if one did."""
    failure = Seen(lambda seen, _: _failure(seen))
    """Why the last attempt failed: a `TaskFailure`."""
    cancel_requested = Seen(lambda seen, _: seen.cancel_requested)
    """Whether it was told to stop and has not ended yet."""
    unserved = Seen(lambda seen, _: seen.unserved)
    """Whether no live worker serves this task's name."""
    last_seq = Seen(lambda seen, _: seen.last_seq)
    """The number of its last event."""

    submit: v1.TaskSubmit
    """How it was submitted, when it was not looked at since."""

    @cached_property
    def seen(self) -> v1.TaskStatus:
        """How it stood, as it travels: what all the fields are read from."""
        return _as_submitted(self.submit)

    @abstractmethod
    def decode(self, payload: v1.Payload) -> Any:
        """The value of a payload; `None` for an empty one."""

    @property
    def ended(self) -> bool:
        """Whether the task has ended."""
        return self.status in ENDED

    def update(self, seen: v1.TaskStatus) -> None:
        """Take over how the task stands now."""
        values = vars(self)
        for name in FIELDS:
            values.pop(name, None)
        self.seen = seen

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self._shown(name)}" for name in FIELDS)
        return f"{type(self).__name__}({fields})"

    def _shown(self, name: str) -> str:
        try:
            return repr(getattr(self, name))
        except Unserializable:
            return "<unreadable>"


FIELDS: Final = tuple(
    name for name, kind in vars(Task).items() if isinstance(kind, Seen)
)
"""The names of a task's fields."""


def _as_submitted(task: v1.TaskSubmit) -> v1.TaskStatus:
    return v1.TaskStatus(
        id=task.id,
        name=task.name,
        queue=task.queue or "default",
        priority=task.priority,
        max_attempts=task.retry.max_attempts,
        group=task.group,
        tags=task.tags,
        metadata=task.metadata,
    )


def _updated_at(seen: v1.TaskStatus) -> datetime:
    for name in ("finish_time", "start_time"):
        if seen.HasField(name):
            return _moment(getattr(seen, name))
    return _moment(seen.create_time)


def _failure(seen: v1.TaskStatus) -> TaskFailure | None:
    return TaskFailure.from_wire(seen.failure) if seen.HasField("failure") else None


def _traceback(seen: v1.TaskStatus) -> str | None:
    failure = _failure(seen)
    return None if failure is None else failure.traceback or str(failure)


@dataclass(slots=True, kw_only=True)
class Event:
    """One thing that happened to a task.

    `kind` says which fields are filled: `state` (`state`, `failure`, `due_at`,
    `worker_id`), `yield` (`value`), `ask` (`ask_id`, `value`, `deadline`), `answer`
    (`ask_id`, `value`), `log` (`level`, `message`, `fields`), `progress` (`done`,
    `total`, `message`), `cancel` (`message`), `gap` (`from_seq`, `to_seq`), `end`
    (`state`, `task`).
    """

    kind: str
    task_id: str
    seq: int
    attempt: int
    time: datetime
    value: Any = None
    state: str = ""
    failure: TaskFailure | None = None
    due_at: datetime | None = None
    worker_id: str = ""
    ask_id: str = ""
    deadline: datetime | None = None
    level: str = ""
    message: str = ""
    logger: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    done: float = 0.0
    total: float = 0.0
    from_seq: int = 0
    to_seq: int = 0
    task: Any = None
    """The ended task, a handle."""


def event_of(event: v1.TaskEvent, decode: Decode) -> Event:
    """The event a message tells of; `task` of an `end` is left to the caller."""
    kind = event.WhichOneof("event") or ""
    made = Event(
        kind=kind,
        task_id=event.task_id,
        seq=event.seq,
        attempt=event.attempt,
        time=_moment(event.time),
    )
    reader = _READERS.get(kind)
    if reader is not None:
        reader(made, getattr(event, kind), decode)
    return made


def _read_state(made: Event, body: v1.StateChanged, _: Decode) -> None:
    made.kind = "state"
    made.state = STATES[body.state].value
    made.worker_id = body.worker_id
    made.due_at = _optional_moment(body, "due_time")
    if body.HasField("failure"):
        made.failure = TaskFailure.from_wire(body.failure)


def _read_yield(made: Event, body: v1.Yielded, decode: Decode) -> None:
    made.kind = "yield"
    made.value = decode(body.value)


def _read_ask(made: Event, body: v1.Asked, decode: Decode) -> None:
    made.kind = "ask"
    made.ask_id = body.ask_id
    made.value = decode(body.prompt)
    made.deadline = _optional_moment(body, "deadline")


def _read_answer(made: Event, body: v1.Answered, decode: Decode) -> None:
    made.kind = "answer"
    made.ask_id = body.ask_id
    made.value = decode(body.value)


def _read_log(made: Event, body: v1.LogLine, _: Decode) -> None:
    made.level = LEVELS.get(body.level, "info")
    made.message = body.message
    made.logger = body.logger
    made.fields = dict(body.fields)


def _read_progress(made: Event, body: v1.Progress, _: Decode) -> None:
    made.done = body.done
    made.total = body.total
    made.message = body.note


def _read_gap(made: Event, body: v1.Gap, _: Decode) -> None:
    made.from_seq = body.from_seq
    made.to_seq = body.to_seq


def _read_finished(made: Event, body: v1.Finished, _: Decode) -> None:
    made.kind = "end"
    made.state = STATES[body.status.state].value


def _read_cancel(made: Event, body: v1.CancelRequested, _: Decode) -> None:
    made.kind = "cancel"
    made.message = body.reason


_READERS: dict[str, Callable[[Event, Any, Decode], None]] = {
    "state_changed": _read_state,
    "yielded": _read_yield,
    "asked": _read_ask,
    "answered": _read_answer,
    "log": _read_log,
    "progress": _read_progress,
    "gap": _read_gap,
    "finished": _read_finished,
    "cancel_requested": _read_cancel,
}


def _moment(time: Timestamp) -> datetime:
    return datetime.fromtimestamp(time.seconds + time.nanos / 1e9, UTC)


def _optional_moment(message: Any, name: str) -> datetime | None:
    return _moment(getattr(message, name)) if message.HasField(name) else None
