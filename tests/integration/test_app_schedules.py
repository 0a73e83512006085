"""Schedules of an app, asynchronous and not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import anyio
import pytest

from qtasks import QueueTasks
from qtasks.errors import InvalidField, ScheduleExists, ScheduleNotFound
from tests.integration.app_rig import KINDS, app_over

PAST = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(params=KINDS)
async def app(request):
    with anyio.fail_after(20):
        async with app_over(request.param) as app:

            @app.task(priority=7, tags=["t"])
            async def double(number, start=0):
                return number * 2 + start

            yield app


async def test_a_schedule_submits_a_task_that_runs(app):
    made = await app.schedules.create("once", "double", 21, at=PAST)
    assert (made.name, made.task_name, made.args, made.at) == (
        *("once", "double", [21]),
        PAST,
    )
    async with app.worker():
        while (uuid := (await app.schedules.get("once")).last_task_uuid) is None:
            await anyio.lowlevel.checkpoint()
        task = await app.wait(uuid)
    assert task.returning == 42
    assert task.priority == 7
    after = await app.schedules.get("once")
    assert (after.fired_total, after.next_time) == (1, None)
    assert after.last_time > PAST


async def test_all_that_can_be_said_comes_back(app):
    start = datetime(2090, 1, 1, tzinfo=UTC)
    made = await app.schedules.create(
        "report",
        app.tasks["double"](1, start=5),
        cron="0 8 * * mon-fri",
        time_zone=ZoneInfo("Europe/Berlin"),
        jitter=90,
        overlap="cancel",
        catch_up="all",
        start=start,
        end=start + timedelta(days=3),
        paused=True,
        queue="slow",
        retry=2,
    )
    assert (made.cron, made.time_zone) == ("0 8 * * mon-fri", "Europe/Berlin")
    assert (made.args, made.kwargs) == ([1], {"start": 5})
    assert made.jitter == timedelta(seconds=90)
    assert (made.overlap, made.catch_up, made.paused) == ("cancel", "all", True)
    assert (made.start, made.end) == (start, start + timedelta(days=3))
    assert (made.every, made.at, made.last_task_uuid) == (None, None, None)
    assert await app.schedules.get("report") == made
    assert await app.schedules.list() == [made]
    upcoming = await app.schedules.upcoming("report")
    assert upcoming[0] == made.next_time
    assert len(upcoming) == 2  # 2 and 3 January 2090, Monday and Tuesday


async def test_a_schedule_is_steered(app):
    made = await app.schedules.create("hourly", "double", 1, every=timedelta(hours=1))
    assert made.every == timedelta(hours=1)
    again = await app.schedules.create("hourly", "double", 1, every=3600)
    assert again == made
    with pytest.raises(ScheduleExists):
        await app.schedules.create("hourly", "double", 2, every=3600)
    other = await app.schedules.create("hourly", "double", 2, every=60, replace=True)
    assert other.args == [2]
    assert (await app.schedules.pause("hourly")).paused
    handle = await app.schedules.run_now("hourly")
    assert (handle.status, handle.args) == ("new", [2])
    assert handle.metadata["qtasks-schedule"] == "hourly"
    assert not (await app.schedules.resume("hourly")).paused
    await app.schedules.delete("hourly")
    assert await app.schedules.list() == []
    with pytest.raises(ScheduleNotFound, match="'hourly'"):
        await app.schedules.get("hourly")


async def test_a_moment_without_a_zone_is_of_the_zone_given(app):
    naive = datetime(2090, 7, 1, 12)  # noqa: DTZ001  # the point of the test
    made = await app.schedules.create("at", "double", at=naive, time_zone="Asia/Tokyo")
    assert made.at == datetime(2090, 7, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "cron"),
        ({"cron": "* * * * *", "every": 1}, "cron"),
        ({"cron": "often"}, "schedule.cron"),
        ({"cron": "@daily", "time_zone": "Mars"}, "schedule.cron.time_zone"),
        ({"at": PAST.replace(tzinfo=None), "time_zone": "Mars"}, "time_zone"),
        ({"every": 60, "time_zone": "UTC"}, "time_zone"),
        ({"every": 0.5}, "schedule.interval"),
        ({"every": -1}, "every"),
        ({"every": 60, "overlap": "never"}, "overlap"),
        ({"every": 60, "catch_up": "some"}, "catch_up"),
        ({"every": 60, "delay": 5}, "delay"),
        ({"every": 60, "idempotency_key": "k"}, "schedule.task.idempotency_key"),
        ({"every": 60, "priority": 9999}, "schedule.task.priority"),
    ],
)
async def test_what_can_not_be_is_told(app, options, field):
    with pytest.raises(InvalidField) as refused:
        await app.schedules.create("one", "double", **options)
    assert refused.value.field == field


def test_the_same_without_an_event_loop():
    with QueueTasks(broker_url="memory://") as app:

        @app.task
        def double(number):
            return number * 2

        made = app.schedules.create("hourly", double(4), every=3600)
        assert app.schedules.get("hourly") == made
        assert app.schedules.list() == [made]
        assert app.schedules.upcoming("hourly", 1) == [made.next_time]
        assert app.schedules.pause("hourly").paused
        assert not app.schedules.resume("hourly").paused
        handle = app.schedules.run_now("hourly")
        assert app.get(handle.uuid).args == [4]
        assert handle.refresh().status == "new"
        app.schedules.delete("hourly")
        with pytest.raises(ScheduleNotFound):
            app.schedules.run_now("hourly")
