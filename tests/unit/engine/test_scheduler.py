"""Schedules under a clock that moves only when told: who fires when, and how often."""

from contextlib import asynccontextmanager
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
from qtasks.engine.timetable import task_for
from qtasks.errors import StorageUnavailable, TaskUnserved, TooMany
from qtasks.storages.memory import MemoryStorage
from qtasks.testing import FakeClock
from qtasks.testing.scripted_worker import ScriptedWorker

SLEEPY = EngineSettings(maintenance=3600.0)
"""Roles that look only when a test has them look."""
MINUTE = Duration(seconds=60)


class Rig:
    """A broker, and maybe replicas, whose schedulers look when told."""

    def __init__(self, broker, clock):
        self.broker = broker
        self.clock = clock

    @property
    def now(self):
        return datetime.fromtimestamp(self.clock.now, UTC)

    async def create(self, name="one", *, replace=False, **fields):
        if not fields.keys() & {"cron", "interval", "once"}:
            fields["interval"] = MINUTE
        fields = {"task": v1.TaskSubmit(name="job")} | fields
        request = v1.CreateScheduleRequest(
            schedule=v1.Schedule(name=name, **fields), replace=replace
        )
        return (await self.broker.create_schedule(request)).schedule

    async def pass_time(self, seconds, broker=None):
        """Let time pass, then let a scheduler look until nothing is due."""
        self.clock.now += seconds
        scheduler = (broker or self.broker).engine.scheduler
        while (wait := await scheduler.look()) <= 0:
            pass
        return wait

    async def get(self, name="one"):
        request = v1.GetScheduleRequest(name=name, upcoming=2)
        return await self.broker.get_schedule(request)

    async def totals(self, name="one"):
        schedule = (await self.get(name)).schedule
        return schedule.fired_total, schedule.skipped_total

    async def tasks(self, name="one"):
        """The tasks of a schedule, oldest first."""
        listed = (await self.broker.list(v1.ListRequest(page_size=1000))).tasks
        found = [one for one in listed if one.metadata["qtasks-schedule"] == name]
        return sorted(found, key=lambda one: one.metadata["qtasks-schedule-time"])

    async def times(self, name="one"):
        return [one.metadata["qtasks-schedule-time"] for one in await self.tasks(name)]

    async def end(self, name="one"):
        ids = [one.id for one in await self.tasks(name)]
        await self.broker.cancel(v1.CancelRequest(ids=ids))


@pytest.fixture
async def rig():
    clock = FakeClock(datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC).timestamp())
    async with LocalBroker(MemoryStorage(clock=clock), SLEEPY) as broker:
        await anyio.wait_all_tasks_blocked()
        yield Rig(broker, clock)


@asynccontextmanager
async def replica(rig):
    async with LocalBroker(rig.broker.storage.replica(), SLEEPY) as broker:
        await anyio.wait_all_tasks_blocked()
        yield broker


def stamp(moment):
    value = Timestamp()
    value.FromDatetime(moment)
    return value


async def test_it_fires_at_its_times_and_not_before(rig):
    await rig.create(cron=v1.Cron(expression="* * * * *"))
    assert await rig.pass_time(29.999) == pytest.approx(0.001)
    assert await rig.totals() == (0, 0)
    assert await rig.pass_time(0.001) == 60.0
    assert await rig.times() == ["2026-03-02T12:01:00Z"]
    await rig.end()
    await rig.pass_time(60)
    assert await rig.times() == ["2026-03-02T12:01:00Z", "2026-03-02T12:02:00Z"]
    assert await rig.totals() == (2, 0)


async def test_the_role_itself_sleeps_until_the_next_time(rig):
    """With the role's own loop: a schedule that is made later wakes it."""
    async with replica(rig) as other:
        await rig.create(once=Timestamp(seconds=1))
        await anyio.wait_all_tasks_blocked()
        assert await rig.totals() == (1, 0)
        assert len(await rig.tasks()) == 1
        assert await other.engine.scheduler.look() == float("inf")


async def test_an_interval_begins_with_the_schedule(rig):
    made = await rig.create()
    assert made.nominal_time == stamp(rig.now + timedelta(seconds=60))
    await rig.pass_time(60)
    assert await rig.totals() == (1, 0)


async def test_start_and_end_belong_to_the_times(rig):
    start = rig.now + timedelta(seconds=90)
    await rig.create(
        start_time=stamp(start),
        end_time=stamp(start + timedelta(seconds=60)),
        overlap=v1.OVERLAP_ALLOW,
    )
    await rig.pass_time(89)
    assert await rig.totals() == (0, 0)
    await rig.pass_time(1)
    await rig.pass_time(60)
    assert await rig.totals() == (2, 0)
    assert not (await rig.get()).schedule.HasField("next_time")
    assert await rig.pass_time(1000) == float("inf")
    assert await rig.totals() == (2, 0)
    assert not (await rig.get()).upcoming


