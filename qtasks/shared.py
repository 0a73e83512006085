"""Shared tasks: registered outside any app, for libraries and modules that many use.

Every app of the program has them, whether their module was imported before the app was
made or after; a worker serves those that were imported when it started. A name that an
app has already is refused where the second task is decorated.

The object a shared task is submitted through has no app of its own. It finds one when it
is used: inside a running task the app that runs it, else the app that was made last (see
`get_app`). With several apps, name the one that is meant: `app.tasks["report"]` is the
same task of that very app, and `app.add_task("report")` submits it there.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import (
    Any,
    Literal,
    ParamSpec,
    Protocol,
    TypeVar,
    overload,
    runtime_checkable,
)

from qtasks.abc.task_executor import check_around
from qtasks.context import CURRENT
from qtasks.errors import InvalidField, NoApp
from qtasks.task import AsyncTask, SyncTask, TaskDefinition
from qtasks.task.branch import Branch
from qtasks.task.declaration import definition_of, parted
from qtasks.task.decorators import AsyncTaskDecorator, SharedTaskDecorator
from qtasks.task.registered import Place

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")

SHARED = Branch()
"""The shared tasks."""


@runtime_checkable
class App(Protocol):
    """An app of either kind, as far as shared tasks need one."""

    branch: Branch

    @property
    def asyncio(self) -> Any:
        """The app for code in an event loop."""

    @property
    def blocking(self) -> Any:
        """The app for code without one."""


class _Apps:
    """The app that was made last."""

    last: App | None = None


def announce(app: App) -> None:
    """Give a new app the shared tasks: those there are, and those there will be."""
    app.branch.include(SHARED)
    _Apps.last = app


def get_app() -> Any:
    """The app that shared tasks belong to here.

    Inside a running task that is the app that runs it, else the one made last.

    Raises:
        NoApp: no app was made yet.
    """
    context = CURRENT.get(None)
    running = None if context is None else context.app
    app = running or _Apps.last
    if app is None:
        raise NoApp
    return app


class _Anywhere(Place[Any]):
    """The place of a shared task: where it is used.

    Args:
        definition: The task.
        colour: The attribute of apps with the calls its object makes.
    """

    def __init__(
        self, definition: TaskDefinition, colour: Literal["asyncio", "blocking"]
    ) -> None:
        super().__init__(definition, None)
        self._colour = colour

    def app(self) -> Any:
        """The app it is used in; raises `NoApp` when there is none yet."""
        return getattr(get_app(), self._colour)

    def adopt(self, client: Any, definition: TaskDefinition) -> None:
        """Stay shared: each app has an object of its own."""


@overload
def shared_task(  # type: ignore[overload-overlap]
    name: Callable[P, Coroutine[Any, Any, R]], /
) -> AsyncTask[P, R]: ...


@overload
def shared_task(  # type: ignore[overload-overlap]
    name: Callable[P, AsyncGenerator[Y, Any]], /
) -> AsyncTask[P, list[Y]]: ...


@overload
def shared_task(name: Callable[P, Generator[Any, Any, R]], /) -> SyncTask[P, R]: ...


@overload
def shared_task(
    name: str | None = None, *, awaiting: Literal[True], **options: Any
) -> AsyncTaskDecorator: ...


@overload
def shared_task(
    name: str | None = None, *, awaiting: bool | None = None, **options: Any
) -> SharedTaskDecorator: ...


@overload
def shared_task(name: Callable[P, R], /) -> SyncTask[P, R]: ...


def shared_task(
    name: Any = None, *, awaiting: bool | None = None, **options: Any
) -> Any:
    """Register a function as a task of every app, with or without parentheses.

    What stands for the task afterwards is an `AsyncTask` for a coroutine function, whose
    `add_task` is awaited, else a `SyncTask`, whose `add_task` blocks. Either works with
    apps of both kinds.

    Args:
        name: The task's name; the function's own if none is given.
        awaiting: `True`: an `AsyncTask` in any case, `False`: a `SyncTask`. Where the
            function runs does not change: a plain one runs in a thread, since it would
            hold up everything else in the event loop.
        **options: Those of `app.task`; what is unknown is kept in `extra`.

    Raises:
        DuplicateTask: there is a shared task of this name, or an app has one.
        InvalidField: an option has a value it can't have.
    """
    if awaiting is not None and not isinstance(awaiting, bool):
        raise InvalidField(
            f"awaiting must be True or False, not {awaiting!r}", field="awaiting"
        )
    parts = parted(options)
    if callable(name):
        return _registered(definition_of(name, None, **parts), awaiting)
    return lambda func: _registered(definition_of(func, name, **parts), awaiting)


def _registered(
    definition: TaskDefinition,
    awaiting: bool | None,  # noqa: FBT001  # as the user said
) -> AsyncTask[..., Any] | SyncTask[..., Any]:
    check_around(definition)
    face: AsyncTask[..., Any] | SyncTask[..., Any]
    if definition.awaiting if awaiting is None else awaiting:
        face = AsyncTask(_Anywhere(definition, "asyncio"))
    else:
        face = SyncTask(_Anywhere(definition, "blocking"))
    SHARED.add(face.dressed(), definition)
    return face
