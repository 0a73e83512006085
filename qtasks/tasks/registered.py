"""Registered: the tasks of an app by the paths of their functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from qtasks.errors import InvalidField
from qtasks.task import TaskDefinition
from qtasks.tasks.paths import path_of


class Registered(Mapping[str, TaskDefinition]):
    """The tasks of an app, by their names and by the paths of their functions.

    Args:
        app: The asynchronous app.
    """

    def __init__(self, app: Any) -> None:
        self._registry = app.registry
        self._known = 0
        self._tasks: dict[str, TaskDefinition] = {}

    def _now(self) -> dict[str, TaskDefinition]:
        if self._known != len(self._registry):
            found: dict[str, TaskDefinition] = {}
            for definition in self._registry:
                try:
                    found[path_of(definition.func)] = definition
                except InvalidField:
                    continue  # no worker could find it by a path
            self._tasks = found | {one.name: one for one in self._registry}
            self._known = len(self._registry)
        return self._tasks

    def __getitem__(self, path: str) -> TaskDefinition:
        return self._now()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def is_plain(definition: TaskDefinition) -> bool:
    """Whether calling its function with what a caller gives is all there is to it."""
    surrounded = definition.middlewares_before or definition.middlewares_after
    carried_out = isinstance(definition.executor, type)
    given = definition.echo or definition.injected
    return not (given or surrounded or carried_out or definition.generating)
