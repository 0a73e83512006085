"""Requests: a call and its options as a `TaskSubmit`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.abc.serializer import Serializer
from qtasks.client.ids import canonical_id, new_task_id
from qtasks.client.misfits import misfit
from qtasks.errors import InvalidField, OutOfRange
from qtasks.task import (
    NO_OPTIONS,
    After,
    Seconds,
    SubmitOptions,
    TaskCall,
    TaskDefinition,
)
from qtasks.task.wire import duration, retry_policy

PASSES: Final = {
    "": v1.PASS_UNSPECIFIED,
    "each": v1.PASS_EACH,
    "list": v1.PASS_LIST,
}


def task_submit(
    call: TaskCall[Any], *, app: str, default_priority: int, serializer: Serializer
) -> v1.TaskSubmit:
    """A call as it is submitted: its own options over those of its task.

    Raises:
        Unserializable: an argument has no form to travel in.
        InvalidField: an option is of a type it can't be.
        OutOfRange: a time or number is outside its range.
    """
    try:
        return _written(call, app, default_priority, serializer)
    except (TypeError, ValueError) as error:
        raise misfit(call.options) or error from None


def _written(
    call: TaskCall[Any], app: str, default_priority: int, serializer: Serializer
) -> v1.TaskSubmit:
    options = call.options
    task = v1.TaskSubmit(
        id=canonical_id(options.task_uuid) if options.task_uuid else new_task_id(),
        app=app,
        name=call.task_name,
        priority=_priority(call, default_priority),
    )
    if call.args:
        task.args.CopyFrom(serializer.encode(call.args))
    if call.kwargs:
        task.kwargs.CopyFrom(serializer.encode(call.kwargs))
    if call.definition is not None:
        _apply_definition(task, call.definition)
    if call.each:
        task.each = True
    if options is not NO_OPTIONS:
        _apply_options(task, options)
    return task


def _priority(call: TaskCall[Any], default: int) -> int | None:
    """What the program says; `None` leaves it to what the task is registered with."""
    if call.options.priority is not None:
        return call.options.priority
    if call.definition is None:
        return None
    return (
        call.definition.priority
        if call.definition.priority is not None
        else (default or None)
    )


def _apply_definition(task: v1.TaskSubmit, definition: TaskDefinition) -> None:
    if definition.queue:
        task.queue = definition.queue
    if definition.max_time is not None:
        task.max_time.CopyFrom(duration(definition.max_time, "max_time"))
    if definition.keep_result is not None:
        task.keep_result.CopyFrom(duration(definition.keep_result, "keep_result"))
    if definition.tags:
        task.tags.extend(definition.tags)
    if definition.retry:
        task.retry.CopyFrom(retry_policy(definition.retry, definition.retry_backoff))


def _apply_options(task: v1.TaskSubmit, options: SubmitOptions) -> None:
    task.queue = options.queue or task.queue
    task.idempotency_key = options.idempotency_key or ""
    task.group = options.group or ""
    if options.tags is not None:
        if isinstance(options.tags, str):
            raise InvalidField(
                f"tags must be a list: write [{options.tags!r}] for one tag",
                field="tags",
            )
        task.tags[:] = options.tags
    if options.metadata:
        task.metadata.update(options.metadata)
    for name in ("max_time", "keep_result", "keep_failure"):
        length = getattr(options, name)
        if length is not None:
            getattr(task, name).CopyFrom(duration(length, name))
    if options.after is not None:
        task.after.CopyFrom(after_of(options.after))
    _apply_moments(task, options)
    if options.retry is not None or options.retry_backoff is not None:
        task.retry.MergeFrom(retry_policy(options.retry, options.retry_backoff))


def _apply_moments(task: v1.TaskSubmit, options: SubmitOptions) -> None:
    if options.eta is not None and options.delay is not None:
        raise InvalidField("give eta or delay, not both", field="eta")
    if options.eta is not None:
        task.start_time.CopyFrom(moment(options.eta, "eta"))
    if options.delay is not None:
        task.delay.CopyFrom(duration(options.delay, "delay"))
    if options.expires is not None:
        task.expire_time.CopyFrom(moment(options.expires, "expires"))
    if options.deadline is not None:
        task.deadline.CopyFrom(moment(options.deadline, "deadline"))


def after_of(after: After | Sequence[Any]) -> v1.After:
    """What a task waits for, as it travels."""
    if not isinstance(after, After):
        alone = isinstance(after, str | UUID) or hasattr(after, "uuid")
        after = After([after] if alone else after)
    return v1.After(
        task_ids=[canonical_id(getattr(one, "uuid", one)) for one in after.tasks],
        **{"pass": PASSES[after.results]},
        on_failure=(
            v1.ON_FAILURE_RUN
            if after.on_failure == "run"
            else v1.ON_FAILURE_UNSPECIFIED
        ),
    )


def moment(when: Seconds | datetime, field: str) -> Timestamp:
    """A moment as it travels; a length means "from now"."""
    if not isinstance(when, datetime):
        length = when if isinstance(when, timedelta) else _length(when, field)
        try:
            when = datetime.now(UTC) + length  # noqa: TID251  # the caller's now
        except OverflowError:
            raise OutOfRange(f"{field} is too far away", field=field) from None
    stamp = Timestamp()
    # A naive datetime means local time, as everywhere in Python.
    stamp.FromDatetime(when.astimezone(UTC))
    return stamp


def _length(seconds: float, field: str) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise OutOfRange(f"{field} can't be {seconds}", field=field) from None
