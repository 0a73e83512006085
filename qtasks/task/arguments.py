"""Arguments: what a call gives each parameter of a task, as plugins see it."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_origin

from qtasks.task.definition import TaskDefinition

_BY_PLACE: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


@dataclass(frozen=True, slots=True)
class ArgMeta:
    """An argument that a call gives to a task."""

    name: str
    """The parameter's; of `*args`, with its place."""
    value: Any
    origin: Any
    """What the annotation is made of: `list` for `list[int]`, else `None`."""
    raw_type: type
    """The type of the value."""
    annotation: Any
    """The parameter's, evaluated; `None` if it has none."""
    is_kwarg: bool
    index: int | None = None
    """Where it is in `args`."""
    key: str | None = None
    """What it is called in `kw`."""


def args_info(
    definition: TaskDefinition, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[ArgMeta]:
    """What a call gives: one entry for each argument, without the object of `echo`.

    Args:
        definition: The task.
        args: Its arguments, with the task object of `echo` in front.
        kwargs: Its named arguments.
    """
    skipped = 1 if definition.echo else 0
    placed = [one for one in definition.parameters if one.kind in _BY_PLACE]
    found = []
    for place, value in enumerate(args[skipped:]):
        name = placed[place].name if place < len(placed) else f"args[{place}]"
        hint = definition.hints.get(name)
        index = place + skipped
        found.append(
            ArgMeta(name, value, get_origin(hint), type(value), hint, False, index)
        )
    for name, value in kwargs.items():
        hint = definition.hints.get(name)
        found.append(
            ArgMeta(name, value, get_origin(hint), type(value), hint, True, key=name)
        )
    return found
