"""Outcomes: what a task yields and returns, by the annotation of its function."""

import collections.abc
import inspect
from types import NoneType
from typing import Any, Final, Union, get_args, get_origin

from qtasks.context import Ask
from qtasks.task.definition import TaskDefinition
from qtasks.task.injection import hints_of

UNKNOWN: Final = inspect.Parameter.empty

_ITERATORS: Final = frozenset(
    {
        collections.abc.AsyncGenerator,
        collections.abc.AsyncIterable,
        collections.abc.AsyncIterator,
        collections.abc.Generator,
        collections.abc.Iterable,
        collections.abc.Iterator,
    }
)
_RETURNED: Final = 2
"""Where a `Generator` has what it returns."""


def outcome_hints(definition: TaskDefinition, *, decoded: bool) -> tuple[Any, Any]:
    """The annotations of what a task yields and returns; `UNKNOWN` where there is none.

    A generator that returns nothing has the list of what it yielded as its result.

    Args:
        definition: The task.
        decoded: Whether something makes another thing of what the function returns.
    """
    hint = definition.hints.get("return", UNKNOWN)
    if isinstance(hint, str):
        hint = UNKNOWN
    yields: Any = UNKNOWN
    if definition.generating:
        yields, hint = _of_generator(hint)
        yields = _without_ask(_handled(definition, yields))
        if hint is NoneType:
            hint = UNKNOWN if yields is UNKNOWN else list[yields]
    if decoded or definition.decode is not None:
        hint = UNKNOWN
    return yields, hint


def _of_generator(hint: Any) -> tuple[Any, Any]:
    """What a generator yields and returns."""
    if get_origin(hint) not in _ITERATORS:
        return UNKNOWN, UNKNOWN
    inside = get_args(hint)
    returned = inside[_RETURNED] if len(inside) > _RETURNED else NoneType
    if returned is None:
        returned = NoneType
    elif returned is not NoneType and NoneType in get_args(returned):
        returned = UNKNOWN  # one or the other: nobody could rely on it
    return inside[0], returned


def _handled(definition: TaskDefinition, yields: Any) -> Any:
    """What `generate_handler` makes of what is yielded."""
    handler = definition.generate_handler
    if handler is None:
        return yields
    return hints_of(handler).get("return", UNKNOWN)


def _without_ask(hint: Any) -> Any:
    """What is yielded besides questions, which reach nobody as a value."""
    if hint is Ask:
        return UNKNOWN
    inside = get_args(hint)
    if Ask not in inside:
        return hint
    return Union[tuple(one for one in inside if one is not Ask)]  # noqa: UP007
