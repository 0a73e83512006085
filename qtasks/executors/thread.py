"""Plain functions and generators: in threads."""

import asyncio
import inspect
from collections.abc import Callable, Generator
from typing import Any, ClassVar, Self

import anyio
import anyio.to_thread

from qtasks.abc.executor import Executor, Job
from qtasks.context import Ask
from qtasks.errors import AskTimeout
from qtasks.executors.outputs import Outputs


class ThreadExecutor(Executor):
    """Plain functions and generators: in threads.

    Args:
        threads: How many there may be; at least the worker's slots, so that no attempt
            that has begun waits for one.
    """

    interruptible: ClassVar[bool] = False

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def __aenter__(self) -> Self:
        self._limiter = anyio.CapacityLimiter(self._threads)
        return self

    def resize(self, most: int) -> None:
        """Have so many threads from now on."""
        if self._limiter is not None:
            self._limiter.total_tokens = most

    async def run(self, job: Job) -> Any:
        """Run an attempt."""
        loop = asyncio.get_running_loop()
        # Abandoned only when the worker ends: a thread can't be stopped.
        return await anyio.to_thread.run_sync(
            call_in_thread, job, loop, limiter=self._limiter, abandon_on_cancel=True
        )

    async def host(self, job: Job, pipeline: Callable[[], Any]) -> Any:  # noqa: ARG002
        """Run what surrounds the function of an attempt, and calls it itself."""
        return await anyio.to_thread.run_sync(
            pipeline, limiter=self._limiter, abandon_on_cancel=True
        )

    def run_hosted(self, job: Job, loop: asyncio.AbstractEventLoop) -> Any:
        """Run the function of an attempt from inside `host`: in the same thread."""
        return call_in_thread(job, loop)


def call_in_thread(job: Job, loop: asyncio.AbstractEventLoop | None) -> Any:
    """Run an attempt here and now.

    Args:
        job: The attempt.
        loop: Where coroutines of a `generate_handler` run; none: in a loop of their own.
    """
    made = job.definition.func(*job.args, **job.kwargs)
    if job.definition.generating:
        return _drive(job, made, loop)
    return made


def _drive(
    job: Job,
    generator: Generator[Any, Any, Any],
    loop: asyncio.AbstractEventLoop | None,
) -> Any:
    outputs = Outputs(job)
    answers = job.definition.generate_handler is not None
    try:
        value = next(generator)
        while True:
            if isinstance(value, Ask):
                value = _answered(job, generator, value)
            else:
                handled = _handled(job, value, loop)
                outputs.add(handled, job.emit(handled))
                if job.crowded:
                    job.wait_for_room()
                # Without a handler `yield` is None, so that `yield from` any iterable works.
                value = generator.send(handled) if answers else next(generator)
            if job.stopped:
                # A generator can be ended at its yield, where a function can't.
                return None
    except StopIteration as stop:
        return outputs.result(stop.value)
    finally:
        generator.close()


def _answered(job: Job, generator: Generator[Any, Any, Any], ask: Ask) -> Any:
    try:
        answer = job.wait_for_answer(ask)
    except AskTimeout as error:
        return generator.throw(error)
    return generator.send(answer)


def _handled(job: Job, value: Any, loop: asyncio.AbstractEventLoop | None) -> Any:
    handler = job.definition.generate_handler
    if handler is None:
        return value
    handled = handler(value)
    if not inspect.iscoroutine(handled):
        return handled
    if loop is None:
        return asyncio.run(handled)
    return asyncio.run_coroutine_threadsafe(handled, loop).result()
