"""A call: a task with its arguments, not submitted yet."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from qtasks.task.definition import TaskDefinition
from qtasks.task.options import NO_OPTIONS, OPTION_NAMES, SubmitOptions

R = TypeVar("R")


@dataclass(slots=True, eq=False)
class TaskCall(Generic[R]):
    """A task with its arguments, not submitted yet: what `task(...)` makes."""

    task_name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    options: SubmitOptions = NO_OPTIONS
    definition: TaskDefinition | None = None
    each: bool = False
    """`args` is a list of argument lists: the task is called with each, in order."""

    def with_options(self, **options: Any) -> "TaskCall[R]":
        """The same call with other submit options (see `SubmitOptions`)."""
        return TaskCall(
            self.task_name,
            self.args,
            self.kwargs,
            self.options.merged(**options),
            self.definition,
            self.each,
        )


def call_of(
    definition: TaskDefinition,
    options: SubmitOptions,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> TaskCall[Any]:
    """A call of a registered task.

    Submit options among the named arguments are taken out, as QTasks users write them;
    a name that is a parameter of the task is the task's.
    """
    if not OPTION_NAMES.isdisjoint(kwargs):
        own = {one.name for one in definition.parameters}
        given = {name: kwargs[name] for name in kwargs.keys() & OPTION_NAMES - own}
        options = options.merged(**given)
        kwargs = {name: kwargs[name] for name in kwargs if name not in given}
    return TaskCall(definition.name, args, kwargs, options, definition)
