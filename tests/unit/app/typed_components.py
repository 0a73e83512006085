"""A typed program: what is around tasks, as users write it.

Checked by `test_typing.py`; every line that says `wrong` must be one that mypy refuses.
"""
# ruff: noqa: ARG001, ARG002, B008  # users write it so; nothing here runs

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Unpack, assert_type

from qtasks import Depends, QueueTasks, chain, chord, group
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.executors import AsyncTaskExecutor
from qtasks.flow import FlowHandle, SyncFlowHandle
from qtasks.given.worker import WorkerAddAnswer, WorkerAddGiven
from qtasks.handle import TaskHandle
from qtasks.middlewares import TaskMiddleware
from qtasks.plugins import AsyncState, BasePlugin, SyncState
from qtasks.starters import SyncStarter
from qtasks.testing import AsyncTestCase, SyncTestCase, TestConfig

app = QueueTasks()
async_app = AsyncQueueTasks()


class Database:
    """What tasks depend on."""


def database() -> Iterator[Database]:
    yield Database()


async def async_database() -> AsyncIterator[Database]:
    yield Database()


class Counters(SyncState):
    """A state of plain functions."""


class AsyncCounters(AsyncState):
    """A state of coroutines."""


class Careful(AsyncTaskExecutor):
    """What carries tasks out."""

    async def on_error(self, error: Exception) -> Any:
        raise error


class Timing(TaskMiddleware):
    """What runs before and after tasks."""


class Audit(BasePlugin):
    """A plugin."""

    async def trigger(self, name: str, **given: Any) -> Any:
        return None


@app.task
def plain(a: int, db: Database = Depends(database)) -> int:
    return a


@app.task
def counted(a: int, *, counters: Counters = Counters()) -> int:
    counters.set("a", a)
    return a


@app.task
def annotated(
    a: int, *, db: Annotated[Database, Depends(database)] = Depends(database)
) -> int:
    return a


@app.task
def later(a: int = 0) -> int:
    return a


@async_app.task(executor=Careful, middlewares_before=[Timing], retry=2)
async def coroutine(
    a: int,
    db: Database = Depends(async_database, scope="worker"),
    counters: AsyncCounters = AsyncCounters(),
) -> int:
    await counters.set("a", a)
    return a


@async_app.events.on.task_error()
async def failed(worker: Any, task_func: Any, task_broker: Any, model: Any) -> None:
    """Tell of an error."""


@async_app.events.on.task_success
async def succeeded(worker: Any, task_func: Any, task_broker: Any, model: Any) -> str:
    return "told"


class Louder(BasePlugin):
    async def worker_add(
        self, **given: Unpack[WorkerAddGiven]
    ) -> WorkerAddAnswer | None:
        assert_type(given["args"], list[Any])
        given["arg"]  # wrong
        return {"args": [*given["args"], 1], "priority": given["priority"] + 1}


async_app.add_plugin(Louder(), component="worker")
async_app.add_plugin(Audit(), component="worker")
async_app.add_plugin("audit")  # wrong
async_app.include_router(app)  # wrong


def synchronous() -> None:
    assert_type(plain.add_task(1).result(), int)
    assert_type(counted.add_task(1).result(), int)
    assert_type(annotated.add_task(1).result(), int)
    # What a task gets of the one before it, a type checker can't know: give it a default.
    chain(plain(1), plain())  # wrong
    assert_type(chain(plain(1), later()).add_task(), SyncFlowHandle)
    assert_type(group(plain(1), plain(2)).add_task(), SyncFlowHandle)
    chain("plain")  # wrong
    with SyncTestCase(app) as case:
        assert_type(case.app, QueueTasks)
    SyncTestCase(async_app)  # wrong
    app.run_forever(starter=SyncStarter(name="mine"), num_workers=3)


async def asynchronous() -> None:
    handle = await coroutine.add_task(1)
    assert_type(await handle.result(), int)
    flow = chord(group(coroutine(1), coroutine(2)), coroutine(3))
    assert_type(await flow.add_task(), FlowHandle)
    assert_type(await async_app.get("..."), TaskHandle[Any] | None)
    assert_type(await succeeded(1, 2, 3, 4), str)
    async with async_app.worker(queues=["slow"]), AsyncTestCase(async_app) as case:
        case.settings(TestConfig.only_worker())
