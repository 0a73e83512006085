"""Declaration: what a decorator was told, checked and made a definition.

A mistake is told at the decorator, where it was made, not when the task first runs.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import timedelta
from math import isfinite
from typing import Any, Final

from qtasks.colours import is_coroutine_function
from qtasks.core.limits import (
    MAX_ATTEMPTS,
    MAX_LABELS,
    MAX_PRIORITY,
    MAX_SECONDS,
    MAX_TAG,
    MIN_PRIORITY,
    check_name,
)
from qtasks.errors import InvalidField, OutOfRange, TooMany
from qtasks.spelling import nearest
from qtasks.task.definition import TaskDefinition
from qtasks.task.options import Backoff

EXECUTORS: Final = frozenset({"thread", "process"})

OPTIONS: Final = frozenset(
    item.name
    for item in fields(TaskDefinition)
    if item.init and item.name not in {"name", "func", "extra"}
)
"""What a decorator can be told; everything else goes into `extra`."""

MEANT: Final[Mapping[str, str]] = {
    "autoretry_for": "retry_on_exc",
    "bind": "echo",
    "default_retry_delay": "retry_backoff",
    "doc": "description",
    "max_retries": "retry",
    "max_retry": "retry",
    "result_ttl": "keep_result",
    "retries": "retry",
    "retry_count": "retry",
    "retry_delay": "retry_backoff",
    "retry_exceptions": "retry_on_exc",
    "retry_for": "retry_on_exc",
    "retry_on": "retry_on_exc",
    "time_limit": "max_time",
    "timeout": "max_time",
}
"""Names of other libraries for options that are here, and what they are called here."""

_NEAR = 0.85
"""How alike a name must be to be taken for a misspelt option."""

_BY_PLACE = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
)


def parted(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a decorator was told, with what it does not know put into `extra`.

    `extra` itself may be given too, for names that look like misspelt options.

    Raises:
        InvalidField: a name looks like a misspelt option.
    """
    known = {name: value for name, value in options.items() if name in OPTIONS}
    extra = dict(_checked_extra(options.get("extra")))
    for name, value in options.items():
        if name in OPTIONS or name == "extra":
            continue
        _check_spelling(name)
        extra[name] = value
    return {**known, "extra": extra}


def _checked_extra(extra: Any) -> Mapping[str, Any]:
    if extra is not None and not isinstance(extra, Mapping):
        raise InvalidField(f"extra must be a dict, not {_shown(extra)}", field="extra")
    return extra or {}


def _check_spelling(name: str) -> None:
    meant = MEANT.get(name) or nearest(name, OPTIONS, near=_NEAR)
    if meant:
        raise InvalidField(
            f"there is no option {name!r}; did you mean {meant!r}? To keep a value of "
            f"your own under this name, write extra={{{name!r}: ...}}",
            field=name,
        )


def definition_of(
    func: Callable[..., Any],
    name: str | None,
    *,
    tags: Sequence[str] | None = None,
    retry_on_exc: Sequence[type[BaseException]] | type[BaseException] | None = None,
    description: str | None = None,
    middlewares_before: Sequence[Any] | None = None,
    middlewares_after: Sequence[Any] | None = None,
    **options: Any,
) -> TaskDefinition:
    """What a decorator was told about a function.

    Raises:
        InvalidField: an option has a value it can't have.
    """
    _check_function(func)
    doc = (func.__doc__ or "").strip().partition("\n")[0]
    definition = TaskDefinition(
        name=_name(func, name),
        func=func,
        tags=_tags(tags),
        retry_on_exc=_exceptions(retry_on_exc),
        description=doc if description is None else description,
        middlewares_before=_listed("middlewares_before", middlewares_before),
        middlewares_after=_listed("middlewares_after", middlewares_after),
        **options,
    )
    _check_numbers(definition)
    _check_functions(definition)
    _check_executor(definition)
    return definition


# -- the function and its name -----------------------------------------------------------


def _check_function(func: Any) -> None:
    if hasattr(func, "definition"):
        raise InvalidField(
            f"{func!r} is a task already; register its function, `.func`, if it is to "
            "be another one too",
            field="func",
        )
    if not callable(func):
        raise InvalidField(
            f"a task must be a function, not {_shown(func)}", field="func"
        )


def _name(func: Callable[..., Any], name: Any) -> str:
    if name is None:
        name = getattr(func, "__name__", "")
        if not name.isidentifier():  # a lambda, or an object that is called
            raise InvalidField(
                f'{func!r} has no name; give the task one: name="..."', field="name"
            )
    if not isinstance(name, str):
        raise InvalidField(f"name must be a str, not {_shown(name)}", field="name")
    return check_name(name, "name")


# -- lists -------------------------------------------------------------------------------


def _listed(field: str, values: Any) -> tuple[Any, ...]:
    if values is None:
        return ()
    if isinstance(values, str) or not isinstance(values, Sequence | set | frozenset):
        raise InvalidField(f"{field} must be a list, not {_shown(values)}", field=field)
    return tuple(values)


