"""The app whose workers the fault tests end, freeze and start again."""

import os
import signal
import time

import anyio

from qtasks import Ask, ctx
from qtasks.asyncio import QueueTasks

app = QueueTasks("faults")


@app.task
async def add(one, other):
    return one + other


@app.task
async def count(numbers, pause):
    """Yield numbers, some seconds apart."""
    for number in range(numbers):
        yield number
        await anyio.sleep(pause)


@app.task
async def gate():
    """Say who runs it, ask whether to go on, and yield the reply."""
    yield os.getpid()
    yield (yield Ask("go on?"))


@app.task
async def first_attempt_hangs():
    """Say who runs it; only a later attempt ends."""
    yield os.getpid()
    if ctx.attempt == 1:
        await anyio.sleep_forever()


@app.task
async def freezes_itself():
    """Stop the whole worker process in the first attempt, once told to.

    Whoever lets it go on makes it report a result at once.
    """
    yield os.getpid()
    if ctx.attempt == 1:
        yield Ask("freeze?")
        os.kill(os.getpid(), signal.SIGSTOP)
    yield f"attempt {ctx.attempt}"


@app.task
async def crashes(how):
    """End the worker process in every attempt, once told to."""
    yield Ask("crash?")
    if how == "exit":
        os._exit(1)
    os.kill(os.getpid(), signal.SIGSEGV)


@app.task
async def crashes_at_once():
    """End the worker process before it could say that the attempt began."""
    os._exit(1)


@app.task
async def blocks(seconds):
    """Hold up the event loop of the worker."""
    yield "blocking"
    time.sleep(seconds)  # noqa: ASYNC251, TID251  # the very thing to survive
    yield ctx.attempt


@app.task
async def hangs():
    yield os.getpid()
    await anyio.sleep_forever()


@app.task
def hangs_in_a_thread():
    """Run until told to stop, which a thread must see for itself."""
    yield os.getpid()
    while not ctx.cancelled:
        time.sleep(0.005)  # noqa: TID251  # a function that looks now and then


@app.task(executor="process")
def hangs_in_a_process():
    """Never look, never end."""
    yield os.getpid()
    while True:
        time.sleep(60)  # noqa: TID251  # what only force can end
