"""What the decorator leaves in the place of the function: the task object.

The same task has two faces: in asynchronous code submitting is awaited, in synchronous
code it is not. A type checker knows the task's parameters through either.
"""

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar

from qtasks.colours import in_loop
from qtasks.context import Context
from qtasks.errors import TaskNotRegistered
from qtasks.handle import SyncTaskHandle, TaskHandle
from qtasks.task.call import TaskCall, call_of
from qtasks.task.definition import TaskDefinition
from qtasks.task.options import NO_OPTIONS, SubmitOptions
from qtasks.task.submission import Submission

P = ParamSpec("P")
R = TypeVar("R")
ClientT = TypeVar("ClientT")


class TaskClient(Protocol):
    """What an asynchronous task asks of its app."""

    async def submit_call(self, call: TaskCall[R]) -> TaskHandle[R]:
        """Store a task."""

    async def run_call(self, call: TaskCall[R], timeout: float) -> TaskHandle[R] | None:
        """Store a task and wait for its end."""


class SyncTaskClient(Protocol):
    """What a synchronous task asks of its app."""

    def submit_call(self, call: TaskCall[R]) -> SyncTaskHandle[R]:
        """Store a task."""

    def run_call(self, call: TaskCall[R], timeout: float) -> SyncTaskHandle[R] | None:
        """Store a task and wait for its end."""


class Place(Generic[ClientT]):
    """What a task object and its variants know of where they belong.

    Args:
        definition: The task, under the name it has there.
        client: The app; `None` as long as there is none.
    """

    def __init__(self, definition: TaskDefinition, client: ClientT | None) -> None:
        self.definition = definition
        self.client = client

    def adopt(self, client: ClientT, definition: TaskDefinition) -> None:
        """Belong to an app from now on."""
        self.definition = definition
        self.client = client

    def app(self) -> ClientT:
        """The app; raises `TaskNotRegistered` when there is none yet."""
        if self.client is None:
            name = self.definition.name
            raise TaskNotRegistered(
                f"the task {name!r} belongs to no app yet; include its router first",
                name=name,
            )
        return self.client


class RegisteredTask(Generic[P, R, ClientT]):
    """A task of an app, in the place of its function, which is `func`.

    What the decorator was told can be read as attributes: `priority`, `max_time`, ...
    It looks like its function (`__name__`, `inspect.signature`), and is pickled as what
    it is: a name in a module.

    Args:
        place: Where it belongs.
        options: Submit options for its calls.
    """

    def __init__(
        self, place: Place[ClientT], options: SubmitOptions = NO_OPTIONS
    ) -> None:
        self._place = place
        self._options = options

    @classmethod
    def of(cls, definition: TaskDefinition, client: ClientT | None = None) -> Self:
        """The task object of a definition."""
        return cls(Place(definition, client))

    def dressed(self) -> Self:
        """The same, with the looks of its function."""
        looks: Any = self
        functools.update_wrapper(looks, self.func, updated=())
        self.__signature__ = self.definition.signature
        return self

    @property
    def definition(self) -> TaskDefinition:
        """What the decorator was told."""
        return self._place.definition

    @property
    def task_name(self) -> str:
        """The task's name."""
        return self._place.definition.name

    @property
    def func(self) -> Callable[..., Any]:
        """The function itself, to call it here and now."""
        return self._place.definition.func

    def options(self, **options: Any) -> Self:
        """The same task with submit options (see `SubmitOptions`) for its calls."""
        return type(self)(self._place, self._options.merged(**options))

    @property
    def client(self) -> ClientT | None:
        """The app; a router's task has none yet, and a shared one none of its own."""
        return self._place.client

    def adopt(self, client: ClientT, definition: TaskDefinition) -> None:
        """Belong to an app from now on, as the task of this definition."""
        self._place.adopt(client, definition)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_place" not in self.__dict__:
            raise AttributeError(name)
        try:
            return getattr(self.definition, name)
        except AttributeError:
            raise AttributeError(f"a task has no attribute {name!r}") from None

    def __reduce__(self) -> str:
        return self.func.__qualname__

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.task_name}>"

    def _app(self) -> ClientT:
        return self._place.app()

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TaskCall[R]:
        return call_of(self.definition, self._options, args, kwargs)


