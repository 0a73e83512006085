"""Documents: the schemas of a task, put together from those of its annotations.

Where the program uses pydantic, pydantic says what an annotation is; else a small table
does. What neither of them knows is left open (`{}`): a schema is there for people and
other languages, and never keeps a worker from starting.
"""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qtasks import models
from qtasks.task.definition import TaskDefinition
from qtasks.task.schema.docstring import parameter_notes
from qtasks.task.schema.outcome import outcome_hints
from qtasks.task.schema.table import Schema, Table

_THE_ONE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSchemas:
    """What a task takes, yields and returns."""

    arguments: Schema
    """Of an object with a property for each parameter. `*args` is an array, `**kwargs`
    are the `additionalProperties`."""
    result: Schema | None
    """`None` when nothing is known of it."""
    yields: Schema | None
    """The same; only generators have one."""


def schemas_of(definition: TaskDefinition, *, decoded: bool = False) -> TaskSchemas:
    """The schemas of a task.

    Args:
        definition: The task.
        decoded: Whether something makes another thing of what the function returns.
    """
    yields, result = outcome_hints(definition, decoded=decoded)
    arguments = definition.schema
    return TaskSchemas(
        arguments=_arguments(definition) if arguments is None else {**arguments},
        result=_sole(result),
        yields=_sole(yields),
    )


def _arguments(definition: TaskDefinition) -> Schema:
    parts, shared = _described(
        {
            one.name: definition.hints.get(one.name, one.annotation)
            for one in definition.parameters
        },
        returned=False,
    )
    notes = parameter_notes(definition.func)
    properties: Schema = {}
    required = []
    rest: Any = False
    for one in definition.parameters:
        part = parts[one.name]
        if one.kind is one.VAR_KEYWORD:
            rest = part or True
            continue
        if one.kind is one.VAR_POSITIONAL:
            part = {"type": "array", "items": part} if part else {"type": "array"}
        elif one.default is one.empty:
            required.append(one.name)
        else:
            part = part | _default(one.default)
        if one.name in notes:
            part = {"description": notes[one.name]} | part
        properties[one.name] = part
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return schema | {"additionalProperties": rest} | _definitions(shared)


def _sole(hint: Any) -> Schema | None:
    """The schema of one annotation."""
    if hint is inspect.Parameter.empty:
        return None
    parts, shared = _described({_THE_ONE: hint}, returned=True)
    return parts[_THE_ONE] | _definitions(shared) or None


def _described(
    hints: Mapping[str, Any], *, returned: bool
) -> tuple[dict[str, Schema], Schema]:
    """The schemas of annotations, and those that they refer to, by name."""
    parts, shared = models.schemas(hints, returned=returned)
    table = Table(shared)
    left = {name: table.schema(hints[name]) for name in hints if name not in parts}
    return parts | left, shared


def _definitions(shared: Schema) -> Schema:
    return {"$defs": shared} if shared else {}


def _default(value: Any) -> Schema:
    """A default, if JSON has a form for it; else that there is one shows by itself."""
    try:
        text = json.dumps(value, allow_nan=False, default=models.plain)
    except (TypeError, ValueError, RecursionError):
        return {}
    return {"default": json.loads(text)}
