"""The table: schemas of annotations for programs without pydantic.

It knows what JSON and the standard library have; what it does not know is `{}`.
"""

import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import typing
import uuid
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin

Schema = dict[str, Any]

PLAIN: Final[Mapping[Any, Schema]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    None: {"type": "null"},
    NoneType: {"type": "null"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
    dt.time: {"type": "string", "format": "time"},
    dt.timedelta: {"type": "string", "format": "duration"},
    decimal.Decimal: {"type": "string", "format": "decimal"},
    uuid.UUID: {"type": "string", "format": "uuid"},
}
_LISTS: Final = frozenset(
    {
        list,
        collections.abc.Collection,
        collections.abc.Iterable,
        collections.abc.MutableSequence,
        collections.abc.Sequence,
    }
)
_SETS: Final = frozenset(
    {set, frozenset, collections.abc.MutableSet, collections.abc.Set}
)
_DICTS: Final = frozenset(
    {dict, collections.abc.Mapping, collections.abc.MutableMapping}
)
_CONTAINERS: Final[Mapping[Any, Schema]] = {
    **{kind: {"type": "array"} for kind in (*_LISTS, tuple)},
    **{kind: {"type": "array", "uniqueItems": True} for kind in _SETS},
    **{kind: {"type": "object"} for kind in _DICTS},
}
_UNIONS: Final = frozenset({typing.Union, UnionType})
_WRAPPERS: Final = frozenset(
    {typing.Annotated, typing.NotRequired, typing.Required, typing.Final}
)


class Table:
    """Makes the schemas of annotations.

    Args:
        shared: Where those go that others refer to, by name.
    """

    def __init__(self, shared: Schema) -> None:
        self._shared = shared
        self._names: dict[Any, str] = {}

    def schema(self, hint: Any) -> Schema:
        """The schema of an annotation; `{}` when it is not known."""
        if isinstance(hint, typing.NewType):
            return self.schema(hint.__supertype__)
        if get_origin(hint) is not None:
            return self._made(get_origin(hint), get_args(hint))
        if isinstance(hint, collections.abc.Hashable) and hint in PLAIN:
            return dict(PLAIN[hint])
        return self._of_class(hint) if isinstance(hint, type) else {}

    def _made(self, origin: Any, inside: tuple[Any, ...]) -> Schema:
        """Of something with others inside: `list[int]`, `str | None`."""
        if origin in _WRAPPERS:
            return self.schema(inside[0])
        if origin in _UNIONS:
            return self._union(inside)
        if origin is typing.Literal:
            return _choice(list(inside))
        if origin is tuple:
            return self._tuple(inside)
        return self._of_class(origin) | self._contents(origin, inside)

    def _contents(self, origin: Any, inside: tuple[Any, ...]) -> Schema:
        if origin in _DICTS:
            return _inner("additionalProperties", self.schema(inside[1]))
        if origin in _LISTS | _SETS:
            return _inner("items", self.schema(inside[0]))
        return {}

    def _union(self, inside: tuple[Any, ...]) -> Schema:
        choices = [self.schema(one) for one in inside]
        return {"anyOf": choices} if all(choices) else {}

    def _tuple(self, inside: tuple[Any, ...]) -> Schema:
        if len(inside) == 2 and inside[1] is Ellipsis:  # noqa: PLR2004  # `tuple[int, ...]`
            return {"type": "array", **_inner("items", self.schema(inside[0]))}
        parts = [self.schema(one) for one in inside if one != ()]
        count = {"minItems": len(parts), "maxItems": len(parts)}
        return {"type": "array", **({"prefixItems": parts} if parts else {}), **count}

    def _of_class(self, kind: Any) -> Schema:
        if kind in _CONTAINERS:
            return dict(_CONTAINERS[kind])
        if not isinstance(kind, type):
            return {}
        if issubclass(kind, enum.Enum):
            return self._named(kind, _of_enum)
        if dataclasses.is_dataclass(kind):
            return self._named(kind, self._of_dataclass)
        if typing.is_typeddict(kind):
            return self._named(kind, self._of_typed_dict)
        return {}

    def _named(self, kind: type, make: Callable[[Any], Schema]) -> Schema:
        """A reference to the schema of a class; the class may have itself inside."""
        name = self._names.get(kind)
        if name is None:
            name = self._names[kind] = self._free_name(kind.__name__)
            self._shared[name] = {}
            self._shared[name] = make(kind)
        return {"$ref": f"#/$defs/{name}"}

    def _free_name(self, name: str) -> str:
        number, free = 1, name
        while free in self._shared:
            number += 1
            free = f"{name}_{number}"
        return free

    def _of_dataclass(self, kind: Any) -> Schema:
        hints = _hints(kind)
        properties: Schema = {}
        required = []
        for one in dataclasses.fields(kind):
            if not one.init:
                continue
            part = self.schema(hints.get(one.name))
            if one.default is not dataclasses.MISSING:
                part = part | _simple_default(one.default)
            elif one.default_factory is dataclasses.MISSING:
                required.append(one.name)
            properties[one.name] = part
        return _object(properties, required)

    def _of_typed_dict(self, kind: Any) -> Schema:
        hints = _hints(kind)
        properties = {name: self.schema(hint) for name, hint in hints.items()}
        return _object(
            properties, [name for name in hints if name in kind.__required_keys__]
        )


def _hints(kind: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except Exception:  # noqa: BLE001  # names that exist for type checkers only
        return dict.fromkeys(getattr(kind, "__annotations__", {}), Any)


def _object(properties: Schema, required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | ({"required": required} if required else {})


def _inner(key: str, schema: Schema) -> Schema:
    return {key: schema} if schema else {}


def _of_enum(kind: type[enum.Enum]) -> Schema:
    return _choice([one.value for one in kind])


def _choice(values: list[Any]) -> Schema:
    """One of some values; an enum among them stands for its value."""
    plain = [one.value if isinstance(one, enum.Enum) else one for one in values]
    if not all(isinstance(one, str | int | float | NoneType) for one in plain):
        return {}
    kinds = {PLAIN[type(one)]["type"] for one in plain if type(one) in PLAIN}
    kind = {"type": kinds.pop()} if len(kinds) == 1 else {}
    return kind | ({"const": plain[0]} if len(plain) == 1 else {"enum": plain})


def _simple_default(value: Any) -> Schema:
    if isinstance(value, enum.Enum):
        value = value.value
    return {"default": value} if isinstance(value, str | int | float | NoneType) else {}
