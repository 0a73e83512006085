"""Schemas: from the JSON Schema of a value to its shape.

What a schema says that protobuf can't say is left to the worker, which holds arguments
against the task's own annotations. What has no form at all is a `qtasks.v1.Payload`, and
its shape says why.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeGuard

from qtasks.typed.naming import (
    Names,
    alternatives,
    json_name_of,
    pascal,
    snake,
)
from qtasks.typed.shapes import Enum, Field, Form, Kind, Message, Shape

FIELD_NUMBER = "x-field-number"
"""What a schema says the number of its field under."""
VALUE_NUMBERS = "x-value-numbers"
"""What the schema of an enum says the numbers of its values under, by value."""
MOST_LEVELS = 64
"""How deep a schema may be."""
INT64 = range(-(2**63), 2**63)
UINT64 = range(2**64)
_SCALARS = {"string": Kind.STRING, "number": Kind.DOUBLE, "boolean": Kind.BOOL}
_JSON_NAME = re.compile(r"[^\x00-\x1f\x7f\[\]]+")
_DEFINITIONS = ("#/$defs/", "#/definitions/")

Schema = Mapping[str, Any]


@dataclass
class Found:
    """The messages and enums that schemas need, by name; fields have no numbers yet."""

    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)


def parse(text: str) -> Schema | None:
    """A schema; `None` when there is none, or it can't be read."""
    if not text:
        return None
    try:
        value = json.loads(text)
        if "\\u" in text:  # half a surrogate pair can't be in a message
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class Reader:
    """Reads the shapes of one schema.

    Args:
        root: The whole schema, for references.
        found: Gets the messages and enums it needs.
    """

    def __init__(self, root: Schema, found: Found) -> None:
        self._root = root
        self._found = found
        self._named: dict[str, Schema] = {}

    def shape(self, schema: Any, owner: str, inside: str, level: int = 0) -> Shape:
        """The shape of a value.

        Args:
            schema: Its schema.
            owner: What a message is called that has no name of its own.
            inside: The same of an enum: it stands in the message that has the field.
            level: How deep it is in the whole.
        """
        if level > MOST_LEVELS:
            return _payload("its schema is too deep")
        schema, nullable, name = self._resolved(schema)
        if schema is None:
            return _payload("its schema refers to what is not there")
        if "enum" in schema or "const" in schema:
            shape = self._chosen(schema, name, inside)
        else:
            shape = self._plain(schema, name, owner, inside, level)
        return replace(shape, nullable=True) if nullable else shape

    def _resolved(self, schema: Any) -> tuple[Schema | None, bool, str]:
        """A schema without references and `null`, whether there was `null`, its name."""
        nullable, name = False, ""
        for _ in range(MOST_LEVELS):
            if not isinstance(schema, dict):
                schema = {} if isinstance(schema, bool) else None
                break
            reference = schema.get("$ref")
            if isinstance(reference, str):
                schema, name = self._definition(reference)
                continue
            others = _without_null(schema)
            if others is None:
                break
            nullable = nullable or others[1]
            schema = others[0]
        return schema, nullable, name

    def _definition(self, reference: str) -> tuple[Any, str]:
        for start in _DEFINITIONS:
            if reference.startswith(start):
                name = reference.removeprefix(start)
                name = name.replace("~1", "/").replace("~0", "~")
                definitions = self._root.get(start[2:-1])
                if isinstance(definitions, dict):
                    return definitions.get(name), name
        return None, ""

    def _plain(
        self, schema: Schema, name: str, owner: str, inside: str, level: int
    ) -> Shape:
        """The shape of a value of one type, by the name of its definition."""
        kind = schema.get("type")
        if kind == "array" and "prefixItems" in schema:
            return _payload("it is a list whose places differ")
        if kind == "array":
            items = schema.get("items", {})
            shape = self.shape(items, owner, inside, level + 1)
            return replace(_one(shape), form=Form.LIST)
        if kind != "object":
            return _scalar(schema)
        others = schema.get("additionalProperties", "properties" not in schema)
        if others is False:
            return self._object(schema, name or _title(schema), owner, level)
        if schema.get("properties"):
            return _payload("it is an object with more properties than are known")
        shape = self.shape(others, owner, inside, level + 1)
        return replace(_one(shape), form=Form.MAP)

    def _chosen(self, schema: Schema, name: str, inside: str) -> Shape:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        if not isinstance(values, list) or not values:
            return _payload("its schema allows no value")
        kinds = {type(value) for value in values}
        if kinds == {int}:
            return _integer({"minimum": min(values), "maximum": max(values)})
        if kinds != {str}:
            return _payload("it is one of several values that are not all strings")
        name = self._name(schema, name, inside)
        self._found.enums[name] = Enum(
            name=name,
            values=tuple(dict.fromkeys(values)),
            wanted=value_numbers_of(schema),
            description=description_of(schema),
        )
        return Shape(Kind.ENUM, name=name)

    def _object(self, schema: Schema, name: str, owner: str, level: int) -> Shape:
        name = self._name(schema, name, owner)
        if name not in self._found.messages:
            # Noted first: it may have itself inside.
            self._found.messages[name] = Message(name=name)
            self._found.messages[name] = Message(
                name=name,
                fields=self._fields(schema, name, level),
                description=description_of(schema),
            )
        return Shape(Kind.MESSAGE, name=name)

    def _name(self, schema: Schema, name: str, owner: str) -> str:
        """The name of a message or an enum, which no other schema has."""
        wanted = [pascal(name)] if name else []
        return next(
            one
            for one in chain(wanted, alternatives(owner, name))
            if self._named.setdefault(one, schema) == schema
        )

    def _fields(self, schema: Schema, owner: str, level: int) -> tuple[Field, ...]:
        """The fields that stand for the properties of an object."""
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return ()
        required = schema.get("required", ())
        named = field_names(properties)
        return tuple(
            Field(
                key=key,
                name=named[key],
                shape=self.shape(
                    one, owner + pascal(key), enum_in(owner, key), level + 1
                ),
                wanted=number_of(one),
                required=isinstance(required, list) and key in required,
                description=description_of(one),
                default=default_of(one),
            )
            for key, one in properties.items()
        )


