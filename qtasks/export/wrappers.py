"""Wrappers: an app's tasks as the programs of other languages call them.

What every language needs to know of a task, whatever it makes of it. The models and enums
are those of the typed app; a request is taken apart into what goes by place and by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qtasks.errors import ExportRefused
from qtasks.export.catalogue import Catalogue
from qtasks.typed.naming import APP_SERVICE, pascal
from qtasks.typed.shapes import Enum, Field, Message, Shape
from qtasks.typed.tasks import TypedApp, TypedTask

_PLACED = frozenset({"positional", "any"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A parameter of a task, and how its argument travels."""

    field: Field
    required: bool
    """Whether it must be given: a field that may be left out is not, unless a place must
    be taken and nobody knows by what."""
    placed: bool
    """By place, and not by name."""
    spread: bool = False
    """A list that is more arguments by place, or a map that is more by name."""

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.field.key

    @property
    def shape(self) -> Shape:
        """What it looks like."""
        return self.field.shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A task as programs call it."""

    name: str
    """The task's."""
    title: str
    """What it is called, in Pascal case and unique in the app."""
    description: str
    arguments: Sequence[Argument]
    """In the order of the parameters."""
    result: Shape | None
    """`None` when there is none."""
    yields: Shape | None
    """`None` when it yields nothing."""

    @property
    def placed(self) -> list[Argument]:
        """The arguments by place."""
        return [one for one in self.arguments if one.placed]

    @property
    def named(self) -> list[Argument]:
        """The arguments by name."""
        return [one for one in self.arguments if not one.placed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few strings."""

    name: str
    description: str
    values: Mapping[str, str]
    """What the strings are called, in UPPER_SNAKE case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrappers:
    """An app as programs of other languages see it."""

    app: str
    package: str
    """What stands for the app in the names of packages."""
    tasks: Sequence[Wrapped]
    models: Sequence[Message]
    choices: Sequence[Choice]

    @property
    def title(self) -> str:
        """What stands for the app in the names of classes."""
        return pascal(self.package)


def wrappers_of(catalogue: Catalogue) -> Wrappers:
    """An app as programs of other languages see it."""
    typed = catalogue.typed
    generating = {task.name for task in catalogue.tasks if task.generating}
    flat = _flat_names(typed)
    return Wrappers(
        app=catalogue.app,
        package=typed.package.partition(".")[0],
        tasks=[
            _wrapped(one, flat, yields=one.name in generating) for one in typed.tasks
        ],
        models=[_flattened(one, flat) for one in typed.messages.values()],
        choices=[
            Choice(
                name=flat[name],
                description=enum.description,
                values=_values(enum),
            )
            for name, enum in sorted(typed.enums.items())
        ],
    )


def _flat_names(typed: TypedApp) -> Mapping[str, str]:
    """What enums are called that stand inside of messages: after the task or the model."""
    titles = {
        message: _title(task)
        for task in typed.tasks
        for message in (task.request.name, task.response.name, task.stream_response)
    }
    return {
        name: titles.get(enum.outer, enum.outer) + enum.own_name
        for name, enum in typed.enums.items()
    }


def _values(enum: Enum) -> Mapping[str, str]:
    """What the values of an enum are called, without its name before each."""
    prefix = enum.unset.removesuffix("UNSPECIFIED")
    return {text: enum.names[text].removeprefix(prefix) for text in enum.values}


def _flattened(message: Message, flat: Mapping[str, str]) -> Message:
    fields = tuple(replace(one, shape=_flat(one.shape, flat)) for one in message.fields)
    return replace(message, fields=fields)


def _flat(shape: Shape, flat: Mapping[str, str]) -> Shape:
    return replace(shape, name=flat.get(shape.name, shape.name))


def _title(task: TypedTask) -> str:
    service = "" if task.service == APP_SERVICE else task.service
    return service + task.method


def _wrapped(task: TypedTask, flat: Mapping[str, str], *, yields: bool) -> Wrapped:
    return Wrapped(
        name=task.name,
        title=_title(task),
        description=task.description.strip(),
        arguments=_arguments(task, _flattened(task.request, flat).fields),
        result=_only(_flattened(task.finished, flat)),
        yields=_only(_flattened(task.yielded, flat)) if yields else None,
    )


def _only(message: Message) -> Shape | None:
    return message.fields[0].shape if message.fields else None


def _arguments(task: TypedTask, fields: Sequence[Field]) -> list[Argument]:
    """The arguments; with `*args`, everything before goes by place."""
    kinds = task.kinds
    by_place = _PLACED if "args" in kinds.values() else {"positional"}
    return [
        Argument(
            field=one,
            required=one.required or (kinds[one.key] in by_place and not one.default),
            placed=kinds[one.key] in by_place or kinds[one.key] == "args",
            spread=kinds[one.key] in {"args", "kwargs"},
        )
        for one in fields
    ]


class Scope:
    """Names that must be unique in one file, and what has them.

    Args:
        language: Where the names are, for messages.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._owners: dict[str, str] = {}

    def claim(self, name: str, owner: str) -> str:
        """Take a name.

        Raises:
            ExportRefused: something else has it.
        """
        other = self._owners.setdefault(name, owner)
        if other != owner:
            raise ExportRefused(
                f"in {self._language}, both {other} and {owner} would be called {name!r}; "
                "give one of them another name",
                name=name,
            )
        return name
