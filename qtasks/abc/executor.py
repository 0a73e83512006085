"""The executor contract: where and how a task's function runs.

The worker decides what runs and when, and reports how it ended; an executor runs one
attempt at a time from start to end, for many at once.
"""

import asyncio
from abc import ABC, abstractmethod
from asyncio import AbstractEventLoop
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

from qtasks.context import Ask, Context
from qtasks.task import TaskDefinition


class Job(Protocol):
    """One attempt, as an executor sees it."""

    @property
    def definition(self) -> TaskDefinition:
        """The task."""

    @property
    def args(self) -> list[Any]:
        """Its arguments, with the task object of `echo` in front."""

    @property
    def kwargs(self) -> dict[str, Any]:
        """Its named arguments."""

    @property
    def context(self) -> Context:
        """What the running task sees."""

    @property
    def stopped(self) -> bool:
        """Whether the attempt was told to stop."""

    def emit(self, value: Any) -> int:
        """Send out a value; its size in bytes. Any thread.

        Raises:
            Unserializable: the value has no form to travel in.
            PayloadTooLarge: the value is larger than an event may be.
        """

    @property
    def crowded(self) -> bool:
        """Whether more is sent out than the wire takes: wait before the next value."""

    async def room(self) -> None:
        """Wait, in the worker's loop, until it is crowded no more."""

    def wait_for_room(self) -> None:
        """Wait, in a thread, until it is crowded no more."""

    async def ask(self, ask: Ask) -> Any:
        """Ask, in the worker's loop, and wait for the answer; raises `AskTimeout`."""

    def wait_for_answer(self, ask: Ask) -> Any:
        """Ask, in a thread, and wait for the answer; raises `AskTimeout`."""

    @property
    def max_result(self) -> int:
        """The largest result in bytes."""


class Executor(ABC):
    """Runs attempts; entered in the worker's loop before the first one."""

    interruptible: ClassVar[bool]
    """Whether cancelling `run` ends the attempt. Else the task is only told, through
    its context, and `run` returns when the function does."""

    async def __aenter__(self) -> Self:
        """Get ready."""
        return self

    async def __aexit__(  # noqa: B027  # not every executor has something to let go
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of what runs attempts."""

    @abstractmethod
    async def run(self, job: Job) -> Any:
        """Run an attempt; what the task returned, or what it raised."""

    def resize(self, most: int) -> None:  # noqa: B027  # not every executor counts
        """Have room for so many attempts at once from now on; in the worker's loop."""

    async def host(self, job: Job, pipeline: Callable[[], Any]) -> Any:  # noqa: ARG002
        """Run what surrounds the function of an attempt, and calls it itself.

        Only threads do; what surrounds other functions runs in the loop.
        """
        return pipeline()

    def run_hosted(self, job: Job, loop: AbstractEventLoop) -> Any:
        """Run the function of an attempt from inside `host`.

        Args:
            job: The attempt.
            loop: The worker's.
        """
        return asyncio.run_coroutine_threadsafe(self.run(job), loop).result()
