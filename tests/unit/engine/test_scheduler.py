"""Schedules under a clock that moves only when told: who fires when, and how often."""

from datetime import UTC, timedelta

import anyio
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.engine.timetable import task_for
from tests.unit.engine.schedule_rig import MINUTE, replica, scheduling, stamp


@pytest.fixture
async def rig():
    async with scheduling() as rig:
        yield rig


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
