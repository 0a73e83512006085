"""Sharing: a model that several tasks have is one message.

Models of one name are the same when one has all fields of the other, with the same types:
so one that grows stays one. Of two that are not the same, the second is called after its
task as well.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from qtasks.typed.naming import Names
from qtasks.typed.schema import Found
from qtasks.typed.shapes import Enum, Field, Message, Shape


def share(found: Found, shared: Found, names: Names, owner: str) -> Mapping[str, str]:
    """Add what one schema needs to what all need; what its messages are called there.

    Args:
        found: What the schema needs.
        shared: What all need.
        names: Those given so far in the package.
        owner: Whose schema it is: goes before the names of what is told apart.
    """
    local = [*found.messages, *(name for name in found.enums if "." not in name)]
    called = {name: names.claim(name, f"model {name}") for name in local}
    while strangers := [
        name for name in local if not _same(name, called, found, shared)
    ]:
        for name in strangers:
            called[name] = names.claim(f"{owner}{name}", f"model {name} of {owner}")
    for message in found.messages.values():
        one = renamed(message, called)
        known = shared.messages.get(one.name)
        shared.messages[one.name] = one if known is None else _together(known, one)
    for enum in found.enums.values():
        name = _called(enum.name, called)
        known_enum = shared.enums.get(name, enum)
        values = dict.fromkeys([*known_enum.values, *enum.values])
        shared.enums[name] = replace(
            known_enum,
            name=name,
            values=tuple(values),
            wanted={**enum.wanted, **known_enum.wanted},
        )
    return called


def renamed(message: Message, called: Mapping[str, str]) -> Message:
    """A message whose name, and those inside, are what they are called in the package."""
    fields = tuple(
        replace(one, shape=called_shape(one.shape, called)) for one in message.fields
    )
    return replace(message, name=_called(message.name, called), fields=fields)


def called_shape(shape: Shape, called: Mapping[str, str]) -> Shape:
    """A shape whose message or enum is what it is called in the package."""
    return replace(shape, name=_called(shape.name, called))


def _called(name: str, called: Mapping[str, str]) -> str:
    """What a message or an enum is called in the package, alone or in a message."""
    outer, dot, own = name.rpartition(".")
    if dot:
        return f"{called.get(outer, outer)}.{own}"
    return called.get(name, name)


def reached(shapes: Iterable[Shape], messages: Mapping[str, Message]) -> set[str]:
    """The names of all messages and enums inside of shapes."""
    seen: set[str] = set()
    waiting = [shape.name for shape in shapes]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            if name in messages:
                waiting += [one.shape.name for one in messages[name].fields]
    return seen


def _same(name: str, called: Mapping[str, str], found: Found, shared: Found) -> bool:
    """Whether what a schema needs is what has its name in the package, if anything."""
    theirs: Message | Enum | None
    if name in found.enums:
        theirs = shared.enums.get(called[name])
        if theirs is None:
            return called[name] not in shared.messages
        ours_values = dict.fromkeys(found.enums[name].values, "")
        return _grown(ours_values, dict.fromkeys(theirs.values, ""))
    theirs = shared.messages.get(called[name])
    if theirs is None:
        return called[name] not in shared.enums
    ours = renamed(found.messages[name], called)
    return _grown(dict(_types(ours)), dict(_types(theirs)))


def _grown(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether one has everything that the other has."""
    return one.items() <= other.items() or other.items() <= one.items()


def _types(message: Message) -> Iterator[tuple[str, str]]:
    return ((one.key, one.shape.type) for one in message.fields)


def _together(known: Message, new: Message) -> Message:
    """The fields of both; what only one has, or only one needs, is not required."""
    fields = {one.key: one for one in known.fields}
    for one in new.fields:
        other = fields.get(one.key)
        fields[one.key] = one if other is None else _both(other, one)
    common = {one.key for one in known.fields} & {one.key for one in new.fields}
    return replace(
        known,
        fields=tuple(
            one if key in common else replace(one, required=False)
            for key, one in fields.items()
        ),
        description=known.description or new.description,
    )


def _both(known: Field, new: Field) -> Field:
    nullable = known.shape.nullable or new.shape.nullable
    return replace(
        known,
        shape=replace(known.shape, nullable=nullable),
        wanted=known.wanted or new.wanted,
        required=known.required and new.required,
    )
