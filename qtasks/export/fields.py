"""Fields: which of them are others now in the `.proto` file.

A field of another type gets another number. Programs that call by JSON may not notice, as
when a model has a new name; those made from the last file are refused.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from qtasks.typed.services import TypedApp, TypedTask
from qtasks.typed.shapes import Field, Message
from qtasks.typed.sharing import reached

Numbers = Mapping[str, Mapping[int, tuple[str, str]]]
"""Those of an `Allocation`."""


def renumbered(
    before: Numbers, typed: TypedApp, told: Collection[str]
) -> Iterator[str]:
    """Tell which fields have a number that they did not have before, a line each.

    Args:
        before: The numbers that were given before.
        typed: What there is now.
        told: Other changes, a line each; a task that is among them is not told again.
    """
    for task in typed.tasks:
        if any(line.startswith(f"{task.name}: ") for line in told):
            continue
        for message in _messages(task, typed):
            for one in message.fields:
                was = _other(before.get(message.name, {}), one)
                if was:
                    yield (
                        f"{task.name}: in the .proto file, {one.name!r} of "
                        f"{message.name} was {was}, and is {one.shape.type}"
                    )


def _messages(task: TypedTask, typed: TypedApp) -> Iterator[Message]:
    """The messages of a task, by their full names, and its models."""
    own = (
        task.request,
        task.response,
        replace(task.yielded, name=f"{task.stream_response}.{task.yielded.name}"),
    )
    yield from own
    shapes = [one.shape for message in own for one in message.fields]
    for name in sorted(reached(shapes, typed.messages)):
        if name in typed.messages:
            yield typed.messages[name]


def _other(before: Mapping[int, tuple[str, str]], field: Field) -> str:
    """The type that a field had last; empty when it is new, or had this one."""
    had = [number for number, (key, _) in before.items() if key == field.key]
    return before[max(had)][1] if had and field.number not in before else ""