def enum_in(message: str, key: str) -> str:
    """What the enum of a property is called, inside of the message that has it."""
    name = pascal(key)
    # Protobuf calls what a map is made of so.
    return f"{message}.{name}{'Value' if name.endswith('Entry') else ''}"


def field_names(keys: Any) -> dict[str, str]:
    """The names of the fields that stand for properties.

    A property that is called as a field should be keeps its name, whatever else there is.
    """
    names = Names()
    keys = list(keys)
    good = [key for key in keys if snake(key) == key]
    rest = [key for key in keys if snake(key) != key]
    return {key: names.claim(snake(key), key) for key in good + rest}


def json_names(fields: Iterable[Field]) -> dict[str, str]:
    """What fields are called in the JSON of protobuf, of those that must be told.

    Every parser of it takes the field's own name; a property of another name is told, and
    so is each of two that protobuf would call the same.
    """
    fields = list(fields)
    called = Counter(json_name_of(one.name) for one in fields)
    called.update(one.key for one in fields if one.key != json_name_of(one.name))
    return {
        one.name: one.key if _JSON_NAME.fullmatch(one.key) else one.name
        for one in fields
        if one.key != one.name or called[json_name_of(one.name)] > 1
    }


def number_of(schema: Any) -> int:
    """The number that the schema of a property says."""
    number = schema.get(FIELD_NUMBER) if isinstance(schema, dict) else None
    return number if _is_number(number) else 0


def value_numbers_of(schema: Schema) -> Mapping[str, int]:
    """The numbers that the schema of an enum says, by value."""
    numbers = schema.get(VALUE_NUMBERS)
    if not isinstance(numbers, dict):
        return {}
    return {value: one for value, one in numbers.items() if _is_number(one)}


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def description_of(schema: Any) -> str:
    """What the schema of a property says about it."""
    return str(schema.get("description", "")) if isinstance(schema, dict) else ""


def default_of(schema: Any) -> str:
    """The default that the schema of a property says, as JSON."""
    if not isinstance(schema, dict) or "default" not in schema:
        return ""
    return json.dumps(schema["default"], ensure_ascii=False)


def _title(schema: Schema) -> str:
    """What a model is called that is not among the definitions."""
    title = schema.get("title")
    return title if isinstance(title, str) else ""


def _without_null(schema: Schema) -> tuple[Any, bool] | None:
    """What one of several schemas is besides `null`, and whether that was there.

    `None` when the schema is not of this kind.
    """
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        if len(rest) == 1:
            return {**schema, "type": rest[0]}, len(kinds) > len(rest)
        return None
    for word in ("anyOf", "oneOf", "allOf"):
        choices = schema.get(word)
        if isinstance(choices, list):
            rest = [one for one in choices if one != {"type": "null"}]
            if len(rest) == 1:
                return rest[0], len(choices) > len(rest)
            return None
    return None


def _scalar(schema: Schema) -> Shape:
    kind = schema.get("type")
    if kind == "integer":
        return _integer(schema)
    if kind == "string" and schema.get("contentEncoding") == "base64":
        return Shape(Kind.BYTES)
    if isinstance(kind, str) and kind in _SCALARS:
        return Shape(_SCALARS[kind])
    return _payload("it is always null" if kind == "null" else _why_not(schema))


def _integer(schema: Schema) -> Shape:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 0))
    if not isinstance(low, int) or not isinstance(high, int):
        return Shape(Kind.INT64)
    if low in INT64 and high in INT64:
        return Shape(Kind.INT64)
    if low in UINT64 and high in UINT64:
        return Shape(Kind.UINT64)
    return _payload("it may be larger than 64 bits")


def _one(shape: Shape) -> Shape:
    """The shape of one value of many: those can't be lists themselves, or `null`."""
    if shape.form is not Form.ONE:
        return _payload("it is a list or a map inside of another")
    if shape.nullable and shape.kind is not Kind.PAYLOAD:
        return _payload("it is one of many and may be null")
    return shape


def _why_not(schema: Schema) -> str:
    if any(word in schema for word in ("anyOf", "oneOf")):
        return "it is of one of several types"
    if isinstance(schema.get("type"), list):
        return "it is of one of several types"
    if "allOf" in schema:
        return "it is of several types at once"
    return "it has no type"


def _payload(reason: str) -> Shape:
    return Shape(Kind.PAYLOAD, reason=reason)
