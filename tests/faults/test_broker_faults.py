"""Brokers that are killed or told to stop: nothing is lost, burned or seen twice."""

from contextlib import AsyncExitStack

import anyio
import pytest

from tests.faults.figures import assert_nothing_burned, figures_of
from tests.faults.rig import client_of
from tests.faults.seen import Seen

NUMBERS = 300
PAUSE = 0.01
SUBMITS = 200
GRACE = 10.0


@pytest.fixture(params=["sqlite", "redis"])
def storage(request, rig):
    """Each storage that outlives its broker."""
    if request.param == "sqlite":
        return rig.sqlite
    return request.getfixturevalue("redis").url


async def test_a_generator_and_its_watcher_outlive_a_killed_broker(rig, storage):
    broker = rig.broker(storage)
    await broker.start()
    await rig.worker(broker).start()
    async with client_of(broker) as app:
        handle = await app.add_task("count", NUMBERS, PAUSE)
        async with Seen.of(handle) as seen:
            for fraction in (3, 2):
                await seen.first(
                    lambda event, at=NUMBERS // fraction: event.value == at
                )
                await broker.kill()
                await broker.start()
            ended = await seen.end()
        assert seen.values == list(range(NUMBERS))
        assert ended.returning == seen.values
        seen.assert_complete()
        await assert_nothing_burned(app, [handle])


async def test_a_question_is_answered_by_the_next_broker(rig, storage):
    broker = rig.broker(storage)
    await broker.start()
    await rig.worker(broker).start()
    async with client_of(broker) as app:
        handle = await app.add_task("gate")
        async with Seen.of(handle) as seen:
            ask = await seen.kind("ask")
            await broker.kill()
            await broker.start()
            await app.reply(handle.uuid, ask.ask_id, "go")
            ended = await seen.end()
        assert ended.returning[-1] == "go"
        seen.assert_complete()
        await assert_nothing_burned(app, [handle])


async def test_what_was_acknowledged_outlives_its_broker(rig, storage):
    broker = rig.broker(storage)
    await broker.start()
    async with client_of(broker) as app:
        handles = [await app.add_task("add", 0, 0)]
        handles += await app.add_tasks(
            [app.call("add", (n, 1), {}) for n in range(500)]
        )
        await broker.kill()
    await broker.start()
    async with client_of(broker) as app:
        for handle in handles:
            assert (await app.get(handle.uuid)).status == "new"
        await rig.worker(broker).start()
        await (await app.get(handles[-1].uuid)).wait()
        results = [await (await app.get(one.uuid)).result() for one in handles]
    assert results == [0, *range(1, 501)]


async def test_what_was_acknowledged_outlives_broker_and_redis(rig, redis):
    broker = rig.broker(redis.url)
    await broker.start()
    async with client_of(broker) as app:
        handles = await app.add_tasks([app.call("add", (n, 1), {}) for n in range(500)])
        redis.kill()
        await broker.kill()
    redis.start()
    await broker.start()
    async with client_of(broker) as app:
        assert (await figures_of(app)).ready == len(handles)
        for handle in handles:
            assert (await app.get(handle.uuid)).status == "new"


async def test_submits_in_flight_are_stored_once(rig, storage):
    """Each submit that returned is stored, and what is stored was submitted once."""
    broker = rig.broker(storage)
    await broker.start()
    async with client_of(broker) as app:
        # Only calls of a client that had reached a broker wait for it to be back.
        handles = [await app.add_task("add", 0, 0)]

        async def submit(number):
            handles.append(await app.add_task("add", number, 0))

        async with anyio.create_task_group() as tasks:
            for number in range(SUBMITS):
                tasks.start_soon(submit, number)
            await anyio.lowlevel.checkpoint()
            await broker.kill()
            await broker.start()
        assert len(handles) == SUBMITS + 1
        assert (await figures_of(app)).submitted_total == SUBMITS + 1


async def test_a_broker_told_to_stop_sends_everybody_elsewhere(rig, storage):
    broker = rig.broker(storage, grace=GRACE)
    await broker.start()
    workers = [rig.worker(broker, max_tasks_process=2) for _ in range(2)]
    for worker in workers:
        await worker.start()
    async with client_of(broker) as app, AsyncExitStack() as stack:
        gates = await app.add_tasks([app.call("gate", (), {}) for _ in range(4)])
        behind = await app.add_tasks([app.call("add", (n, 1), {}) for n in range(50)])
        watched = [await stack.enter_async_context(Seen.of(gate)) for gate in gates]
        asks = [await seen.kind("ask") for seen in watched]
        with anyio.fail_after(GRACE):
            assert await broker.stop() == 0
        assert not [line for line in broker.lines if "Traceback" in line]
        await broker.start()
        for worker in workers:
            await worker.said("worker connected", 2)
        for gate, ask in zip(gates, asks, strict=True):
            await app.reply(gate.uuid, ask.ask_id, "go")
        for seen in watched:
            assert (await seen.end()).status == "success"
            seen.assert_complete()
        assert [await one.result() for one in behind] == list(range(1, 51))
        await assert_nothing_burned(app, [*gates, *behind])


async def test_a_broker_with_nobody_connected_stops_at_once(rig):
    broker = rig.broker(grace=GRACE)
    await broker.start()
    with anyio.fail_after(GRACE / 2):
        assert await broker.stop() == 0


async def test_the_other_replica_goes_on(rig, redis):
    one, other = rig.broker(redis.url), rig.broker(redis.url)
    await one.start()
    await other.start()
    await rig.worker(one, other).start()
    async with client_of(one, other) as app:
        handle = await app.add_task("count", NUMBERS, PAUSE)
        async with Seen.of(handle) as seen:
            await seen.first(lambda event: event.value == NUMBERS // 3)
            await one.kill()
            await seen.first(lambda event: event.value == NUMBERS // 2)
            await one.start()
            await other.kill()
            # Whoever was on the second broker has to find the first again.
            ended = await seen.end()
        assert seen.values == list(range(NUMBERS))
        assert ended.returning == seen.values
        seen.assert_complete()
        await assert_nothing_burned(app, [handle])
        assert await (await app.add_task("add", 1, 2)).result() == 3
