"""A Redis that goes away and comes back: calls say so meanwhile, then all goes on."""

import anyio
import pytest

from qtasks import v1
from qtasks.brokers.grpc import GrpcBroker
from qtasks.errors import StorageUnavailable
from tests.faults.figures import assert_nothing_burned
from tests.faults.rig import client_of
from tests.faults.seen import Seen
from tests.ports import free_port
from tests.servers import RedisServer

NUMBERS = 300
PAUSE = 0.01


@pytest.fixture
async def redis(tmp_path):
    """A Redis that keeps what it acknowledged when it is killed."""
    folder = tmp_path / "redis"
    folder.mkdir()
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    server = RedisServer(folder, *durable, port=free_port())
    with server.running():
        yield server


async def test_calls_tell_that_the_storage_is_gone(rig, redis):
    broker = rig.broker(redis.url)
    await broker.start()
    request = v1.SubmitRequest(tasks=[v1.TaskSubmit(name="add", app="faults")])
    async with GrpcBroker(broker.url) as calls:
        await calls.submit(request)
        redis.kill()
        for call in (
            calls.submit(request),
            calls.list(v1.ListRequest()),
            calls.get_stats(v1.GetStatsRequest()),
        ):
            with anyio.fail_after(10), pytest.raises(StorageUnavailable):
                await call
    assert not [line for line in broker.lines if "Traceback" in line]


async def test_everything_goes_on_when_redis_is_back(rig, redis):
    broker = rig.broker(redis.url)
    await broker.start()
    worker = rig.worker(broker)
    await worker.start()
    async with client_of(broker) as app:
        handle = await app.add_task("count", NUMBERS, PAUSE)
        asking = await app.add_task("gate")
        async with Seen.of(handle) as seen, Seen.of(asking) as asked:
            ask = await asked.kind("ask")
            await seen.first(lambda event: event.value == NUMBERS // 3)
            redis.kill()
            async with GrpcBroker(broker.url) as calls:
                # The broker has noticed, whatever it does about it.
                with pytest.raises(StorageUnavailable):
                    await calls.list(v1.ListRequest())
            redis.start()
            ended = await seen.end()
            await app.reply(asking.uuid, ask.ask_id, "go")
            assert (await asked.end()).returning[-1] == "go"
        assert seen.values == list(range(NUMBERS))
        assert ended.returning == seen.values
        seen.assert_complete()
        await assert_nothing_burned(app, [handle, asking])
        assert await (await app.add_task("add", 1, 2)).result() == 3
        # A task that waits for its time is not forgotten either.
        later = await app.add_task("add", 2, 3, delay=0.2)
        redis.kill()
        redis.start()
        assert await later.result() == 5
    assert not [line for line in broker.lines if "Traceback" in line]
    assert await worker.stop() == 0
    assert await broker.stop() == 0
