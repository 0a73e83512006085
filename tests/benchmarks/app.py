"""The app that is measured: tasks that cost nothing, so that only qtasks does."""

import time
from collections.abc import AsyncIterator, Iterator

import anyio

from qtasks.asyncio import QueueTasks

app = QueueTasks(name="benchmarks")


@app.task
async def noop(number: int) -> int:
    """Do nothing; the argument and the result make it a task like others."""
    return number


@app.task
async def tick(count: int, pause: float) -> AsyncIterator[float]:
    """Yield the time, so that whoever watches knows how old the value is.

    `time.monotonic` is the same clock in all processes of a machine.
    """
    for _ in range(count):
        if pause:
            await anyio.sleep(pause)
        yield time.monotonic()


@app.task
def tick_in_thread(count: int) -> Iterator[float]:
    """Yield the time from a plain generator."""
    for _ in range(count):
        yield time.monotonic()
