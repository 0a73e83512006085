"""Signatures: what of a task's schemas its callers depend on, and what breaks them.

A signature has the schemas without what only people read, so that it changes when the
types do. Where two signatures differ, whatever makes a caller of the first one fail is
told; what makes nobody fail is not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qtasks import v1
from qtasks.export.values import Value, value_of
from qtasks.typed.schema import FIELD_NUMBER, VALUE_NUMBERS, parse

Signature = Mapping[str, Any]
"""`arguments`, `result` and `yields`: schemas, or `None` where there is none."""

_FOR_PEOPLE: Final = frozenset(
    {"$comment", "default", "description", "examples", "title"}
)
_NUMBERS: Final = frozenset({FIELD_NUMBER, VALUE_NUMBERS})
_BY_NAME: Final = frozenset({"$defs", "patternProperties", "properties"})


def signature_of(info: v1.TaskInfo) -> Signature:
    """The signature of a task as it is registered."""
    return {
        "arguments": _bare(parse(info.json_schema)),
        "result": _bare(parse(info.result_schema)),
        "yields": _bare(parse(info.yield_schema)),
    }


def _bare(schema: Any) -> Any:
    """A schema without what only people read."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _bare(one) for name, one in part.items()}
        if key in _BY_NAME
        else _bare(part)
        for key, part in schema.items()
        if key not in _FOR_PEOPLE and key not in _NUMBERS
    }


def breaking_changes(
    before: Mapping[str, Signature], after: Mapping[str, Signature]
) -> list[str]:
    """What callers of the tasks before can't do with the tasks after, a line each."""
    told = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            told.append(f"{name}: the task is gone")
        else:
            told += [f"{name}: {one}" for one in _of_task(old, new)]
    return told


def _of_task(old: Signature, new: Signature) -> Iterator[str]:
    for role, what in (
        ("arguments", ""),
        ("result", "what it returns"),
        ("yields", "what it yields"),
    ):
        roots = (old.get(role) or {}, new.get(role) or {})
        yield from _Comparison(roots, given=not what).values(roots, what)


@dataclass
class _Comparison:
    """Two schemas of one thing."""

    roots: tuple[Any, Any]
    """The whole schemas, for what is referred to."""
    given: bool
    """Whether callers give it, or take it."""
    seen: set[tuple[str, str]] = field(default_factory=set)

    def values(self, schemas: tuple[Any, Any], what: str) -> Iterator[str]:
        """Tell how a value changed."""
        old = value_of(schemas[0], self.roots[0])
        new = value_of(schemas[1], self.roots[1])
        if old.kind != new.kind:
            yield f"{what or 'what it takes'} was {old.kind}, and is {new.kind}"
            return
        if self.given and old.nullable and not new.nullable:
            yield f"{what} must not be null any more"
        if not self.given and new.nullable and not old.nullable:
            yield f"{what} may be null now"
        pair = (old.name, new.name)
        if not all(pair) or pair not in self.seen:  # a model may have itself inside
            self.seen.add(pair)
            yield from self._inside(old, new, what)

    def _inside(self, old: Value, new: Value, what: str) -> Iterator[str]:
        if self.given:
            gone = [one for one in old.choices if one not in new.choices]
            yield from (f"{what} can't be {one!r} any more" for one in gone)
        yield from self._items(old, new, what)
        for name, schema in old.properties.items():
            if name not in new.properties:
                yield f"{_named(name, what)} is gone"
                continue
            yield from self._presence(name, old, new, what)
            pair = (schema, new.properties[name])
            yield from self.values(pair, _named(name, what))
        if self.given:
            added = [one for one in new.required if one not in old.properties]
            yield from (
                f"{_named(one, what)} is new, and must be given" for one in added
            )

    def _items(self, old: Value, new: Value, what: str) -> Iterator[str]:
        """Tell how the items of a list changed, or what an object has by any name."""
        inner = f"an item of {what}" if what else "what it takes by other names"
        if old.items is not None and new.items is not None:
            yield from self.values((old.items, new.items), inner)
        elif old.items is not None and self.given:
            yield f"{inner} is gone"

    def _presence(self, name: str, old: Value, new: Value, what: str) -> Iterator[str]:
        """Tell whether a property may be missing that could not, or the reverse."""
        was, now = name in old.required, name in new.required
        if was != now and now == self.given:
            may = "must be given now" if now else "may be missing now"
            yield f"{_named(name, what)} {may}"


def _named(name: str, what: str) -> str:
    return f"{name!r} of {what}" if what else f"the parameter {name!r}"
