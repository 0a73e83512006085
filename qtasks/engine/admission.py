"""Admission: what a submitted task must look like, and its defaults."""

import json
import re
import time
from collections.abc import Iterable
from math import isfinite
from os import urandom

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.core.limits import (
    MAX_ATTEMPTS,
    MAX_LABELS,
    MAX_PRIORITY,
    MAX_SECONDS,
    MAX_TAG,
    MIN_PRIORITY,
    check_name,
)
from qtasks.core.records import Lane, NewTask
from qtasks.core.states import State
from qtasks.engine.dependencies import check_after
from qtasks.engine.settings import KIB, EngineSettings
from qtasks.errors import (
    InvalidField,
    InvalidJson,
    OutOfRange,
    PayloadTooLarge,
    TooMany,
)

DEFAULT_APP = "QueueTasks"
DEFAULT_QUEUE = "default"

MAX_METADATA_VALUE = 8192
MAX_BESIDES = 512 * KIB
"""Bytes a task may have in all, besides the largest payload: so that its status, with a
result as large as allowed, stays below gRPC's limit of 4 MiB."""

_MIN_TIMESTAMP = -62_135_596_800
_MAX_TIMESTAMP = 253_402_300_799
_NANOS = 1_000_000_000

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def new_id() -> str:
    """A UUID version 7 (RFC 9562): ordered by the millisecond it was made in."""
    value = int.from_bytes(urandom(10)) | (time.time_ns() // 1_000_000) << 80
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def check_id(value: str, field: str = "id") -> str:
    """Refuse what is not a canonical UUID."""
    if not _UUID.fullmatch(value):
        raise InvalidField(
            f"{field} must be a UUID in canonical lower-case form", field=field
        )
    return value


def admit(task: v1.TaskSubmit, settings: EngineSettings) -> NewTask:
    """Fill in the defaults of a task, and refuse what can't be run as asked.

    `task` itself is changed: its encoded form is what is stored.

    Raises:
        InvalidField: or one of its kinds, naming the field.
    """
    task.id = check_id(task.id) if task.id else new_id()
    task.app = check_name(task.app, "app") if task.app else DEFAULT_APP
    task.queue = check_name(task.queue, "queue") if task.queue else DEFAULT_QUEUE
    check_name(task.name, "name")
    if not MIN_PRIORITY <= task.priority <= MAX_PRIORITY:
        raise OutOfRange(
            f"priority must be from {MIN_PRIORITY} to {MAX_PRIORITY}, "
            f"not {task.priority}",
            field="priority",
        )
    if task.HasField("args"):
        _check_payload(task.args, "args", "[", settings.max_payload, of_lists=task.each)
    held = check_after(task)
    for place, parent in enumerate(task.after.task_ids if held else ()):
        check_id(parent, f"after.task_ids[{place}]")
    if task.HasField("kwargs"):
        _check_payload(task.kwargs, "kwargs", "{", settings.max_payload)
    _check_labels(task)
    max_losses = _check_retry(task.retry) if task.HasField("retry") else 0
    if task.HasField("max_time"):
        check_seconds(task.max_time, "max_time", above_zero=True)
    keep = keep_of(task, State.SUCCESS, settings)
    if task.HasField("keep_failure"):
        keep = keep_of(task, State.ERROR, settings)
    start = task.WhichOneof("start")
    spec = task.SerializeToString(deterministic=True)
    limit = settings.max_payload + MAX_BESIDES
    if len(spec) > limit:
        raise PayloadTooLarge(
            f"the task has {len(spec)} bytes in all, more than {limit}",
            field="task",
            limit=str(limit),
        )
    return NewTask(
        id=task.id,
        lane=Lane(task.app, task.queue, task.name),
        priority=task.priority,
        start=_moment(task.start_time, "start_time") if start == "start_time" else 0.0,
        delay=check_seconds(task.delay, "delay") if start == "delay" else 0.0,
        expires=_expiry(task),
        keep=keep,
        max_losses=max_losses or settings.max_losses,
        key=task.idempotency_key,
        group=task.group,
        held=held,
        spec=spec,
    )


def keep_of(task: v1.TaskSubmit, ended: State, settings: EngineSettings) -> float:
    """How long the record of a task is kept once it ended so, in seconds."""
    if ended is not State.SUCCESS and task.HasField("keep_failure"):
        return check_seconds(task.keep_failure, "keep_failure")
    if task.HasField("keep_result"):
        return check_seconds(task.keep_result, "keep_result")
    return settings.keep_result


def _check_labels(task: v1.TaskSubmit) -> None:
    if task.idempotency_key:
        check_name(task.idempotency_key, "idempotency_key")
    if task.group:
        check_name(task.group, "group")
    if task.parent_id:
        check_name(task.parent_id, "parent_id")
    if task.tags:
        _check_count(len(task.tags), "tags")
        for tag in task.tags:
            check_name(tag, "tags", MAX_TAG)
    if task.metadata:
        _check_count(len(task.metadata), "metadata")
        _check_metadata(task.metadata.items())


def _check_count(count: int, field: str) -> None:
    if count > MAX_LABELS:
        raise TooMany(
            f"{field} has {count} entries, more than {MAX_LABELS}", field=field
        )


def _check_metadata(items: Iterable[tuple[str, str]]) -> None:
    for key, value in items:
        check_name(key, "metadata", MAX_TAG)
        if len(value) > MAX_METADATA_VALUE:
            raise InvalidField(
                f"metadata[{key!r}] has {len(value)} characters, "
                f"more than {MAX_METADATA_VALUE}",
                field="metadata",
            )


def _check_retry(retry: v1.RetryPolicy) -> int:
    """Check a retry policy; returns its `max_losses`."""
    for field, value in (
        ("max_attempts", retry.max_attempts),
        ("max_losses", retry.max_losses),
    ):
        if not 0 <= value <= MAX_ATTEMPTS:
            raise OutOfRange(
                f"retry.{field} must be from 0 to {MAX_ATTEMPTS}, not {value}",
                field=f"retry.{field}",
            )
    if retry.multiplier and not (isfinite(retry.multiplier) and retry.multiplier >= 1):
        raise OutOfRange(
            f"retry.multiplier must be a number from 1, not {retry.multiplier}",
            field="retry.multiplier",
        )
    if retry.HasField("jitter") and not 0 <= retry.jitter <= 1:
        raise OutOfRange(
            f"retry.jitter must be from 0 to 1, not {retry.jitter}",
            field="retry.jitter",
        )
    if retry.HasField("initial_backoff"):
        check_seconds(retry.initial_backoff, "retry.initial_backoff")
    if retry.HasField("max_backoff"):
        check_seconds(retry.max_backoff, "retry.max_backoff")
    return retry.max_losses


def _expiry(task: v1.TaskSubmit) -> float:
    """The nearer of expiry and deadline; 0 when there is neither."""
    expires = deadline = 0.0
    if task.HasField("expire_time"):
        expires = _moment(task.expire_time, "expire_time")
    if task.HasField("deadline"):
        deadline = _moment(task.deadline, "deadline")
    return min(expires, deadline) if expires and deadline else expires or deadline


def check_seconds(value: Duration, field: str, *, above_zero: bool = False) -> float:
    """A length in seconds; refuses what is negative or longer than ten years."""
    seconds = value.seconds + value.nanos / 1e9
    if above_zero and seconds == 0:
        raise OutOfRange(f"{field} must be greater than zero", field=field)
    if not 0 <= seconds <= MAX_SECONDS:
        raise OutOfRange(
            f"{field} must be from 0 to {MAX_SECONDS:.0f} s (ten years), "
            f"not {seconds:g} s",
            field=field,
        )
    return seconds


def _moment(value: Timestamp, field: str) -> float:
    if not (
        _MIN_TIMESTAMP <= value.seconds <= _MAX_TIMESTAMP and 0 <= value.nanos < _NANOS
    ):
        raise OutOfRange(f"{field} is not a moment of the years 1 to 9999", field=field)
    # A moment before 1970 is as past as any; 0 would read as "not set".
    return max(value.seconds + value.nanos / 1e9, 1e-3)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


# Numbers are not needed: reading them as floats spares Python's limit on the digits of
# integers, which is not a limit of JSON.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=float)


def _check_payload(
    payload: v1.Payload,
    field: str,
    opening: str,
    limit: int,
    *,
    of_lists: bool = False,
) -> None:
    size = payload.ByteSize()
    if size > limit:
        raise PayloadTooLarge(
            f"{field} has {size} bytes, more than {limit}; store the value elsewhere "
            "and send a reference",
            field=field,
            limit=str(limit),
        )
    if payload.WhichOneof("body") != "json":
        return
    try:
        value = _DECODER.decode(payload.json)
    except RecursionError:
        raise InvalidJson(f"{field} is nested too deeply", field=field) from None
    except ValueError as error:
        raise InvalidJson(f"{field} is not JSON: {error}", field=field) from error
    if not isinstance(value, list if opening == "[" else dict):
        what = "array" if opening == "[" else "object"
        raise InvalidJson(f"{field} must be a JSON {what}", field=field)
    if of_lists and not all(isinstance(one, list) for one in value):
        raise InvalidJson(
            f"{field} of a task for each must be a JSON array of arrays", field=field
        )
