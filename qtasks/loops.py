"""Event loops: asyncio, on uvloop where it is installed."""

import asyncio
import gc
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


def collect_seldom() -> None:
    """Have the garbage collector look less often; for processes that are qtasks alone.

    Call it once everything is imported and started: what there is then stays for good and
    is never looked at again. Tasks and messages are freed by reference counting, and with
    Python's own thresholds the collector walked over all that are under way every 700
    allocations: 9 % of a loaded broker's CPU, 22 % of a worker's. It is 1.5 % and 9 %
    with these. Cycles of user code are still found, a little later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