class AsyncTask(RegisteredTask[P, R, TaskClient]):
    """A task, seen from asynchronous code."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> "AsyncTaskCall[R]":
        """The task with these arguments, not submitted yet."""
        return AsyncTaskCall(self._app(), self._call(args, kwargs))

    async def add_task(self, *args: P.args, **kwargs: P.kwargs) -> TaskHandle[R]:
        """Submit the task with these arguments.

        For submit options in typed code, write `task(...).add_task(priority=1)` or
        `task.options(priority=1).add_task(...)`.
        """
        timeout, named = _parted_timeout(self.definition, kwargs)
        call = self._call(args, named)
        if timeout is None:
            return await self._app().submit_call(call)
        # As QTasks users write it; `None` when the time was over.
        return await self._app().run_call(call, timeout)  # type: ignore[return-value]


class SyncTask(RegisteredTask[P, R, SyncTaskClient]):
    """A task, seen from synchronous code."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> "SyncTaskCall[R]":
        """The task with these arguments, not submitted yet."""
        return SyncTaskCall(self._app(), self._call(args, kwargs))

    def add_task(self, *args: P.args, **kwargs: P.kwargs) -> SyncTaskHandle[R]:
        """Submit the task with these arguments.

        For submit options in typed code, write `task(...).add_task(priority=1)` or
        `task.options(priority=1).add_task(...)`.
        """
        timeout, named = _parted_timeout(self.definition, kwargs)
        call = self._call(args, named)
        if timeout is None:
            return self._app().submit_call(call)
        # As QTasks users write it; `None` when the time was over.
        return self._app().run_call(call, timeout)  # type: ignore[return-value]


class AsyncTaskCall(TaskCall[R]):
    """A call, seen from asynchronous code."""

    def __init__(self, client: TaskClient, call: TaskCall[R]) -> None:
        super().__init__(
            call.task_name, call.args, call.kwargs, call.options, call.definition
        )
        self._client = client

    @property
    def client(self) -> TaskClient:
        """The app."""
        return self._client

    async def add_task(
        self, *, timeout: float | None = None, **options: Any
    ) -> TaskHandle[R] | None:
        """Submit it; with a timeout, wait for its end (`None` if it did not come)."""
        call = self.with_options(**options)
        if timeout is None:
            return await self._client.submit_call(call)
        return await self._client.run_call(call, timeout)


class SyncTaskCall(TaskCall[R]):
    """A call, seen from synchronous code."""

    def __init__(self, client: SyncTaskClient, call: TaskCall[R]) -> None:
        super().__init__(
            call.task_name, call.args, call.kwargs, call.options, call.definition
        )
        self._client = client

    @property
    def client(self) -> SyncTaskClient:
        """The app."""
        return self._client

    def add_task(
        self, *, timeout: float | None = None, **options: Any
    ) -> SyncTaskHandle[R] | None:
        """Submit it; with a timeout, wait for its end (`None` if it did not come)."""
        call = self.with_options(**options)
        if timeout is None:
            return self._client.submit_call(call)
        return self._client.run_call(call, timeout)


class RunningTask:
    """The task object a running task gets as `self` with `echo`.

    Everything of the task, and `ctx`, the context of this attempt. `add_task` submits
    any task of the app by name.
    """

    def __init__(self, task: Any, app: Any, context: Context) -> None:
        self._task = task
        self._app = app
        self.ctx = context

    def add_task(self, task_name: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Submit a task of the app, with the arguments as they are now.

        In a coroutine it is under way when this returns: awaited, it gives the handle;
        else the attempt ends when it is stored, and fails when it can't be.
        """
        if inspect.iscoroutinefunction(self._app.add_task) and in_loop():
            args, kwargs = copy.deepcopy((args, kwargs))
            made = Submission(self._app.add_task(task_name, *args, **kwargs))
            self.ctx.submissions.append(made)
            return made
        return self._app.add_task(task_name, *args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """This task with these arguments, not submitted yet."""
        return self._task(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._task, name)


def _parted_timeout(
    definition: TaskDefinition, kwargs: dict[str, Any]
) -> tuple[float | None, dict[str, Any]]:
    if "timeout" not in kwargs or any(
        one.name == "timeout" for one in definition.parameters
    ):
        return None, kwargs
    named = dict(kwargs)
    return named.pop("timeout"), named
