"""The client: the app of this process, in one event loop for the whole run.

gRPC's asyncio remembers each loop it has seen: in a process with a second loop it calls the
first one, which is closed, and complains.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from qtasks import loops
from tests.benchmarks.app import app, noop
from tests.benchmarks.profiling import profiled

R = TypeVar("R")

PATIENCE = 120.0
"""Seconds within which whatever is waited for must have happened."""


class Client:
    """Runs coroutine functions with the app open."""

    profile_into: Path | None = None
    """Where the profile of what runs is written; none: it is not profiled."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=loops.loop_factory())

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.__exit__(exc_type, exc, traceback)

    def run(self, function: Callable[..., Coroutine[Any, Any, R]], *args: Any) -> R:
        """Run a coroutine function to its end."""

        async def with_app() -> R:
            async with app:
                return await function(*args)

        with ExitStack() as stack:
            if self.profile_into is not None:
                stack.enter_context(profiled(self.profile_into))
            return self._runner.run(with_app())

    def warm_up(self, count: int = 500) -> None:
        """Run some tasks, so that everything is connected, loaded and cached."""
        self.run(_bring_through, count)


async def _bring_through(count: int) -> None:
    handles = await app.add_tasks(noop(number) for number in range(count))
    for handle in handles:
        assert await handle.result(PATIENCE) is not None
