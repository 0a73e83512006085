"""Branch: the tasks of a router or an app, connected to what includes it.

A task is added here and in every branch above, or nowhere: a name that is taken anywhere
above is refused where the second task is decorated.
"""

import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qtasks.core.limits import check_name
from qtasks.errors import DuplicateTask, InvalidField, WrongComponent
from qtasks.task.definition import TaskDefinition
from qtasks.task.registered import RegisteredTask
from qtasks.task.registry import TaskRegistry

SEPARATOR = "."
"""Between a router's prefix and the name of a task."""

Face = RegisteredTask[..., Any, Any]
Adopt = Callable[[Face, TaskDefinition], Face]
"""Gives the task object that stands for a task in a branch."""


def as_it_is(face: Face, _: TaskDefinition) -> Face:
    """The task object it has already."""
    return face


class Branch:
    """The tasks of a router or an app, connected to what includes it.

    Branches above are held weakly: an app may go while a router it included stays.

    Args:
        prefix: Goes before the names of tasks that come here.
        adopt: Gives the task object that stands for a task here.

    Raises:
        InvalidField: the prefix can't be one.
    """

    def __init__(self, prefix: str = "", adopt: Adopt = as_it_is) -> None:
        self.registry = TaskRegistry()
        self.faces: dict[str, Face] = {}
        """The task objects, by name."""
        self._prefix = _checked_prefix(prefix)
        self._adopt = adopt
        self._roots: set[TaskDefinition] = set()
        self._above: weakref.WeakSet[Branch] = weakref.WeakSet()

    def named(self, definition: TaskDefinition) -> TaskDefinition:
        """A task under the name it has here."""
        if not self._prefix:
            return definition
        name = f"{self._prefix}{SEPARATOR}{definition.name}"
        router = SEPARATOR.join(filter(None, (self._prefix, definition.router)))
        return definition.named(check_name(name, "name"), router)

    def add(self, face: Face, definition: TaskDefinition) -> None:
        """Have a task, under this very name; raises `DuplicateTask`."""
        places = list(self.places(definition))
        _check(places)
        _keep(places, face)

    def include(self, other: "Branch") -> None:
        """Have the tasks of another branch too: those it has, and those it will have.

        Raises:
            DuplicateTask: a name is taken, or the branch was included before.
            WrongComponent: it is this one, or includes it.
        """
        if self in other.above():
            raise DuplicateTask("the router is included already")
        if other is self or other in self.above(deep=True):
            raise WrongComponent("a router can't include itself")
        taken = [
            (other.faces[one.name], list(self.places(self.named(one))))
            for one in other.registry
        ]
        _check([place for _, places in taken for place in places])
        other.connect(self)
        for face, places in taken:
            _keep(places, face)

    def connect(self, above: "Branch") -> None:
        """Pass tasks on to another branch from now on."""
        self._above.add(above)

    def above(self, *, deep: bool = False) -> "set[Branch]":
        """The branches that include this one; `deep`: and those that include them."""
        found = set(self._above)
        if deep:
            found = found.union(*(branch.above(deep=True) for branch in found))
        return found

    def places(self, definition: TaskDefinition) -> "Iterator[Place]":
        """Where a task of this branch is seen, and under which names."""
        yield self, definition
        for branch in self.above():
            yield from branch.places(branch.named(definition))

    def has(self, definition: TaskDefinition) -> bool:
        """Whether a task comes from here, whatever it is called above."""
        return definition.root in self._roots

    def keep(self, definition: TaskDefinition, face: Face) -> None:
        """Have a task here alone."""
        self.registry.add(definition)
        self._roots.add(definition.root)
        self.faces[definition.name] = self._adopt(face, definition)


Place = tuple[Branch, TaskDefinition]


def _check(places: Sequence[Place]) -> None:
    """Raise `DuplicateTask` for a name that is taken, or would be taken twice."""
    new: set[tuple[int, str]] = set()
    for branch, definition in places:
        branch.registry.check(definition)
        place = (id(branch), definition.name)
        if place in new:
            raise DuplicateTask.of(definition.name, definition.origin, "the same task")
        new.add(place)


def _keep(places: Sequence[Place], face: Face) -> None:
    for branch, definition in places:
        branch.keep(definition, face)


def _checked_prefix(prefix: Any) -> str:
    if not isinstance(prefix, str):
        raise InvalidField(f"prefix must be a str, not {prefix!r}", field="prefix")
    if prefix.startswith(SEPARATOR) or prefix.endswith(SEPARATOR):
        raise InvalidField(
            f"the {SEPARATOR!r} is put between by itself: write prefix="
            f"{prefix.strip(SEPARATOR)!r}",
            field="prefix",
        )
    return check_name(prefix, "prefix") if prefix else ""
