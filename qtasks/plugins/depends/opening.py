"""Opening: from a dependency's function of whatever kind to a value that can be closed."""

import contextlib
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from qtasks.colours import called


class Opened:
    """A value, and the context manager that closes it, if there is one."""

    __slots__ = ("_context", "value")

    def __init__(self, value: Any, context: Any = None) -> None:
        self.value = value
        self._context = context

    async def close(self, error: BaseException | None) -> None:
        """Close it, with what went wrong where it was used.

        Raises whatever closing raises, unless that is the same error.
        """
        if self._context is None:
            return
        leave = _method(self._context, "exit")
        trace = None if error is None else error.__traceback__
        kind = None if error is None else type(error)
        try:
            await called(leave, kind, error, trace, offload=True)
        except BaseException as raised:
            if raised is not error:
                raise


async def opened(func: Callable[..., Any], needs: dict[str, Any]) -> Opened:
    """Call a dependency's function with what it needs, and enter what it returns."""
    manager = _as_context_manager(func)
    if manager is None:
        return Opened(await called(func, offload=True, **needs))
    context = await called(manager, **needs)
    value = await called(_method(context, "enter"), offload=True)
    return Opened(value, context)


def _as_context_manager(func: Callable[..., Any]) -> Callable[..., Any] | None:
    """What makes a context manager of it; `None` for a function that returns a value.

    An object that merely could be entered is a value: whoever returns a connection or a
    lock decides about that alone.
    """
    target = _called_function(func)
    if inspect.isasyncgenfunction(target):
        return contextlib.asynccontextmanager(func)
    if inspect.isgeneratorfunction(target):
        return contextlib.contextmanager(func)
    made = inspect.unwrap(target)
    if inspect.isgeneratorfunction(made) or inspect.isasyncgenfunction(made):
        return func  # made by contextlib
    is_class = inspect.isclass(target)
    if is_class and (hasattr(target, "__aenter__") or hasattr(target, "__enter__")):
        return func
    return None


def _called_function(func: Any) -> Any:
    """The function behind partials and objects that are called."""
    while isinstance(func, partial):
        func = func.func
    if inspect.isroutine(func) or inspect.isclass(func):
        return func
    return func.__call__


def _method(context: Any, name: str) -> Callable[..., Any]:
    method = getattr(context, f"__a{name}__", None) or getattr(context, f"__{name}__")
    found: Callable[..., Any] = method
    return found
