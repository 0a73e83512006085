"""Schedules of several replicas, of ones that die, and of tasks that are refused."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.brokers.local import LocalBroker
from qtasks.engine import schedules as limits
from qtasks.engine.scheduler import AT_ONCE, MIN_KEEP
from qtasks.engine.schedules import APPS, space_of
from qtasks.engine.settings import EngineSettings
from qtasks.errors import StorageUnavailable, TaskUnserved, TooMany
from qtasks.storages.memory import MemoryStorage
from qtasks.testing import FakeClock
from qtasks.testing.scripted_worker import ScriptedWorker
from tests.unit.engine.schedule_rig import SLEEPY, Rig, replica, scheduling, stamp


@pytest.fixture
async def rig():
    async with scheduling() as rig:
        yield rig


async def test_replicas_that_look_at_once_submit_once(rig):
    await rig.create(overlap=v1.OVERLAP_ALLOW)
    async with replica(rig) as second, replica(rig) as third:
        for _ in range(5):
            rig.clock.now += 60
            async with anyio.create_task_group() as tasks:
                for broker in (rig.broker, second, third):
                    tasks.start_soon(broker.engine.scheduler.look)
        await rig.pass_time(0)
    assert await rig.totals() == (5, 0)
    assert len(await rig.tasks()) == 5


class Dies(MemoryStorage):
    """Is gone between the submit and what comes after it."""

    dies = False

    async def swap(self, space, name, expected, value):
        if self.dies and expected is not None:
            raise StorageUnavailable
        return await super().swap(space, name, expected, value)


async def test_who_dies_after_the_submit_is_followed_without_a_second_one():
    clock = FakeClock()
    storage = Dies(clock=clock)
    async with LocalBroker(storage, SLEEPY) as broker:
        await anyio.wait_all_tasks_blocked()
        rig = Rig(broker, clock)
        await rig.create()
        async with replica(rig) as other:
            storage.dies = True
            with pytest.raises(StorageUnavailable):
                await rig.pass_time(60)
            assert len(await rig.tasks()) == 1
            assert await rig.totals() == (0, 0)
            storage.dies = False
            await rig.pass_time(1, other)
            assert await rig.totals() == (1, 0)
            assert len(await rig.tasks()) == 1


async def test_a_schedule_that_changed_while_it_fired_keeps_both_changes(rig):
    class Pauses(MemoryStorage):
        async def swap(self, space, name, expected, value):
            if not self.paused:
                self.paused = True
                request = v1.PauseScheduleRequest(name=name)
                await rig.broker.pause_schedule(request)
            return await super().swap(space, name, expected, value)

    await rig.create()
    storage = Pauses()
    storage.paused = False
    storage._hub, storage._ledger = rig.broker.storage._hub, rig.broker.storage._ledger
    async with LocalBroker(storage, SLEEPY) as other:
        await anyio.wait_all_tasks_blocked()
        await rig.pass_time(60, other)
    assert (await rig.get()).schedule.paused
    assert await rig.totals() == (0, 0)
    await rig.broker.resume_schedule(v1.ResumeScheduleRequest(name="one"))
    await rig.pass_time(0)
    assert await rig.totals() == (1, 0)
    assert len(await rig.tasks()) == 1


async def test_a_task_that_is_refused_holds_up_no_other(rig, caplog):
    large = v1.TaskSubmit(name="job", args=v1.Payload(json=f'["{"x" * 1000}"]'))
    await rig.create("a", task=large)
    await rig.create("b")
    strict = EngineSettings(maintenance=3600.0, max_payload=100)
    async with LocalBroker(rig.broker.storage.replica(), strict) as other:
        await anyio.wait_all_tasks_blocked()
        await rig.pass_time(60, other)
    assert await rig.totals("a") == (0, 1)
    assert await rig.totals("b") == (1, 0)
    (said,) = [one for one in caplog.records if "refused" in one.message]
    assert said.schedule == "a"


async def test_times_that_nobody_can_read_hold_up_no_other(rig, caplog):
    await rig.create("b")
    broken = v1.Schedule(
        app="QueueTasks",
        name="a",
        task=v1.TaskSubmit(name="job"),
        cron=v1.Cron(expression="@daily", time_zone="Mars/North"),
        nominal_time=Timestamp(seconds=1),
        next_time=Timestamp(seconds=1),
    )
    space = limits.space_of("QueueTasks")
    await rig.broker.storage.put(space, {"a": broken.SerializeToString()})
    await rig.pass_time(60)
    assert await rig.totals("b") == (1, 0)
    assert "schedule can't fire" in caplog.text


async def test_a_replaced_schedule_has_its_own_times(rig):
    await rig.create(once=stamp(rig.now + timedelta(seconds=10)))
    await rig.pass_time(10)
    assert await rig.totals() == (1, 0)
    await rig.end()
    await rig.pass_time(5)
    again = stamp(rig.now - timedelta(seconds=5))
    task = v1.TaskSubmit(name="other")
    await rig.create(once=again, task=task, replace=True)
    await rig.pass_time(0)
    assert await rig.totals() == (2, 0)
    assert {one.name for one in await rig.tasks()} == {"job", "other"}


async def test_there_is_a_limit(rig, monkeypatch):
    monkeypatch.setattr(limits, "MAX_SCHEDULES", 2)
    await rig.create("a")
    await rig.create("b")
    await rig.create("b")
    with pytest.raises(TooMany):
        await rig.create("c")


async def test_records_are_kept_long_enough_to_be_known_again(rig):
    """Whatever says that they are not to be kept: the schedule or the task itself."""
    defaults = v1.TaskDefaults(keep_result=Duration())
    info = v1.TaskInfo(name="brief", defaults=defaults)
    async with ScriptedWorker.connected(rig.broker, info):
        at_once = v1.TaskSubmit(name="job", keep_result=Duration())
        await rig.create("a", task=at_once)
        await rig.create("b", task=v1.TaskSubmit(name="brief"))
        long = v1.TaskSubmit(name="job", keep_result=Duration(seconds=9000))
        await rig.create("c", task=long)
        await rig.pass_time(60)
    ids = [(await rig.tasks(name))[0].id for name in "abc"]
    records = await rig.broker.storage.get(ids)
    assert [one.keep for one in records] == [MIN_KEEP, MIN_KEEP, 9000]


async def test_many_schedules_do_not_hold_up_the_loop(rig):
    for number in range(2 * AT_ONCE):
        await rig.create(str(number))
    turns = 0

    async def others():
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(others)
        await anyio.lowlevel.checkpoint()
        before = turns
        storage = rig.broker.storage
        await storage.now()
        await storage.fetch(APPS)
        await storage.fetch(space_of("QueueTasks"))
        reading = turns - before
        before = turns
        await rig.broker.engine.scheduler.look()
        assert turns - before > reading
        tasks.cancel_scope.cancel()


async def test_a_task_that_is_refused_is_told_or_counted():
    clock = FakeClock(datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC).timestamp())
    strict = EngineSettings(maintenance=3600.0, strict=True)
    async with LocalBroker(MemoryStorage(clock=clock), strict) as broker:
        rig = Rig(broker, clock)
        await rig.create()
        with pytest.raises(TaskUnserved, match="job"):
            await broker.run_schedule(v1.RunScheduleRequest(name="one"))
        await rig.pass_time(60)
        assert await rig.totals() == (0, 1)
        async with ScriptedWorker.connected(broker, "job"):
            await broker.run_schedule(v1.RunScheduleRequest(name="one"))
        assert await rig.totals() == (1, 1)
