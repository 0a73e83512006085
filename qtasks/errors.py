"""Every error a user can meet.

A class's docstring is its default message. `reason` is what programs test for, in any
language: `google.rpc.ErrorInfo.reason`. `qtasks.transport.status` has the gRPC codes.
"""

from collections.abc import Sequence
from typing import ClassVar, Self


class QtasksError(Exception):
    """Something went wrong in qtasks."""

    reason: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str = "", **facts: str) -> None:
        """Take a message for a person, and facts for programs."""
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.facts = facts
        super().__init__(self.message)

    @property
    def field(self) -> str:
        """The request field that is wrong, or empty."""
        return self.facts.get("field", "")


# -- bad input ------------------------------------------------------------------


class InvalidField(QtasksError):
    """A field of the request has a value it can't have."""

    reason = "INVALID_FIELD"


class InvalidJson(InvalidField):
    """A payload is not the JSON it should be."""

    reason = "INVALID_JSON"


class OutOfRange(InvalidField):
    """A number or time is outside its range."""

    reason = "OUT_OF_RANGE"


class TooMany(InvalidField):
    """There are more items than allowed."""

    reason = "TOO_MANY"


class PayloadTooLarge(InvalidField):
    """A payload is larger than the limit; store it elsewhere and send a reference."""

    reason = "PAYLOAD_TOO_LARGE"


class ValueMisfit(QtasksError):
    """A value is not what the task was registered with; read it with `TaskService`."""

    reason = "VALUE_MISFIT"


class OutputsTooLarge(PayloadTooLarge):
    """What a generator yielded is larger than a result may be.

    Each value is readable as an event; return something, and that is the result.
    """


class ProtocolViolation(QtasksError):
    """The other side broke the rules of the stream."""

    reason = "PROTOCOL_VIOLATION"


class ProtocolMismatch(QtasksError):
    """The two sides speak versions of the protocol that do not work together."""

    reason = "PROTOCOL_MISMATCH"


# -- what is not there, or stands in the way --------------------------------------


class TaskNotFound(QtasksError):
    """There is no such task; it may have been deleted when its time was over."""

    reason = "TASK_NOT_FOUND"


class TaskConflict(QtasksError):
    """Another task already has this id."""

    reason = "TASK_ID_CONFLICT"


class TaskUnserved(QtasksError):
    """No live worker serves this task name."""

    reason = "NO_WORKER_SERVES_TASK"


class TaskRunning(QtasksError):
    """The task is running; cancel it first."""

    reason = "TASK_RUNNING"


class TaskEnded(QtasksError):
    """The task has already ended."""

    reason = "TASK_ENDED"


class TaskNotEnded(QtasksError):
    """The task has not ended yet."""

    reason = "TASK_NOT_ENDED"


class IllegalMove(QtasksError):
    """The table of states does not allow this move."""

    reason = "ILLEGAL_MOVE"


class AskNotFound(QtasksError):
    """The task does not ask this, or asks no more."""

    reason = "ASK_NOT_FOUND"


class AskAnswered(QtasksError):
    """The question was answered before; the first answer counts."""

    reason = "ASK_ANSWERED"


class QueueNotFound(QtasksError):
    """There is no such queue."""

    reason = "QUEUE_NOT_FOUND"


class TaskNameUnknown(QtasksError):
    """No worker ever registered this task name."""

    reason = "TASK_NAME_UNKNOWN"


class GroupNotFound(QtasksError):
    """No task has this label; it may have been deleted when its time was over."""

    reason = "GROUP_NOT_FOUND"


class PathRefused(QtasksError):
    """No worker may import what this path names."""

    reason = "PATH_REFUSED"


class WorkerIdInUse(QtasksError):
    """Another live worker has this id; give each worker its own."""

    reason = "WORKER_ID_IN_USE"


class WorkerNotFound(QtasksError):
    """There is no live worker of this id; `qtasks workers` lists those there are."""

    reason = "WORKER_NOT_FOUND"


class SessionLost(QtasksError):
    """The worker's session is over; its leases went to others."""

    reason = "SESSION_LOST"


# -- what is down -----------------------------------------------------------------


class Unauthenticated(QtasksError):
    """The broker wants a token it knows; give QTASKS_TOKEN or QTASKS_TOKEN_FILE."""

    reason = "UNAUTHENTICATED"


class TlsFailed(QtasksError):
    """This program and the broker do not agree on TLS."""

    reason = "TLS_FAILED"


class BrokerUnavailable(QtasksError):
    """The broker can't be reached; start one with `qtasks serve`."""

    reason = "BROKER_UNAVAILABLE"


class BrokerDraining(QtasksError):
    """The broker is going away; connect again."""

    reason = "BROKER_DRAINING"


class StorageUnavailable(QtasksError):
    """The broker can't reach its storage; it goes on when the storage is back."""

    reason = "STORAGE_UNAVAILABLE"


