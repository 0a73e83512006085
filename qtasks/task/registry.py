"""The registry: the tasks of an app or a router, by name."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qtasks.errors import DuplicateTask, InvalidField, TaskNotRegistered
from qtasks.task.definition import TaskDefinition

EXECUTORS = frozenset({"thread", "process"})


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
        if definition.name in self._tasks:
            raise DuplicateTask(
                f"Task with name {definition.name} is already registered!",
                name=definition.name,
            )
        self._tasks[definition.name] = definition


def definition_of(
    func: Callable[..., Any],
    name: str | None,
    *,
    tags: Sequence[str] | None = None,
    retry_on_exc: Sequence[type[BaseException]] | None = None,
    description: str | None = None,
    executor: Any = None,
    middlewares_before: Sequence[Any] | None = None,
    middlewares_after: Sequence[Any] | None = None,
    **options: Any,
) -> TaskDefinition:
    """What a decorator was told about a function.

    Raises:
        InvalidField: an option has a value it can't have.
    """
    if not callable(func):
        raise InvalidField("a task must be a function", field="func")
    if isinstance(executor, str) and executor not in EXECUTORS:
        raise InvalidField(
            f"executor must be one of {sorted(EXECUTORS)}, not {executor!r}",
            field="executor",
        )
    if executor == "process" and "<locals>" in func.__qualname__:
        raise InvalidField(
            "a task in processes must be a function of a module, where they find it",
            field="executor",
        )
    doc = (func.__doc__ or "").strip().partition("\n")[0]
    return TaskDefinition(
        name=name or func.__name__,
        func=func,
        tags=tuple(tags or ()),
        retry_on_exc=tuple(retry_on_exc or ()),
        description=doc if description is None else description,
        executor=executor,
        middlewares_before=tuple(middlewares_before or ()),
        middlewares_after=tuple(middlewares_after or ()),
        **options,
    )
