"""Event loops: asyncio, on uvloop where it is installed."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

R = TypeVar("R")


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes a new loop; `None` means asyncio's own."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run(function: Callable[..., Awaitable[R]], *args: object, **kwargs: Any) -> R:
    """Run an async function in a new loop of this thread, to its end."""

    async def call() -> R:
        return await function(*args, **kwargs)

    return anyio.run(call, backend_options={"loop_factory": loop_factory()})