def _tags(tags: Any) -> tuple[str, ...]:
    if isinstance(tags, str):
        raise InvalidField(
            f"tags must be a list: write [{tags!r}] for one tag", field="tags"
        )
    listed = _listed("tags", tags)
    if len(listed) > MAX_LABELS:
        raise TooMany(
            f"tags has {len(listed)} entries, more than {MAX_LABELS}", field="tags"
        )
    for tag in listed:
        if not isinstance(tag, str):
            raise InvalidField(f"a tag must be a str, not {_shown(tag)}", field="tags")
        check_name(tag, "tags", MAX_TAG)
    return listed


def _exceptions(given: Any) -> tuple[type[BaseException], ...]:
    """A single class means a list of it, as in `except`."""
    listed = (given,) if isinstance(given, type) else _listed("retry_on_exc", given)
    for one in listed:
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise InvalidField(
                f"retry_on_exc must be exception classes, not {_shown(one)}",
                field="retry_on_exc",
            )
    return listed


# -- numbers -----------------------------------------------------------------------------


def _check_numbers(definition: TaskDefinition) -> None:
    _check_whole("priority", definition.priority, MIN_PRIORITY, MAX_PRIORITY)
    _check_whole("retry", definition.retry, 0, MAX_ATTEMPTS - 1)
    _check_length("max_time", definition.max_time, above_zero=True)
    _check_length("keep_result", definition.keep_result)
    _check_backoff(definition.retry_backoff)
    if definition.queue is not None:
        if not isinstance(definition.queue, str):
            raise InvalidField(
                f"queue must be a str, not {_shown(definition.queue)}", field="queue"
            )
        check_name(definition.queue, "queue")
    if not isinstance(definition.description, str):
        raise InvalidField(
            f"description must be a str, not {_shown(definition.description)}",
            field="description",
        )


def _check_backoff(backoff: Any) -> None:
    if isinstance(backoff, Backoff):
        return
    if isinstance(backoff, list | tuple):
        if not backoff:
            raise InvalidField(
                "retry_backoff must have at least one wait", field="retry_backoff"
            )
        for wait in backoff:
            _check_length("retry_backoff", wait)
    elif not callable(backoff):
        _check_length("retry_backoff", backoff)
    elif is_coroutine_function(backoff):
        raise InvalidField(
            "retry_backoff must be a plain function of the attempt and the error",
            field="retry_backoff",
        )


def _check_whole(field: str, value: Any, least: int, most: int) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidField(f"{field} must be an int, not {_shown(value)}", field=field)
    if not least <= value <= most:
        raise OutOfRange(
            f"{field} must be from {least} to {most}, not {value}", field=field
        )


def _check_length(field: str, value: Any, *, above_zero: bool = False) -> None:
    if value is None:
        return
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise InvalidField(
            f"{field} must be seconds or a timedelta, not {_shown(value)}", field=field
        )
    if not isfinite(seconds) or seconds > MAX_SECONDS or seconds < 0:
        raise OutOfRange(
            f"{field} must be from 0 to {MAX_SECONDS:.0f} s (ten years), "
            f"not {seconds:g} s",
            field=field,
        )
    if above_zero and seconds == 0:
        raise OutOfRange(f"{field} must be greater than zero", field=field)


# -- functions ---------------------------------------------------------------------------


def _check_functions(definition: TaskDefinition) -> None:
    for field in ("decode", "generate_handler"):
        value = getattr(definition, field)
        if value is not None and not callable(value):
            raise InvalidField(
                f"{field} must be a function, not {_shown(value)}", field=field
            )
    if definition.decode is not None and is_coroutine_function(definition.decode):
        raise InvalidField(
            "decode must be a plain function: what it returns is stored at once",
            field="decode",
        )
    if definition.generate_handler is not None and not definition.generating:
        raise InvalidField(
            "generate_handler is for generators: the function has no `yield`",
            field="generate_handler",
        )
    if definition.echo and not _takes_task(definition.func):
        raise InvalidField(
            "with echo=True the function gets the task object first: give it a "
            "parameter for it, `self`",
            field="echo",
        )


def _takes_task(func: Callable[..., Any]) -> bool:
    first = next(iter(inspect.signature(func).parameters.values()), None)
    return first is not None and first.kind in _BY_PLACE


def _check_executor(definition: TaskDefinition) -> None:
    executor = definition.executor
    if isinstance(executor, str):
        if executor not in EXECUTORS:
            raise InvalidField(
                f"executor must be one of {sorted(EXECUTORS)}, or a class, "
                f"not {executor!r}",
                field="executor",
            )
    elif executor is not None and not callable(executor):
        raise InvalidField(
            f"executor must be a class, not {_shown(executor)}", field="executor"
        )
    where = getattr(definition.func, "__qualname__", "<locals>")
    if executor == "process" and "<locals>" in where:
        raise InvalidField(
            "a task in processes must be a function of a module, where they find it",
            field="executor",
        )


def _shown(value: Any) -> str:
    """A wrong value, for a message."""
    return f"{value!r:.80} ({type(value).__name__})"