class StorageInUse(QtasksError):
    """Another broker uses this storage file."""

    reason = "STORAGE_IN_USE"


class SettingsError(QtasksError):
    """A setting has a value it can't have."""

    reason = "SETTINGS"


class ExportRefused(QtasksError):
    """The tasks can't be exported, or not to this place."""

    reason = "EXPORT_REFUSED"


class BreakingChanges(QtasksError):
    """Programs that were written by the last export would fail."""

    reason = "BREAKING_CHANGES"


class DeadlineExceeded(QtasksError):
    """The answer did not come in time."""

    reason = "DEADLINE_EXCEEDED"


# -- the Python face ----------------------------------------------------------------


class TaskNotRegistered(QtasksError):
    """The app has no task of this name."""

    reason = "TASK_NOT_REGISTERED"


class NoApp(QtasksError, RuntimeError):
    """There is no app yet: make one, `QueueTasks()`, before a shared task is used."""

    reason = "NO_APP"


class UnknownPath(QtasksError, ImportError):
    """There is no function under this path."""

    reason = "UNKNOWN_PATH"


class DuplicateTask(QtasksError, ValueError):
    """The app already has a task of this name."""

    reason = "DUPLICATE_TASK"

    @classmethod
    def of(cls, name: str, first: str, second: str) -> Self:
        """Two tasks of one name, told by where their functions are."""
        return cls(
            f"Task with name {name} is already registered! It is {first}, and {second} "
            "would be the second; give one of them another name",
            name=name,
        )


class Unserializable(QtasksError, TypeError):
    """A value can't be turned into the form it should travel in."""

    reason = "UNSERIALIZABLE"


class ArgumentInvalid(QtasksError, ValueError):
    """An argument is not what the task's annotation says."""

    reason = "ARGUMENT_INVALID"


class TaskFailed(QtasksError):
    """The task ended with an error."""

    reason = "TASK_FAILED"


class TaskCancelled(QtasksError):
    """The task was cancelled."""

    reason = "TASK_CANCELLED"


class ResultTimeout(QtasksError, TimeoutError):
    """The task did not end in the time given."""

    reason = "RESULT_TIMEOUT"


class NoRunningTask(QtasksError, RuntimeError):
    """This works only inside a running task."""

    reason = "NO_RUNNING_TASK"


class AskTimeout(QtasksError, TimeoutError):
    """Nobody answered in the time given."""

    reason = "ASK_TIMEOUT"


class AppStopped(QtasksError, RuntimeError):
    """The app was stopped while the call was under way."""

    reason = "APP_STOPPED"


class UnknownTrigger(QtasksError, ValueError):
    """There is no such trigger."""

    reason = "UNKNOWN_TRIGGER"


class UnknownComponent(QtasksError, KeyError):
    """The app has no such component."""

    reason = "UNKNOWN_COMPONENT"

    __str__ = Exception.__str__  # a KeyError shows its message in quotes


class WrongComponent(QtasksError, TypeError):
    """A component is not of the kind that is needed here."""

    reason = "WRONG_COMPONENT"


class WrongColour(QtasksError, TypeError):
    """Code for apps of the other kind: sync code in an async app, or the reverse."""

    reason = "WRONG_COLOUR"


class PluginFailed(QtasksError):
    """A plugin raised an error."""

    reason = "PLUGIN_FAILED"


class DependencyCycle(QtasksError, ValueError):
    """Dependencies need one another."""

    reason = "DEPENDENCY_CYCLE"


class UnknownScope(QtasksError, ValueError):
    """There is no such scope."""

    reason = "UNKNOWN_SCOPE"


class StateNotConfigured(QtasksError, RuntimeError):
    """A state is used where none is kept."""

    reason = "STATE_NOT_CONFIGURED"


class ScheduleNotFound(QtasksError):
    """There is no schedule of this name."""

    reason = "SCHEDULE_NOT_FOUND"


class ScheduleExists(QtasksError):
    """There is another schedule of this name; replace it, or choose another name."""

    reason = "SCHEDULE_EXISTS"


class SubmitRefused(QtasksError):
    """Some of the tasks submitted together were refused."""

    reason = "SUBMIT_REFUSED"

    def __init__(
        self, errors: dict[int, QtasksError], stored: Sequence[object] = ()
    ) -> None:
        """Tell why tasks were refused, by their place, and which were stored."""
        self.errors = errors
        self.stored = list(stored)
        place, first = next(iter(errors.items()))
        super().__init__(f"{len(errors)} refused; number {place}: {first.message}")


class TaskProcessDied(QtasksError):
    """The process a task ran in ended before the task did."""

    reason = "TASK_PROCESS_DIED"


class TaskProcessError(QtasksError):
    """A task in a process of its own raised an error that can't leave it."""

    reason = "TASK_PROCESS_ERROR"
