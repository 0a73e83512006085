"""Routers: tasks that are registered apart from an app, and included in one.

An app is a router itself: what decorates and registers stands here once. A router stays
connected to what included it: a task that is added later is seen there at once, and a
name that is taken anywhere above is refused where the second task is decorated.
"""

import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar, overload

from qtasks.abc.task_executor import check_around
from qtasks.errors import InvalidField, UnknownComponent, WrongColour, WrongComponent
from qtasks.task import AsyncTask, RegisteredTask, Seconds, SyncTask, Waits
from qtasks.task.branch import Branch
from qtasks.task.declaration import OPTIONS, definition_of, parted
from qtasks.task.decorators import AsyncTaskDecorator, SyncTaskDecorator
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import BasePlugin, OfTasks, Plugins

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
FaceT = TypeVar("FaceT", bound=RegisteredTask[..., Any, Any])
DecoratorT = TypeVar("DecoratorT")


@dataclass(frozen=True, slots=True)
class Guest:
    """A plugin that takes part for the tasks of one router."""

    plugin: BasePlugin
    trigger_names: Sequence[str] | None
    component: str
    branch: Branch


class Router(Generic[FaceT, DecoratorT]):
    """Registers tasks and keeps the objects that stand for them.

    Args:
        prefix: Goes before the names of its tasks, and of those of routers it includes:
            `AsyncRouter("mail")` registers `send` as `mail.send`.
        **defaults: Options for tasks decorated here that do not say otherwise.

    Raises:
        InvalidField: a default is no option of tasks.
    """

    face: type[FaceT]
    """The kind of task objects it has."""

    def __init__(self, prefix: str = "", **defaults: Any) -> None:
        self.branch = Branch(prefix, self._own_face)
        """Its tasks, and what it is included in."""
        self.registry = self.branch.registry
        self.routers: list[Router[FaceT, DecoratorT]] = []
        """Those it includes."""
        self.outer: weakref.WeakSet[Router[FaceT, DecoratorT]] = weakref.WeakSet()
        """Those that include it."""
        self.guests: list[Guest] = []
        """The plugins for its tasks, and for those of routers it includes."""
        self._mine: dict[tuple[int, int], OfTasks] = {}
        # The same for the same plugin of a router: it is started once.
        self._defaults = _checked_defaults(defaults)

    @property
    def tasks(self) -> dict[str, FaceT]:
        """The task objects, by name."""
        faces: dict[str, FaceT] = self.branch.faces  # type: ignore[assignment]
        return faces

    # -- decorating -----------------------------------------------------------------------

    @overload
    def task(
        self: "Router[Any, AsyncTaskDecorator]",
        name: Callable[P, Coroutine[Any, Any, R]] | Callable[P, Generator[Any, Any, R]],
        /,
    ) -> AsyncTask[P, R]: ...

    @overload
    def task(
        self: "Router[Any, AsyncTaskDecorator]",
        name: Callable[P, AsyncGenerator[Y, Any]],
        /,
    ) -> AsyncTask[P, list[Y]]: ...

    @overload
    def task(
        self: "Router[Any, SyncTaskDecorator]",
        name: Callable[P, Coroutine[Any, Any, R]] | Callable[P, Generator[Any, Any, R]],
        /,
    ) -> SyncTask[P, R]: ...

    @overload
    def task(
        self: "Router[Any, SyncTaskDecorator]",
        name: Callable[P, AsyncGenerator[Y, Any]],
        /,
    ) -> SyncTask[P, list[Y]]: ...

    @overload
    def task(
        self,
        name: str | None = None,
        *,
        priority: int | None = None,
        queue: str | None = None,
        echo: bool = False,
        max_time: Seconds | None = None,
        retry: int | None = None,
        retry_on_exc: Sequence[type[BaseException]] | type[BaseException] | None = None,
        retry_backoff: Waits | None = None,
        keep_result: Seconds | None = None,
        decode: Callable[[Any], Any] | None = None,
        tags: Sequence[str] | None = None,
        description: str | None = None,
        generate_handler: Callable[[Any], Any] | None = None,
        executor: Any = None,
        middlewares_before: Sequence[Any] | None = None,
        middlewares_after: Sequence[Any] | None = None,
        **extra: Any,
    ) -> DecoratorT: ...

    @overload
    def task(
        self: "Router[Any, AsyncTaskDecorator]", name: Callable[P, R], /
    ) -> AsyncTask[P, R]: ...

    @overload
    def task(
        self: "Router[Any, SyncTaskDecorator]", name: Callable[P, R], /
    ) -> SyncTask[P, R]: ...

    def task(self, name: Any = None, **options: Any) -> Any:
        """Register a function as a task, with or without parentheses.

        Args:
            name: The task's name; the function's own if none is given.
            **options: See `TaskDefinition`; what is unknown is kept in `extra`.

        Raises:
            DuplicateTask: there is a task of this name.
            InvalidField: an option has a value it can't have.
        """
        options = parted({**self._defaults, **options})
        if callable(name):
            return self._register(name, None, options)
        return lambda func: self._register(func, name, options)

    def _register(
        self, func: Callable[..., Any], name: str | None, options: dict[str, Any]
    ) -> FaceT:
        definition = self.branch.named(definition_of(func, name, **options))
        check_around(definition)
        face = self.face.of(definition, self._client()).dressed()
        self.branch.add(face, definition)
        return face

    # -- including ------------------------------------------------------------------------

    def include_router(self, router: "Router[FaceT, DecoratorT]") -> None:
        """Have the tasks of a router too: those it has, and those it will have.

        Raises:
            DuplicateTask: a name is taken, or the router was included before.
            WrongColour: it is one for apps of the other kind.
            WrongComponent: it is no router, or this one.
        """
        _check_router(router, self.face)
        self.branch.include(router.branch)
        self.routers.append(router)
        router.outer.add(self)
        for one in router.guests:
            self.take_guest(one)

    # -- plugins --------------------------------------------------------------------------

    def add_plugin(
        self,
        plugin: BasePlugin,
        trigger_names: Sequence[str] | None = None,
        component: str | None = None,
    ) -> None:
        """Let a plugin take part for the tasks of this router, and no others.

        Args:
            plugin: The plugin.
            trigger_names: Where; none means everywhere in the component.
            component: `worker`, where tasks run, if none is given; or `app`, where they
                are submitted.

        Raises:
            UnknownComponent: it is another component.
            UnknownTrigger: the component has no such trigger.
            WrongColour: the plugin is made for the other kind of app. Told when an app
                includes the router.
        """
        component = component or "worker"
        if component not in ("worker", "app"):
            raise UnknownComponent(
                f"plugins of a router take part in 'worker' or 'app', not in "
                f"{component!r}; add it to the app instead"
            )
        Plugins(component).add(plugin, trigger_names)  # so that mistakes are told here
        self.take_guest(Guest(plugin, trigger_names, component, self.branch))

    def take_guest(self, guest: "Guest") -> None:
        """Have a plugin of a router: an app asks it, a router passes it on."""
        self.guests.append(guest)
        if self._client() is not None:
            component = None if guest.component == "app" else guest.component
            mine = self._mine.setdefault(
                (id(guest.plugin), id(guest.branch)),
                OfTasks(guest.plugin, self._is_of(guest)),
            )
            self.add_plugin(mine, guest.trigger_names, component)
        for router in self.outer:
            router.take_guest(guest)

    def _is_of(self, guest: "Guest") -> Callable[[str], bool]:
        def is_of(name: str) -> bool:
            definition = self.registry.find(name)
            return definition is not None and guest.branch.has(definition)

        return is_of

    # -- objects --------------------------------------------------------------------------

    def _own_face(self, face: Any, definition: TaskDefinition) -> Any:
        """The task object that stands for a task here.

        An app has one of its own for each task of a router, since the router may be in
        other apps too. The one in the place of the function goes with the app that
        included it last.
        """
        client = self._client()
        own = face.client is client and face.definition is definition
        if client is None or own:
            return face
        face.adopt(client, definition)
        return self.face.of(definition, client).dressed()

    def _client(self) -> Any:
        """Whom task objects submit through; a router's have nobody yet."""
        return None


def _check_router(router: Any, face: type[RegisteredTask[..., Any, Any]]) -> None:
    if not isinstance(router, AsyncRouter | SyncRouter) or hasattr(router, "broker"):
        raise WrongComponent(
            f"include_router takes an AsyncRouter or a SyncRouter, not {router!r}"
        )
    if router.face is not face:
        raise WrongColour(
            f"a {type(router).__name__} makes {router.face.__name__} objects, and here "
            f"they must be {face.__name__}: sync apps include a SyncRouter, async apps "
            "an AsyncRouter"
        )


def _checked_defaults(defaults: dict[str, Any]) -> dict[str, Any]:
    unknown = parted(defaults)["extra"]
    if unknown:
        raise InvalidField(
            f"{sorted(unknown)} are no options of tasks; there are {sorted(OPTIONS)}",
            field=min(unknown),
        )
    return defaults


class AsyncRouter(Router[AsyncTask[..., Any], AsyncTaskDecorator]):
    """Tasks for asynchronous apps, registered apart from one."""

    face = AsyncTask


class SyncRouter(Router[SyncTask[..., Any], SyncTaskDecorator]):
    """Tasks for synchronous apps, registered apart from one."""

    face = SyncTask
