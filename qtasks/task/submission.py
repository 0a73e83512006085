"""Submissions: what a running coroutine submits, awaited or not.

`self.add_task("subtask", 123)` is under way when it returns. Whoever awaits it gets the
handle; for the others the attempt waits before it ends.
"""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class Submission(Coroutine[Any, Any, Any]):
    """A submit under way: awaited, or given to a task group, it gives the handle.

    Args:
        submit: What submits; started at once.
    """

    def __init__(self, submit: Coroutine[Any, Any, Any]) -> None:
        self._task = asyncio.get_running_loop().create_task(submit)
        self._steps: Generator[Any, Any, Any] | None = None
        self.looked_at = False
        """Whether somebody gets its error."""

    def __await__(self) -> Generator[Any, Any, Any]:
        self.looked_at = True
        return self._task.__await__()

    def send(self, value: Any) -> Any:
        """Go on waiting, as part of a task."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        """Be told of an error, as part of a task."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self) -> None:
        """Let go of it: the submit goes on."""

    async def end(self) -> Exception | None:
        """Wait for its end; the error nobody has got."""
        await asyncio.wait([self._task])
        if self._task.cancelled() or self._task.exception() is None or self.looked_at:
            return None
        error = self._task.exception()
        return error if isinstance(error, Exception) else None


async def all_submitted(submissions: list[Submission]) -> None:
    """Wait for what was submitted and not awaited; raises the first error."""
    errors = [await one.end() for one in submissions]
    for error in errors:
        if error is not None:
            raise error
