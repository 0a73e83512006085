"""Wire: what a task's decorator was told, as it travels."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from qtasks import v1
from qtasks.core.limits import MAX_SECONDS
from qtasks.errors import OutOfRange
from qtasks.task.definition import TaskDefinition
from qtasks.task.options import Backoff, Seconds, Waits


def task_defaults(
    definition: TaskDefinition, default_priority: int = 0
) -> v1.TaskDefaults:
    """What submits of a task leave unset, for whoever submits it by name.

    Args:
        definition: The task.
        default_priority: Its priority if it has none.
    """
    defaults = v1.TaskDefaults(queue=definition.queue or "", tags=definition.tags)
    if definition.priority is not None:
        defaults.priority = definition.priority
    elif default_priority:
        defaults.priority = default_priority
    if definition.max_time is not None:
        defaults.max_time.CopyFrom(duration(definition.max_time, "max_time"))
    if definition.keep_result is not None:
        defaults.keep_result.CopyFrom(duration(definition.keep_result, "keep_result"))
    if definition.retry:
        policy = retry_policy(definition.retry, definition.retry_backoff)
        defaults.retry.CopyFrom(policy)
    return defaults


def retry_policy(retry: int | None, backoff: Waits | None) -> v1.RetryPolicy:
    """How often a task is tried again, and when; `None`: as usual."""
    policy = v1.RetryPolicy()
    if retry is not None:
        if not 0 <= retry < (1 << 31) - 1:
            raise OutOfRange(f"retry must be 0 or more, not {retry}", field="retry")
        policy.max_attempts = retry + 1
    if isinstance(backoff, Backoff):
        policy.initial_backoff.CopyFrom(duration(backoff.initial, "retry_backoff"))
        policy.max_backoff.CopyFrom(duration(backoff.max, "retry_backoff"))
        policy.multiplier = backoff.multiplier
        policy.jitter = backoff.jitter
    elif isinstance(backoff, int | float | timedelta):
        policy.initial_backoff.CopyFrom(duration(backoff, "retry_backoff"))
    return policy


def duration(length: Seconds, field: str) -> Duration:
    """A length as it travels."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if not 0 <= seconds <= MAX_SECONDS:  # also false for NaN
        raise OutOfRange(
            f"{field} must be from 0 to {MAX_SECONDS:.0f} s (ten years), "
            f"not {seconds:g} s",
            field=field,
        )
    whole = int(seconds)
    return Duration(seconds=whole, nanos=int((seconds - whole) * 1e9))
