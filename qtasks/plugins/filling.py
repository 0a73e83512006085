"""Filling: values go to the parameters that no caller gives.

A caller's arguments are for the other parameters, in order. So those that are filled are
put between them; where several plugins fill, each finds the places of its own by the
marks that the first one left.
"""

from collections.abc import Mapping, Sequence
from inspect import Parameter
from typing import Any

from qtasks.task.definition import TaskDefinition


def filled(
    definition: TaskDefinition,
    args: Sequence[Any],
    kw: Mapping[str, Any],
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """Arguments with some of the injected parameters filled.

    Args:
        definition: The task.
        args: Its arguments, with the task object of `echo` in front.
        kw: Its named arguments.
        values: What to fill in, by parameter.

    Returns:
        `args` and `kw`.
    """
    placed, named = list(args), dict(kw)
    if not _marked(definition, values, placed, named):
        placed, named = _with_marks(definition, placed, named)
    for name, value in values.items():
        mark = definition.injected[name]
        if named.get(name) is mark:
            named[name] = value
            continue
        for place, one in enumerate(placed):
            if one is mark:
                placed[place] = value
                break
    return {"args": placed, "kw": named}


def _marked(
    definition: TaskDefinition,
    names: Mapping[str, Any],
    args: list[Any],
    kw: dict[str, Any],
) -> bool:
    marks = [definition.injected[name] for name in names]
    given = (*args, *kw.values())
    return all(any(one is mark for one in given) for mark in marks)


def _with_marks(
    definition: TaskDefinition, args: list[Any], kw: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments with a mark in the place of each parameter to be filled."""
    placed: list[Any] = []
    if definition.echo:
        placed, args = args[:1], args[1:]
    rest = list(args)
    by_place = True
    for one in definition.own_parameters:
        mark = definition.injected.get(one.name)
        by_place = by_place and one.kind is not Parameter.KEYWORD_ONLY
        if mark is not None:
            if by_place:
                placed.append(mark)
            else:
                kw[one.name] = mark
        elif one.kind is Parameter.VAR_POSITIONAL:
            placed += rest
        elif one.kind is not Parameter.VAR_KEYWORD and by_place:
            by_place = bool(rest)
            placed += rest[:1]
            rest = rest[1:]
    return placed, kw
