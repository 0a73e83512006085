"""A typed program: a type checker knows the arguments and results of tasks.

Checked by `test_typing.py`; every line that says `wrong` must be one that mypy refuses.
"""

from collections.abc import AsyncGenerator, Generator
from typing import assert_type

from qtasks import QueueTasks, SyncRouter, shared_task
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.handle import SyncTaskHandle, TaskHandle

app = QueueTasks()
async_app = AsyncQueueTasks()


@app.task
def bare(a: int, b: str = "") -> float:
    return a + len(b)


@app.task(retry=3)
def counting(n: int) -> Generator[int, None, str]:
    yield n
    return "done"


@async_app.task
async def coroutine(a: int) -> bytes:
    return bytes(a)


@async_app.task(name="other", priority=1)
async def streaming(n: int) -> AsyncGenerator[int, None]:
    yield n


@SyncRouter("mail", queue="slow").task()
def routed(a: int) -> str:
    return str(a)


@shared_task
def shared_plain(a: int) -> str:
    return str(a)


@shared_task(retry=2)
async def shared_coroutine(a: int) -> str:
    return str(a)


@shared_task(awaiting=True)
def shared_awaited(a: int) -> str:
    return str(a)


def synchronous() -> None:
    assert_type(routed.add_task(1).result(), str)
    assert_type(shared_plain.add_task(1).result(), str)
    shared_plain.add_task("one")  # wrong
    assert_type(bare.add_task(1, b="x"), SyncTaskHandle[float])
    assert_type(bare.add_task(1).result(), float)
    assert_type(counting.add_task(1).result(), str)
    assert_type(bare.options(priority=1).add_task(1), SyncTaskHandle[float])
    assert_type(bare(1).add_task(priority=1, timeout=5), SyncTaskHandle[float] | None)
    bare.add_task("one")  # wrong
    bare.add_task()  # wrong
    bare(1, c=2)  # wrong


async def asynchronous() -> None:
    assert_type(await shared_coroutine.add_task(1), TaskHandle[str])
    assert_type(await shared_awaited.add_task(1), TaskHandle[str])
    await shared_coroutine.add_task("one")  # wrong
    assert_type(await coroutine.add_task(1), TaskHandle[bytes])
    assert_type(await (await coroutine.add_task(1)).result(), bytes)
    assert_type(await (await streaming.add_task(1)).result(), list[int])
    assert_type(await async_app.add_task(coroutine, 1), TaskHandle[bytes])
    assert_type(
        await async_app.add_task(coroutine, 1, timeout=5), TaskHandle[bytes] | None
    )
    await coroutine.add_task("one")  # wrong
    await coroutine.add_task(1, 2)  # wrong
