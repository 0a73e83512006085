"""What users see of tasks: a task as it stands, and what happened to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.core.states import ENDED, State

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


@dataclass(kw_only=True, eq=False)
class Task:
    """A task as it stood when it was last looked at; times are in UTC."""

    status: str
    """`scheduled`, `new`, `process`, `retry`, `success`, `error` or `cancel`."""
    uuid: UUID
    priority: int
    task_name: str
    args: list[Any]
    kwargs: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    returning: Any = None
    """What the task returned."""
    traceback: str | None = None
    """What went wrong, for a person."""
    retry: int | None = None
    """How many more attempts there may be."""
    retry_child_uuid: UUID | None = None
    """Always `None`: a task keeps its id when it is tried again."""
    retry_parent_uuid: UUID | None = None
    """Always `None`: a task keeps its id when it is tried again."""
    cancel_reason: str | None = None
    queue: str = "default"
    attempt: int = 0
    """The number of the current or last attempt; 0 before the first."""
    max_attempts: int = 1
    due_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    worker_id: str | None = None
    group: str | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    parent_uuid: UUID | None = None
    failure: TaskFailure | None = None
    cancel_requested: bool = False
    unserved: bool = False
    """Whether no live worker serves this task's name."""
    last_seq: int = 0
    """The number of its last event."""

    @property
    def ended(self) -> bool:
        """Whether the task has ended."""
        return self.status in ENDED

    def update(self, status: v1.TaskStatus, decode: Decode) -> None:
        """Take over how the task stands now."""
        self.status = STATES[status.state].value
        self.task_name = status.name
        self.queue = status.queue
        self.priority = status.priority
        self.args = decode(status.args) or []
        self.kwargs = decode(status.kwargs) or {}
        self.attempt = status.attempt
        self.max_attempts = max(1, status.max_attempts)
        self.retry = self.max_attempts - max(1, status.attempt)
        self.worker_id = status.worker_id or None
        self.group = status.group or None
        self.tags = list(status.tags)
        self.metadata = dict(status.metadata)
        self.parent_uuid = UUID(status.parent_id) if status.parent_id else None
        self.cancel_requested = status.cancel_requested
        self.unserved = status.unserved
        self.last_seq = status.last_seq
        self._update_times(status)
        self._update_outcome(status, decode)

    def _update_times(self, status: v1.TaskStatus) -> None:
        self.created_at = _moment(status.create_time)
        self.due_at = _optional_moment(status, "due_time")
        self.started_at = _optional_moment(status, "start_time")
        self.finished_at = _optional_moment(status, "finish_time")
        self.expires_at = _optional_moment(status, "expire_time")
        self.updated_at = self.finished_at or self.started_at or self.created_at

    def _update_outcome(self, status: v1.TaskStatus, decode: Decode) -> None:
        self.returning = self.failure = self.traceback = self.cancel_reason = None
        outcome = status.WhichOneof("outcome")
        if outcome == "result":
            self.returning = decode(status.result)
        elif outcome == "failure":
            self.failure = TaskFailure.from_wire(status.failure)
            self.traceback = self.failure.traceback or str(self.failure)
        elif outcome == "cancel_reason":
            self.cancel_reason = status.cancel_reason


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
