"""Colours: one piece of code for functions that are awaited and functions that are not.

What runs around a task (its executor, middlewares, plugins, dependencies) is written
once, as coroutines. For a task in the worker's loop they are awaited. For a task in a
thread they are driven there: nothing in them waits in a loop, and a user's coroutine
function is run in the worker's loop while the thread waits for it.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Literal, TypeVar

import anyio.from_thread
import anyio.to_thread

T = TypeVar("T")
Colour = Literal["sync", "async"]


def in_loop() -> bool:
    """Whether an event loop runs here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def is_coroutine_function(func: Any) -> bool:
    """Whether calling it makes something to await; looks through partials and objects."""
    while isinstance(func, partial):
        func = func.func
    func = inspect.unwrap(func) if callable(func) else func
    if inspect.iscoroutinefunction(func):
        return True
    call = getattr(type(func), "__call__", None)  # noqa: B004  # which one, not whether
    return inspect.iscoroutinefunction(call)


async def called(
    func: Callable[..., Any], /, *args: Any, offload: bool = False, **kwargs: Any
) -> Any:
    """What a function of either colour returns, wherever this runs.

    Args:
        func: Any callable.
        *args: Its arguments.
        offload: In a loop, have a plain function run in a thread, for code that may
            block.
        **kwargs: Its named arguments.
    """
    if not in_loop():
        value = func(*args, **kwargs)
        return _waited_for(value) if _waits(value) else value
    if offload and not is_coroutine_function(func):
        return await anyio.to_thread.run_sync(partial(func, *args, **kwargs))
    value = func(*args, **kwargs)
    return await value if _waits(value) else value


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run in this thread what is written as a coroutine but waits in no loop.

    Raises:
        RuntimeError: it does wait for something.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    coroutine.close()
    raise RuntimeError("code for a thread waited for something of an event loop")


def _waits(value: Any) -> bool:
    return inspect.isawaitable(value)


def _waited_for(value: Awaitable[T]) -> T:
    """What comes of something to await, in a thread without a loop."""
    begun = False

    async def awaited() -> T:
        nonlocal begun
        begun = True
        return await value

    try:
        # In a thread of the worker: its loop runs what has to be awaited.
        return anyio.from_thread.run(awaited)
    except RuntimeError:
        if begun:
            raise
    # In a thread that somebody else started, for example a test's: a loop of its own.
    return asyncio.run(awaited())
