"""Routers: tasks that are registered apart from an app, and included in one later.

An app is a router itself: what decorates and registers stands here once.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from qtasks.task import (
    AsyncTask,
    Backoff,
    RegisteredTask,
    Seconds,
    SyncTask,
    TaskRegistry,
)
from qtasks.task.declaration import definition_of

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
FaceT = TypeVar("FaceT", bound=RegisteredTask[..., Any, Any])


class AsyncTaskDecorator(Protocol):
    """Turns a function into a task; the type of its result is kept."""

    @overload
    def __call__(
        self, func: Callable[P, Coroutine[Any, Any, R]], /
    ) -> AsyncTask[P, R]: ...

    @overload
    def __call__(
        self, func: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> AsyncTask[P, list[Y]]: ...

    @overload
    def __call__(
        self, func: Callable[P, Generator[Any, Any, R]], /
    ) -> AsyncTask[P, R]: ...

    @overload
    def __call__(self, func: Callable[P, R], /) -> AsyncTask[P, R]: ...


class SyncTaskDecorator(Protocol):
    """Turns a function into a task; the type of its result is kept."""

    @overload
    def __call__(
        self, func: Callable[P, Coroutine[Any, Any, R]], /
    ) -> SyncTask[P, R]: ...

    @overload
    def __call__(
        self, func: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> SyncTask[P, list[Y]]: ...

    @overload
    def __call__(
        self, func: Callable[P, Generator[Any, Any, R]], /
    ) -> SyncTask[P, R]: ...

    @overload
    def __call__(self, func: Callable[P, R], /) -> SyncTask[P, R]: ...


class _Router(Generic[FaceT]):
    """Registers tasks and keeps the objects that stand for them."""

    _face: type[FaceT]

    def __init__(self) -> None:
        self.registry = TaskRegistry()
        self.faces: dict[str, FaceT] = {}
        """The task objects, by name."""

    def _client(self) -> Any:
        """Whom task objects submit through; a router's have nobody yet."""
        return None

    def _decorator(
        self, name: str | None, options: dict[str, Any]
    ) -> Callable[[Callable[..., Any]], FaceT]:
        def register(func: Callable[..., Any]) -> FaceT:
            definition = definition_of(func, name, **options)
            self.registry.add(definition)
            face = self._face(definition, self._client())
            self.faces[definition.name] = face
            return face

        return register

    def _include(self, router: "_Router[FaceT]") -> None:
        for definition in router.registry:
            self.registry.add(definition)
            face = router.faces[definition.name]
            self.faces[definition.name] = face
            if (client := self._client()) is not None:
                face.adopt(client)


class AsyncRouter(_Router[AsyncTask[..., Any]]):
    """Tasks for asynchronous apps, registered apart from one."""

    _face = AsyncTask

    @overload
    def task(self, name: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncTask[P, R]: ...

    @overload
    def task(
        self, name: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> AsyncTask[P, list[Y]]: ...

    @overload
    def task(self, name: Callable[P, Generator[Any, Any, R]], /) -> AsyncTask[P, R]: ...

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
        retry_on_exc: Sequence[type[BaseException]] | None = None,
        retry_backoff: Backoff | Seconds | None = None,
        keep_result: Seconds | None = None,
        decode: Callable[[Any], Any] | None = None,
        tags: Sequence[str] | None = None,
        description: str | None = None,
        generate_handler: Callable[[Any], Any] | None = None,
        executor: Any = None,
        middlewares_before: Sequence[Any] | None = None,
        middlewares_after: Sequence[Any] | None = None,
        **extra: Any,
    ) -> AsyncTaskDecorator: ...

    @overload
    def task(self, name: Callable[P, R], /) -> AsyncTask[P, R]: ...

    def task(self, name: Any = None, **options: Any) -> Any:
        """Register a function as a task, with or without parentheses.

        Args:
            name: The task's name; the function's own if none is given.
            **options: See `TaskDefinition`; what is unknown is kept in `extra`.

        Raises:
            DuplicateTask: there is a task of this name.
        """
        return _task(self._decorator, name, options)


class SyncRouter(_Router[SyncTask[..., Any]]):
    """Tasks for synchronous apps, registered apart from one."""

    _face = SyncTask

    @overload
    def task(self, name: Callable[P, Coroutine[Any, Any, R]], /) -> SyncTask[P, R]: ...

    @overload
    def task(
        self, name: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> SyncTask[P, list[Y]]: ...

    @overload
    def task(self, name: Callable[P, Generator[Any, Any, R]], /) -> SyncTask[P, R]: ...

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
        retry_on_exc: Sequence[type[BaseException]] | None = None,
        retry_backoff: Backoff | Seconds | None = None,
        keep_result: Seconds | None = None,
        decode: Callable[[Any], Any] | None = None,
        tags: Sequence[str] | None = None,
        description: str | None = None,
        generate_handler: Callable[[Any], Any] | None = None,
        executor: Any = None,
        middlewares_before: Sequence[Any] | None = None,
        middlewares_after: Sequence[Any] | None = None,
        **extra: Any,
    ) -> SyncTaskDecorator: ...

    @overload
    def task(self, name: Callable[P, R], /) -> SyncTask[P, R]: ...

    def task(self, name: Any = None, **options: Any) -> Any:
        """Register a function as a task, with or without parentheses.

        Args:
            name: The task's name; the function's own if none is given.
            **options: See `TaskDefinition`; what is unknown is kept in `extra`.

        Raises:
            DuplicateTask: there is a task of this name.
        """
        return _task(self._decorator, name, options)


OPTIONS = frozenset(
    {
        "priority",
        "queue",
        "echo",
        "max_time",
        "retry",
        "retry_on_exc",
        "retry_backoff",
        "keep_result",
        "decode",
        "tags",
        "description",
        "generate_handler",
        "executor",
        "middlewares_before",
        "middlewares_after",
    }
)


def _task(
    decorator: Callable[[str | None, dict[str, Any]], Callable[[Any], Any]],
    name: Any,
    options: dict[str, Any],
) -> Any:
    known = {key: value for key, value in options.items() if key in OPTIONS}
    extra = {key: value for key, value in options.items() if key not in OPTIONS}
    if name is None or isinstance(name, str):
        return decorator(name, {**known, "extra": extra})
    return decorator(None, {**known, "extra": extra})(name)
