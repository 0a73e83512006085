"""The catalogue: an app's tasks as they are exported."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qtasks import v1
from qtasks.errors import ExportRefused
from qtasks.export.signatures import Signature, signature_of
from qtasks.typed.naming import snake
from qtasks.typed.numbering import Allocation
from qtasks.typed.shapes import Message
from qtasks.typed.tasks import TypedApp, typed_app


@dataclass(frozen=True, slots=True)
class Untyped:
    """Something that has no type of its own, and travels as a `Payload`."""

    where: str
    """The task, or the model."""
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """An app's tasks as they are exported."""

    app: str
    """The app's name."""
    tasks: Sequence[v1.TaskInfo]
    """As they are registered with a broker, by name."""
    typed: TypedApp
    """The same as services and messages."""

    @property
    def stem(self) -> str:
        """What files are called that belong to the app."""
        return snake(self.app)

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """What callers depend on, by task."""
        return {task.name: signature_of(task) for task in self.tasks}

    def untyped(self) -> Iterator[Untyped]:
        """What has no type of its own."""
        generators = {task.name for task in self.tasks if task.generating}
        for task in self.typed.tasks:
            yield from _untyped(task.name, task.request, "the parameter {!r}")
            yield from _untyped(task.name, task.finished, "its result")
            if task.name in generators:
                yield from _untyped(task.name, task.yielded, "what it yields")
        for model in self.typed.messages.values():
            yield from _untyped(model.name, model, "the field {!r}")


def _untyped(where: str, message: Message, what: str) -> Iterator[Untyped]:
    for one in message.fields:
        if one.shape.reason:
            yield Untyped(where, what.format(one.key), one.shape.reason)


def catalogue_of(
    app: str, tasks: Iterable[v1.TaskInfo], allocation: Allocation
) -> Catalogue:
    """The tasks of an app as they are exported.

    Args:
        app: Its name.
        tasks: Its tasks as they are registered.
        allocation: The names and numbers of earlier exports; gets the new ones.

    Raises:
        ExportRefused: there are no tasks, or one wants a field number that is taken.
    """
    infos = sorted(tasks, key=lambda one: one.name)
    if not infos:
        raise ExportRefused(f"the app {app!r} has no tasks: there is nothing to export")
    typed = typed_app(app, infos, allocation)
    for name, why in typed.refused.items():
        raise ExportRefused(f"the task {name!r} can't be exported: {why}", task=name)
    return Catalogue(app=app, tasks=infos, typed=typed)
