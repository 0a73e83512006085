"""Values: what a schema says a value is, without references and `null`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

_REFERENCE: Final = "#/$defs/"
_NULL: Final = {"type": "null"}
ANYTHING: Final = "anything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a value is."""

    kind: str = ANYTHING
    """In a word or two, for people; other words mean another form on the wire."""
    nullable: bool = False
    name: str = ""
    """Of the model or the enum."""
    choices: Sequence[Any] = ()
    """The values there may be, when they are listed."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()
    items: Any = None
    """The schema of each item of a list, or of each value by name."""


def value_of(schema: Any, root: Mapping[str, Any]) -> Value:
    """What a schema says a value is.

    Args:
        schema: The schema.
        root: The whole that it is in, for references.
    """
    schema, name = _found(schema, root)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if not choices:
        return replace(_plain(schema), name=name)
    rest = [one for one in choices if one != _NULL]
    if len(rest) == 1:
        one = value_of(rest[0], root)
        return replace(one, nullable=one.nullable or len(choices) > len(rest))
    kinds = sorted({value_of(one, root).kind for one in rest})
    return Value(kind=" or ".join(kinds), nullable=len(choices) > len(rest))


def _found(schema: Any, root: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """A schema where it stands, and its name there."""
    name = ""
    seen = set()
    while isinstance(schema, dict) and "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        name = str(schema["$ref"]).removeprefix(_REFERENCE)
        schema = root.get("$defs", {}).get(name)
    return (schema if isinstance(schema, dict) else {}), name


def _plain(schema: Mapping[str, Any]) -> Value:
    kind = schema.get("type")
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Value(
            kind=f"one of a few {kind}s" if kind else "one of a few", choices=values
        )
    if kind == "array":
        if "prefixItems" in schema:
            return Value(kind=f"a list of {len(schema['prefixItems'])}")
        return Value(kind="a list", items=schema.get("items", {}))
    if kind == "object":
        return _object(schema)
    return Value(kind=str(kind)) if isinstance(kind, str) else Value()


def _object(schema: Mapping[str, Any]) -> Value:
    properties = schema.get("properties")
    others = schema.get("additionalProperties")
    if properties is None:
        return Value(kind="values by name", items={} if others is None else others)
    return Value(
        kind="an object",
        properties=properties,
        required=schema.get("required", ()),
        items=None if others is False else others,
    )
