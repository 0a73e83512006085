"""Coroutines and async generators: in the worker's event loop."""

import inspect
import time
from collections.abc import AsyncGenerator
from typing import Any, ClassVar

import anyio.lowlevel

from qtasks.abc.executor import Executor, Job
from qtasks.context import Ask
from qtasks.errors import AskTimeout
from qtasks.executors.outputs import Outputs

MAX_TURN = 0.002
"""Seconds a generator may keep the loop before others get their turn."""


class CoroutineExecutor(Executor):
    """Coroutines and async generators: in the worker's event loop."""

    interruptible: ClassVar[bool] = True

    async def run(self, job: Job) -> Any:
        """Run an attempt."""
        made = job.definition.func(*job.args, **job.kwargs)
        if job.definition.generating:
            return await _drive(job, made)
        return await made


async def _drive(job: Job, generator: AsyncGenerator[Any, Any]) -> Any:
    outputs = Outputs(job)
    answers = job.definition.generate_handler is not None
    turn = time.perf_counter()
    try:
        value = await anext(generator)
        while True:
            if isinstance(value, Ask):
                value = await _answered(job, generator, value)
            else:
                handled = await _handled(job, value)
                outputs.add(handled, job.emit(handled))
                if job.crowded:
                    await job.room()
                value = await generator.asend(handled if answers else None)
            if time.perf_counter() - turn > MAX_TURN:
                await anyio.lowlevel.checkpoint()
                turn = time.perf_counter()
    except StopAsyncIteration:
        return outputs.result(None)
    finally:
        await generator.aclose()


async def _answered(job: Job, generator: AsyncGenerator[Any, Any], ask: Ask) -> Any:
    try:
        answer = await job.ask(ask)
    except AskTimeout as error:
        return await generator.athrow(error)
    return await generator.asend(answer)


async def _handled(job: Job, value: Any) -> Any:
    handler = job.definition.generate_handler
    if handler is None:
        return value
    handled = handler(value)
    return await handled if inspect.isawaitable(handled) else handled
