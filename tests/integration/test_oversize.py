"""What no message can hold is refused by name, and nobody else's task with it."""

import anyio
import pytest

from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.errors import PayloadTooLarge
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite.case import FAST
from qtasks.transport.options import MAX_MESSAGE_BYTES
from qtasks_broker.server import serving

OVERSIZE = "x" * MAX_MESSAGE_BYTES


@pytest.fixture
async def app():
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
    ):
        app = QueueTasks("big", f"grpc://{server.address}")

        @app.task
        def size(text: str) -> int:
            return len(text)

        async with app, app.worker():
            yield app


async def test_a_submit_beside_others(app):
    handles = []

    async def small():
        handles.append(await app.add_task("size", "small"))

    async def oversize():
        with pytest.raises(PayloadTooLarge, match="send a reference"):
            await app.add_task("size", OVERSIZE)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(small)
        tasks.start_soon(oversize)
        tasks.start_soon(small)
    assert [await handle.result() for handle in handles] == [5, 5]


async def test_a_run_beside_others(app):
    ended = []

    async def small():
        ended.append(await app.add_task("size", "small", timeout=30))

    async def oversize():
        with pytest.raises(PayloadTooLarge, match="send a reference"):
            await app.add_task("size", OVERSIZE, timeout=30)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(small)
        tasks.start_soon(oversize)
        tasks.start_soon(small)
    assert [task.returning for task in ended] == [5, 5]


async def test_what_just_fits_runs(app):
    text = "x" * (1024 * 1024 - 16)
    task = await app.add_task("size", text, timeout=30)
    assert task.returning == len(text)
