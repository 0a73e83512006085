"""The registry: the tasks of an app or a router, by name."""

from collections.abc import Iterator

from qtasks.errors import DuplicateTask, TaskNotRegistered
from qtasks.task.definition import TaskDefinition


class TaskRegistry:
    """The tasks of an app or a router, by name."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskDefinition] = {}

    def __iter__(self) -> Iterator[TaskDefinition]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, name: object) -> bool:
        return name in self._tasks

    def find(self, name: str) -> TaskDefinition | None:
        """The task of a name, if there is one."""
        return self._tasks.get(name)

    def __getitem__(self, name: str) -> TaskDefinition:
        try:
            return self._tasks[name]
        except KeyError:
            raise TaskNotRegistered(
                f"no task is registered as {name!r}", name=name
            ) from None

    def add(self, definition: TaskDefinition) -> None:
        """Add a task; raises `DuplicateTask`."""
        self.check(definition)
        self._tasks[definition.name] = definition

    def check(self, definition: TaskDefinition) -> None:
        """Raise `DuplicateTask` for a task whose name is taken."""
        known = self._tasks.get(definition.name)
        if known is not None:
            raise DuplicateTask.of(definition.name, known.origin, definition.origin)
