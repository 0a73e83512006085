"""Schedules whose brokers are killed: no time is lost, and none is submitted twice."""

from datetime import datetime, timedelta

import pytest

from qtasks import v1
from qtasks.testing.broker_suite.case import eventually
from tests.faults.rig import client_of
from tests.ports import free_port
from tests.servers import RedisServer

SECOND = timedelta(seconds=1)


@pytest.fixture
async def redis(tmp_path):
    """A Redis that has written what it acknowledged."""
    folder = tmp_path / "redis"
    folder.mkdir()
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    with RedisServer(folder, *durable, port=free_port()).running() as server:
        yield server


async def fired(app, more):
    """Wait until the schedule has fired so often from now on."""
    goal = (await app.schedules.get("often")).fired_total + more

    async def reached():
        return (await app.schedules.get("often")).fired_total >= goal

    await eventually(reached)


async def assert_each_time_once(app, made):
    """No time is missing between the first and the last, and each has one task."""
    await app.schedules.pause("often")
    after = await app.schedules.get("often")
    count = after.fired_total
    assert after.skipped_total == 0
    broker = (await app.home.open()).broker
    listed = await broker.list(v1.ListRequest(filter=v1.TaskFilter(app=app.name)))
    stamps = (task.metadata["qtasks-schedule-time"] for task in listed.tasks)
    times = sorted(datetime.fromisoformat(stamp) for stamp in stamps)
    assert times == [made.next_time + number * SECOND for number in range(count)]


async def test_one_of_two_brokers_is_killed_and_then_both(rig, redis):
    one, other = rig.broker(redis.url), rig.broker(redis.url)
    await one.start()
    await other.start()
    await rig.worker(one, other).start()
    async with client_of(one, other) as app:
        made = await app.schedules.create(
            *("often", "add", 1, 1),
            every=SECOND,
            overlap="allow",
            catch_up="all",
        )
        await fired(app, 2)
        await one.kill()
        await fired(app, 2)
        await one.start()
        await other.kill()
        await fired(app, 2)
        await one.kill()
        await other.start()
        await one.start()
        await fired(app, 3)
        await assert_each_time_once(app, made)


async def test_a_broker_alone_is_killed_and_makes_up_for_it(rig):
    broker = rig.broker()
    await broker.start()
    async with client_of(broker) as app:
        made = await app.schedules.create(
            *("often", "add", 1, 1),
            every=SECOND,
            overlap="allow",
            catch_up="all",
        )
        await fired(app, 1)
        for _ in range(2):
            await broker.kill()
            await broker.start()
            await fired(app, 2)
        await assert_each_time_once(app, made)
