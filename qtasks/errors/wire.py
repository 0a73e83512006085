"""Errors that travel: what a broker, or the way to it, has to say."""

from qtasks.errors.root import QtasksError

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


class ScheduleNotFound(QtasksError):
    """There is no schedule of this name."""

    reason = "SCHEDULE_NOT_FOUND"


class ScheduleExists(QtasksError):
    """There is another schedule of this name; replace it, or choose another name."""

    reason = "SCHEDULE_EXISTS"


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
