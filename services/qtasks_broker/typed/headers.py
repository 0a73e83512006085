"""Headers: what a call says of its task beside the arguments."""

from collections.abc import Callable, Iterable
from typing import Any

from qtasks import v1
from qtasks.core.limits import MAX_SECONDS
from qtasks.errors import InvalidField
from qtasks.spelling import did_you_mean

PREFIX = "qtasks-"
CANCEL = "qtasks-cancel-on-disconnect"
TASK_ID = "qtasks-task-id"
"""What tells the caller which task it is, as soon as it is stored."""

_WORDS = {"true": True, "1": True, "false": False, "0": False}


def run_request(
    task: v1.TaskSubmit, headers: Iterable[tuple[str, str | bytes]]
) -> v1.RunRequest:
    """A task to run, with what the headers say of it.

    Raises:
        InvalidField: a header is not known, or not what it should be; names it.
    """
    request = v1.RunRequest(task=task)
    for name, value in headers:
        if not name.startswith(PREFIX):
            continue
        take = _HEADERS.get(name)
        if take is None:
            hint = did_you_mean(name, _HEADERS) or f"; there are {', '.join(_HEADERS)}"
            raise InvalidField(f"there is no header {name}{hint}", field=name)
        try:
            take(request, str(value))
        except ValueError as error:
            raise InvalidField(f"{name} {error}, not {value!r}", field=name) from error
    return request


def header_of(field: str) -> str:
    """The header that stands for a field of the request of `Run`; else the field."""
    name = PREFIX + field.removeprefix("task.").replace("_", "-")
    return name if name in _HEADERS else field


def _text(field: str) -> Callable[[v1.RunRequest, str], None]:
    def take(request: v1.RunRequest, value: str) -> None:
        setattr(request.task, field, value)

    return take


def _priority(request: v1.RunRequest, value: str) -> None:
    try:
        request.task.priority = int(value)
    except ValueError:
        raise ValueError("must be a whole number of 32 bits") from None


def _seconds(field: str) -> Callable[[v1.RunRequest, str], None]:
    def take(request: v1.RunRequest, value: str) -> None:
        try:
            seconds = float(value.removesuffix("s"))
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= MAX_SECONDS:
            raise ValueError("must be seconds, from 0 to ten years")
        getattr(request.task, field).FromMicroseconds(round(seconds * 1e6))

    return take


def _tag(request: v1.RunRequest, value: str) -> None:
    request.task.tags.append(value)


def _cancel(request: v1.RunRequest, value: str) -> None:
    if value not in _WORDS:
        raise ValueError("must be true or false")
    request.cancel_on_disconnect = _WORDS[value]


_HEADERS: dict[str, Callable[[Any, str], None]] = {
    "qtasks-id": _text("id"),
    "qtasks-queue": _text("queue"),
    "qtasks-priority": _priority,
    "qtasks-delay": _seconds("delay"),
    "qtasks-max-time": _seconds("max_time"),
    "qtasks-idempotency-key": _text("idempotency_key"),
    "qtasks-group": _text("group"),
    "qtasks-tag": _tag,
    CANCEL: _cancel,
}
