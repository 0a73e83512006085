"""Misfits: which option of a submit is of a type it can't be.

Looked for only when a submit can't be written, so that those that can pay nothing for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from qtasks.core.limits import MAX_PRIORITY, MIN_PRIORITY
from qtasks.errors import InvalidField, OutOfRange, QtasksError
from qtasks.task import SubmitOptions

_LENGTH: Final = (int, float, timedelta)
_MOMENT: Final = (*_LENGTH, datetime)
_KINDS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "priority": ((int,), "an int"),
    "delay": (_LENGTH, "seconds or a timedelta"),
    "eta": (_MOMENT, "a datetime"),
    "queue": ((str,), "a str"),
    "expires": (_MOMENT, "seconds, a timedelta or a datetime"),
    "deadline": (_MOMENT, "seconds, a timedelta or a datetime"),
    "idempotency_key": ((str,), "a str"),
    "group": ((str,), "a str"),
    "tags": ((Sequence, set, frozenset), "a list of str"),
    "metadata": ((Mapping,), "a dict of str"),
    "keep_result": (_LENGTH, "seconds or a timedelta"),
    "keep_failure": (_LENGTH, "seconds or a timedelta"),
    "max_time": (_LENGTH, "seconds or a timedelta"),
    "retry": ((int,), "an int"),
}


def misfit(options: SubmitOptions) -> QtasksError | None:
    """What is wrong with the first option that can't be written."""
    for name, (kinds, called) in _KINDS.items():
        value = getattr(options, name)
        if value is not None and not isinstance(value, kinds):
            return InvalidField(
                f"{name} must be {called}, not {value!r:.80} ({type(value).__name__})",
                field=name,
            )
    priority = options.priority
    if priority is not None and not MIN_PRIORITY <= priority <= MAX_PRIORITY:
        return OutOfRange(
            f"priority must be from {MIN_PRIORITY} to {MAX_PRIORITY}, not {priority}",
            field="priority",
        )
    return _misfit_inside(options)


def _misfit_inside(options: SubmitOptions) -> InvalidField | None:
    inside = {
        "tags": options.tags or (),
        "metadata": [*dict(options.metadata or {}).items()],
    }
    for name, values in inside.items():
        for value in values:
            parts = value if isinstance(value, tuple) else (value,)
            if not all(isinstance(part, str) for part in parts):
                return InvalidField(f"{name} must be str, not {value!r}", field=name)
    return None
