"""Running: the tasks of a worker that call other functions by their paths.

A worker serves them when its settings say which paths it allows (`importable`). What
the app registered may always be called.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from qtasks.colours import called, drive
from qtasks.errors import InvalidField, TaskNotFound
from qtasks.executors import AsyncTaskExecutor
from qtasks.task import SyncTask, TaskDefinition, TaskRegistry
from qtasks.tasks.paths import check_allowed, imported, path_of, pattern_of
from qtasks.tasks.pruning import Pruner
from qtasks.tasks.registered import Registered, is_plain
from qtasks.tasks.stored import StoredRecords
from qtasks.tasks.words import (
    CALL,
    CALL_ISOLATED,
    GATHER,
    HOOK,
    ITERATE,
    ITERATE_ISOLATED,
)

Outcome = tuple[bool, Any]
"""Whether a call succeeded, and its result or its error for a person."""


def call_here(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a function of either colour returns, from a thread."""
    return drive(called(function, *args, **kwargs))


def told(error: BaseException) -> str:
    """An error as the result of a task that failed."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def outcomes_of(
    function: Callable[..., Any], items: Sequence[Sequence[Any]]
) -> list[Outcome]:
    """What comes of calling a function with each of these lists of arguments."""
    outcomes: list[Outcome] = []
    for arguments in items:
        try:
            outcomes.append((True, call_here(function, arguments, {})))
        except Exception as error:  # noqa: BLE001  # it is the item's outcome
            outcomes.append((False, told(error)))
    return outcomes


def _in_a_process(
    name: str,
) -> Callable[[Callable[..., Any]], SyncTask[..., Any]]:
    """Make a function the task that a process of its own finds by its name."""
    return lambda func: SyncTask.of(TaskDefinition(name=name, func=func))


@_in_a_process(CALL_ISOLATED)
def call_isolated(path: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call a function by its dotted path, in a process of its own.

    Whether the path is allowed was decided before it came here.
    """
    return call_here(imported(path), args, kwargs)


@_in_a_process(ITERATE_ISOLATED)
def iterate_isolated(path: str, items: list[list[Any]]) -> list[Outcome]:
    """Call a function with each of these lists of arguments, in a process of its own."""
    return outcomes_of(imported(path), items)


class Caller:
    """Finds and calls the functions that an app's workers may call.

    Args:
        app: The asynchronous app.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._registered = Registered(app)
        self.pruner = Pruner(app)

    @property
    def pattern(self) -> str:
        """What paths may be, as a regular expression."""
        return pattern_of(self._app.config.importable or (), self._registered)

    def function(self, path: str) -> Callable[..., Any]:
        """The function of a path.

        Raises:
            PathRefused: the worker does not allow it.
            UnknownPath: there is none.
            InvalidField: it is a task that can only be submitted as one.
        """
        definition = self._registered.get(path)
        if definition is None:
            self._check_imported(path)
            return imported(path)
        if not is_plain(definition):
            raise InvalidField(
                f"{path!r} is the task {definition.name!r}, which is more than a call "
                "of its function: submit it by that name from a program that knows it",
                field="func",
            )
        return definition.func

    def path(self, path: str) -> str:
        """The path by which a process of its own finds the function; see `function`."""
        if path in self._registered:
            return path_of(self.function(path))
        self._check_imported(path)
        return path

    def _check_imported(self, path: str) -> None:
        """Refuse a path that is not registered, if the settings do not allow it."""
        check_allowed(path, pattern_of(self._app.config.importable or (), ()))

    # -- the tasks ----------------------------------------------------------------------

    def call(self, path: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call a function by its dotted path."""
        value = call_here(self.function(path), args, kwargs)
        self.pruner.ended(1)
        return value

    def iterate(self, path: str, items: list[list[Any]]) -> list[Outcome]:
        """Call a function with each of these lists of arguments."""
        outcomes = outcomes_of(self.function(path), items)
        self.pruner.ended(1)
        return outcomes

    def gather(
        self, parts: list[tuple[str, int]], outcomes: list[list[Outcome] | None]
    ) -> list[Any]:
        """The results of all parts, in order; the error of a part for each of its items."""
        results: list[Any] = []
        for (task_id, size), part in zip(parts, outcomes, strict=True):
            if part is None:
                results += [self._error_of(task_id)] * size
            else:
                results += [value for _, value in part]
        return results

    def _error_of(self, task_id: str) -> Any:
        try:
            task = StoredRecords(self._app).find(task_id, 0.0)
        except TaskNotFound as error:
            return told(error)
        return None if task is None else task.result

    def hook(self, path: str, task_id: str) -> None:
        """Call a function with a task that has ended."""
        task = StoredRecords(self._app).find(task_id, 0.0)
        call_here(self.function(path), [task], {})

    def definitions(self) -> Iterator[TaskDefinition]:
        """The tasks, as a worker of the app serves them."""
        pattern = self.pattern
        for name, func in (
            (CALL, self.call),
            (ITERATE, self.iterate),
            (HOOK, self.hook),
        ):
            definition = TaskDefinition(name=name, func=func, description=_doc(func))
            definition.schema = _schema(definition, pattern)
            yield definition
        yield TaskDefinition(
            name=GATHER, func=self.gather, description=_doc(self.gather)
        )
        for task in (call_isolated, iterate_isolated):
            definition = TaskDefinition(
                name=task.task_name,
                func=task.func,
                description=_doc(task.func),
                executor=_isolated_by(self),
            )
            definition.schema = _schema(definition, pattern)
            yield definition


def _doc(func: Callable[..., Any]) -> str:
    return (func.__doc__ or "").partition("\n")[0]


def _schema(definition: TaskDefinition, pattern: str) -> dict[str, Any]:
    """The schema of arguments, which tells clients what paths may be."""
    kinds = {"path": {"type": "string", "pattern": pattern}}
    kinds |= {"args": {"type": "array"}, "kwargs": {"type": "object"}}
    kinds |= {"items": {"type": "array"}, "task_id": {"type": "string"}}
    names = [one.name for one in definition.parameters]
    return {
        "type": "object",
        "properties": {name: kinds[name] for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _isolated_by(caller: Caller) -> type[AsyncTaskExecutor]:
    """What lets only allowed paths into processes of their own."""

    class Isolated(AsyncTaskExecutor):
        place: ClassVar[str | None] = "process"

        async def before_execute(self) -> None:
            # The process finds it where it is defined, not by a task's name.
            self.args[0] = caller.path(self.args[0])
            await super().before_execute()

        async def after_execute(self) -> None:
            await super().after_execute()
            await called(caller.pruner.ended, 1, offload=True)

    return Isolated


class WithOffloaded(TaskRegistry):
    """The tasks of an app, with those that call other functions.

    Args:
        own: The app's.
        app: The asynchronous app.
    """

    def __init__(self, own: TaskRegistry, app: Any) -> None:
        super().__init__()
        self._own = own
        for definition in Caller(app).definitions():
            self.add(definition)

    def __iter__(self) -> Iterator[TaskDefinition]:
        yield from self._own
        yield from super().__iter__()

    def __len__(self) -> int:
        return len(self._own) + super().__len__()

    def __contains__(self, name: object) -> bool:
        return name in self._own or super().__contains__(name)

    def find(self, name: str) -> TaskDefinition | None:
        """The task of a name, if there is one."""
        return self._own.find(name) or super().find(name)

    def __getitem__(self, name: str) -> TaskDefinition:
        return self._own[name] if name in self._own else super().__getitem__(name)