async def test_jitter_moves_a_time_and_not_the_ones_after(rig):
    made = await rig.create(interval=Duration(seconds=600), jitter=MINUTE)
    wait = (
        made.next_time.ToDatetime(tzinfo=UTC) - made.nominal_time.ToDatetime(tzinfo=UTC)
    ).total_seconds()
    assert 0 < wait < 60
    await rig.pass_time(600)
    assert await rig.totals() == (0, 0)
    await rig.pass_time(wait)
    assert await rig.totals() == (1, 0)
    after = (await rig.get()).schedule
    assert after.nominal_time.seconds - made.nominal_time.seconds == 600


# -- overlap ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overlap", "times"),
    [
        (v1.OVERLAP_UNSPECIFIED, ["2026-03-02T12:01:30Z"]),
        (
            v1.OVERLAP_CANCEL_EARLIER,
            ["2026-03-02T12:01:30Z", "2026-03-02T12:03:30Z"],
        ),
    ],
)
async def test_a_task_of_a_replica_that_died_before_it_noted_so_counts(
    rig, overlap, times
):
    made = await rig.create(overlap=overlap)
    left = task_for(made, made.nominal_time.ToDatetime(tzinfo=UTC))
    await rig.broker.engine.submitter.submit([left])
    await rig.pass_time(180)
    assert await rig.times() == times
    (earlier, *_) = await rig.tasks()
    cancelled = overlap == v1.OVERLAP_CANCEL_EARLIER
    assert earlier.HasField("finish_time") is cancelled


async def test_a_time_is_skipped_while_the_task_before_has_not_ended(rig):
    await rig.create()
    await rig.pass_time(60)
    await rig.pass_time(60)
    assert await rig.totals() == (1, 1)
    await rig.end()
    await rig.pass_time(60)
    assert await rig.totals() == (2, 1)


async def test_tasks_may_overlap(rig):
    await rig.create(overlap=v1.OVERLAP_ALLOW)
    await rig.pass_time(60)
    await rig.pass_time(60)
    assert await rig.totals() == (2, 0)


async def test_the_task_before_may_be_cancelled(rig):
    await rig.create(overlap=v1.OVERLAP_CANCEL_EARLIER)
    await rig.pass_time(60)
    await rig.pass_time(60)
    assert await rig.totals() == (2, 0)
    first, second = await rig.tasks()
    assert first.state == v1.TASK_STATE_CANCEL
    assert "schedule" in first.cancel_reason
    assert second.state == v1.TASK_STATE_NEW


# -- what was missed -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("catch_up", "late", "expected"),
    [
        (v1.CATCH_UP_UNSPECIFIED, 0, (1, 4)),
        (v1.CATCH_UP_UNSPECIFIED, 40, (1, 4)),
        (v1.CATCH_UP_NONE, 40, (0, 5)),
        (v1.CATCH_UP_NONE, 10, (1, 4)),
        (v1.CATCH_UP_ALL, 40, (5, 0)),
    ],
)
async def test_times_that_passed_while_nobody_looked(rig, catch_up, late, expected):
    await rig.create(catch_up=catch_up)
    await rig.pass_time(5 * 60 + late)
    assert await rig.totals() == expected
    assert len(await rig.tasks()) == expected[0]
    after = (await rig.get()).schedule
    assert after.nominal_time.ToDatetime(tzinfo=UTC) > rig.now


async def test_times_that_passed_while_it_was_paused(rig):
    await rig.create()
    await rig.broker.pause_schedule(v1.PauseScheduleRequest(name="one"))
    assert await rig.pass_time(185) == float("inf")
    assert await rig.totals() == (0, 0)
    (first, _) = (await rig.get()).upcoming
    assert first.ToDatetime(tzinfo=UTC) == rig.now + timedelta(seconds=55)
    await rig.broker.resume_schedule(v1.ResumeScheduleRequest(name="one"))
    await rig.pass_time(0)
    assert await rig.totals() == (1, 2)


async def test_a_single_missed_time_is_made_up_for_beside_a_running_task(rig):
    await rig.create(catch_up=v1.CATCH_UP_ALL)
    await rig.pass_time(60)
    await rig.pass_time(60)
    assert await rig.totals() == (1, 1)
    await rig.pass_time(100)
    assert await rig.totals() == (2, 1)


async def test_of_a_long_absence_the_latest_are_made_up_for(rig):
    await rig.create(interval=Duration(seconds=1), catch_up=v1.CATCH_UP_ALL)
    await rig.pass_time(30 * 86_400)
    made_up, skipped = await rig.totals()
    assert 500 <= made_up <= 1000
    assert made_up + skipped <= 1000
    assert (await rig.times())[-1] == "2026-04-01T12:00:30Z"


# -- replicas, and what goes wrong -----------------------------------------------------


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
