"""Views: a running task as executors, plugins and functions of events see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.core.states import State


@dataclass(frozen=True, slots=True)
class AssignedTask:
    """A task as the broker gave it to the worker."""

    task_name: str
    uuid: UUID
    priority: int
    args: Sequence[Any]
    """With the task object of `echo` in front."""
    kwargs: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    attempt: int
    """The number of this attempt, from 1."""
    queue: str
    metadata: Mapping[str, str]

    @classmethod
    def of(
        cls, assign: v1.Assign, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> "AssignedTask":
        """The task that was assigned, with its arguments decoded."""
        task = assign.task
        return cls(
            task_name=task.name,
            uuid=UUID(task.id),
            priority=task.priority,
            args=args,
            kwargs=kwargs,
            created_at=_moment(assign.create_time),
            updated_at=datetime.now(UTC),  # noqa: TID251  # when it came
            attempt=assign.attempt,
            queue=task.queue or "default",
            metadata=dict(task.metadata),
        )


@dataclass(slots=True)
class TaskModel:
    """How an attempt stands: plugins may change what of it is to be reported."""

    task_name: str
    uuid: UUID
    priority: int
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    status: str = State.PROCESS.value
    """`process`, `success`, `error`, `cancel`; `new` for one that is given back."""
    returning: Any = None
    traceback: str | None = None
    cancel_reason: str | None = None
    retry: bool | int | None = None
    """Whether it may be tried again; a plugin changes it with what is true or false."""
    retry_delay: float | None = None
    """Seconds before it is; `None`: as the broker says."""
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, task: AssignedTask, **more: Any) -> "TaskModel":
        """How a task stands."""
        return cls(
            task_name=task.task_name,
            uuid=task.uuid,
            priority=task.priority,
            args=task.args,
            kwargs=task.kwargs,
            created_at=task.created_at,
            updated_at=datetime.now(UTC),  # noqa: TID251  # as it stands now
            **more,
        )


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
