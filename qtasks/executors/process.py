"""Processes: for functions that must be isolated, or ended by force.

Each attempt has a process to itself, which is used again for the next one. What crosses
the pipe between the two is trusted as the worker itself: both run the same app.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from types import TracebackType
from typing import Any, ClassVar, Self

import anyio
import anyio.lowlevel
import anyio.to_thread

from qtasks.abc.executor import Executor, Job
from qtasks.context import Ask
from qtasks.errors import AskTimeout, TaskProcessDied, Unserializable
from qtasks.executors.child import Answer, JobFacts, Message, Outcome, child_main

END_TIMEOUT = 1.0
"""Seconds an idle process may take to end before it is killed."""


@dataclass(eq=False, slots=True)
class _Child:
    """A process and this end of its pipe."""

    process: SpawnProcess
    pipe: Connection
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Two threads that wait for one process get in each other's way."""
    ended: bool = False

    def obituary(self) -> str:
        """What is known of its end."""
        with self.lock:
            if self.ended:
                return ""
            self.process.join(END_TIMEOUT)
            return f"the process of the task ended with code {self.process.exitcode}"

    def end(self) -> None:
        """See it end, by force if need be."""
        with self.lock:
            self.ended = True
            self.pipe.close()
            self.process.join(END_TIMEOUT)
            if self.process.is_alive():
                kill_with_descendants(self.process)
                self.process.join()
            self.process.close()


def kill_with_descendants(process: SpawnProcess) -> None:
    """Kill a process that has not been waited for, and what it started."""
    assert process.pid is not None  # noqa: S101  # it was started
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):
        process.kill()  # no groups on this system, or not yet one of its own


class ProcessExecutor(Executor):
    """Functions in spawned processes, which are killed when their task must stop.

    Args:
        processes: How many there may be.
    """

    interruptible: ClassVar[bool] = True

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._context = multiprocessing.get_context("spawn")
        self._idle: deque[_Child] = deque()
        self._limiter: anyio.CapacityLimiter | None = None

    async def __aenter__(self) -> Self:
        self._limiter = anyio.CapacityLimiter(self._processes)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        async with anyio.create_task_group() as tasks:
            while self._idle:
                tasks.start_soon(anyio.to_thread.run_sync, self._idle.pop().end)

    def resize(self, most: int) -> None:
        """Have so many processes from now on."""
        if self._limiter is not None:
            self._limiter.total_tokens = most

    async def run(self, job: Job) -> Any:
        """Run an attempt."""
        facts = _packed(job)
        child = await self._take()
        try:
            outcome = await anyio.to_thread.run_sync(
                partial(_converse, child, job, facts),
                limiter=self._limiter,
                abandon_on_cancel=True,
            )
        except BaseException:
            # Told to stop, or nothing sensible can be expected of it any more. The
            # attempt is over when its process is gone.
            kill_with_descendants(child.process)
            await anyio.to_thread.run_sync(child.end)
            raise
        self._idle.append(child)
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    async def _take(self) -> _Child:
        """An idle process; a new one if need be."""
        while True:
            while self._idle:
                child = self._idle.pop()
                if child.process.is_alive():
                    return child
                await anyio.to_thread.run_sync(child.end)
            # Comes to the idle ones, so that none is lost when the wait is cancelled.
            await anyio.to_thread.run_sync(self._spawn)
            await anyio.lowlevel.checkpoint_if_cancelled()

    def _spawn(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=child_main, args=(theirs,), name="qtasks-executor", daemon=True
        )
        process.start()
        theirs.close()
        child = _Child(process, ours)
        try:
            # Only what is ready is killed with its task: else a task whose time is
            # shorter than a start would never find a process.
            ours.recv()
        except (EOFError, OSError):
            obituary = child.obituary()
            child.end()
            raise TaskProcessDied(obituary) from None
        self._idle.append(child)


def _converse(child: _Child, job: Job, facts: bytes) -> Outcome:
    """Have a child run an attempt; pass on what it says until it is done."""
    try:
        child.pipe.send_bytes(facts)
        while True:
            message = child.pipe.recv()
            if isinstance(message, Outcome):
                return message
            answer = _pass_on(message, job)
            if answer is not None:
                child.pipe.send(answer)
    except (EOFError, OSError):
        raise TaskProcessDied(child.obituary()) from None


def _packed(job: Job) -> bytes:
    """An attempt as it is sent to a child."""
    try:
        return bytes(ForkingPickler.dumps(JobFacts.of(job)))
    except Exception as error:
        raise Unserializable(
            f"an argument of {job.definition.name!r} can't be sent to the process it runs "
            f"in ({error}); what middlewares, plugins and dependencies give such a task "
            "must be picklable, or run it with executor='thread'"
        ) from error


def _pass_on(message: Message, job: Job) -> Answer | None:
    """Pass on what a running task says; the answer if it asks."""
    if message.kind == "yield":
        job.emit(message.value)
        if job.crowded:
            job.wait_for_room()
    elif message.kind == "ask":
        ask: Ask = message.value
        try:
            return Answer(job.wait_for_answer(ask))
        except AskTimeout:
            return Answer(timed_out=True)
    elif message.kind == "log":
        text, level, fields = message.value
        job.context.log(text, level=level, **fields)
    elif message.kind == "progress":
        job.context.progress(*message.value)
    return None
