"""A Redis that goes away and comes back: calls say so meanwhile, then all goes on."""

from contextlib import asynccontextmanager

import anyio
import grpc
import pytest

from qtasks import v1
from qtasks.errors import StorageUnavailable
from qtasks.transport.status import from_rpc
from qtasks.v1.task_service_pb2_grpc import TaskServiceStub
from tests.faults.figures import assert_nothing_burned
from tests.faults.rig import APP, client_of
from tests.faults.seen import Seen
from tests.ports import free_port
from tests.servers import RedisServer

NUMBERS = 300
PAUSE = 0.01
TOLD_WITHIN = 10.0
LONGER_THAN_THE_FAULT = 60.0


@pytest.fixture
async def redis(tmp_path):
    """A Redis that keeps what it acknowledged when it is killed."""
    folder = tmp_path / "redis"
    folder.mkdir()
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    server = RedisServer(folder, *durable, port=free_port())
    with server.running():
        yield server


@asynccontextmanager
async def calls_to(broker):
    """Calls as any client makes them, without the patience of ours."""
    target = f"127.0.0.1:{broker.port}"
    options = [("grpc.enable_retries", 0)]
    async with grpc.aio.insecure_channel(target, options=options) as channel:
        yield TaskServiceStub(channel)


async def assert_storage_unavailable(call):
    """The answer is a status with a reason, and it comes."""
    with pytest.raises(grpc.aio.AioRpcError) as caught, anyio.fail_after(TOLD_WITHIN):
        await call
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert isinstance(from_rpc(caught.value), StorageUnavailable)


async def test_calls_tell_that_the_storage_is_gone(rig, redis):
    broker = rig.broker(redis.url)
    await broker.start()
    request = v1.SubmitRequest(tasks=[v1.TaskSubmit(name="add", app=APP)])
    async with calls_to(broker) as calls:
        await calls.Submit(request)
        redis.kill()
        unknown = "0198aaaa-0000-7000-8000-000000000000"
        await assert_storage_unavailable(calls.Submit(request))
        await assert_storage_unavailable(calls.Get(v1.GetRequest(id=unknown)))
        await assert_storage_unavailable(calls.List(v1.ListRequest()))
        await assert_storage_unavailable(calls.Cancel(v1.CancelRequest(ids=[unknown])))
        redis.start()
        await calls.Submit(request)
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
            async with calls_to(broker) as calls:
                await assert_storage_unavailable(calls.List(v1.ListRequest()))
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


async def test_a_redis_that_hangs_is_told_and_got_over(rig, redis):
    broker = rig.broker(redis.url, lease=LONGER_THAN_THE_FAULT)
    await broker.start()
    await rig.worker(broker).start()
    async with client_of(broker) as app, calls_to(broker) as calls:
        handle = await app.add_task("gate")
        async with Seen.of(handle) as seen:
            ask = await seen.kind("ask")
            redis.freeze()
            await assert_storage_unavailable(calls.List(v1.ListRequest()))
            redis.thaw()
            await app.reply(handle.uuid, ask.ask_id, "go")
            assert (await seen.end()).returning[-1] == "go"
        await assert_nothing_burned(app, [handle])
        assert await (await app.add_task("add", 1, 2)).result() == 3
