"""Decorators as type checkers see them: functions in, task objects out.

What a task returns is what its function does, without the coroutine or generator around
it. Python can't say this once for `AsyncTask` and `SyncTask`, so it stands here twice.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from qtasks.task.registered import AsyncTask, SyncTask

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")


class AsyncTaskDecorator(Protocol):
    """Turns a function into a task; the type of its result is kept."""

    @overload
    def __call__(
        self,
        func: Callable[P, Coroutine[Any, Any, R]] | Callable[P, Generator[Any, Any, R]],
        /,
    ) -> AsyncTask[P, R]: ...

    @overload
    def __call__(
        self, func: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> AsyncTask[P, list[Y]]: ...

    @overload
    def __call__(self, func: Callable[P, R], /) -> AsyncTask[P, R]: ...


class SyncTaskDecorator(Protocol):
    """Turns a function into a task; the type of its result is kept."""

    @overload
    def __call__(
        self,
        func: Callable[P, Coroutine[Any, Any, R]] | Callable[P, Generator[Any, Any, R]],
        /,
    ) -> SyncTask[P, R]: ...

    @overload
    def __call__(
        self, func: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> SyncTask[P, list[Y]]: ...

    @overload
    def __call__(self, func: Callable[P, R], /) -> SyncTask[P, R]: ...


class SharedTaskDecorator(Protocol):
    """Turns a coroutine function into an `AsyncTask`, any other into a `SyncTask`."""

    # A function whose type is not known may be either: it is taken for the first.

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, func: Callable[P, Coroutine[Any, Any, R]], /
    ) -> AsyncTask[P, R]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, func: Callable[P, AsyncGenerator[Y, Any]], /
    ) -> AsyncTask[P, list[Y]]: ...

    @overload
    def __call__(
        self, func: Callable[P, Generator[Any, Any, R]], /
    ) -> SyncTask[P, R]: ...

    @overload
    def __call__(self, func: Callable[P, R], /) -> SyncTask[P, R]: ...
