"""What is promised of tasks that are submitted again and again."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    eventually,
    seconds,
    status,
    task,
)
from qtasks.testing.scripted_worker import json_payload

PAST = Timestamp(seconds=1_000_000_000)
FAR = Timestamp(seconds=4_000_000_000)


def schedule(name: str = "often", **fields: Any) -> v1.Schedule:
    """A schedule, of an hour unless said otherwise."""
    if not fields.keys() & {"cron", "interval", "once"}:
        fields["interval"] = seconds(3600)
    return v1.Schedule(name=name, **{"task": task()} | fields)


async def create(
    broker: Broker, wanted: v1.Schedule, *, replace: bool = False
) -> v1.Schedule:
    """Keep a schedule."""
    request = v1.CreateScheduleRequest(schedule=wanted, replace=replace)
    return (await broker.create_schedule(request)).schedule


async def found(broker: Broker, name: str = "often") -> v1.Schedule:
    """A schedule as it stands."""
    return (await broker.get_schedule(v1.GetScheduleRequest(name=name))).schedule


async def fired(broker: Broker, times: int, name: str = "often") -> v1.Schedule:
    """Wait until a schedule has fired so often."""

    async def condition() -> bool:
        return (await found(broker, name)).fired_total >= times

    await eventually(condition)
    return await found(broker, name)


async def tasks_of(broker: Broker) -> list[v1.TaskStatus]:
    """Every task, oldest first."""
    return list((await broker.list(v1.ListRequest())).tasks)[::-1]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "schedule.name"),
    ({"name": "a\n"}, "schedule.name"),
    ({"task": v1.TaskSubmit()}, "schedule.task.name"),
    ({"task": task(priority=9999)}, "schedule.task.priority"),
    ({"task": task(args=v1.Payload(json="{}"))}, "schedule.task.args"),
    ({"task": task(delay=seconds(1))}, "schedule.task.delay"),
    ({"task": task(start_time=FAR)}, "schedule.task.start_time"),
    ({"task": task(expire_time=FAR)}, "schedule.task.expire_time"),
    ({"task": task(deadline=FAR)}, "schedule.task.deadline"),
    ({"task": task(idempotency_key="k")}, "schedule.task.idempotency_key"),
    ({"task": task(after=v1.After())}, "schedule.task.after"),
    ({"task": task(args=v1.Payload(data=b"x" * 70_000))}, "schedule.task"),
    ({"cron": v1.Cron(expression="often")}, "schedule.cron"),
    (
        {"cron": v1.Cron(expression="@daily", time_zone="Mars")},
        "schedule.cron.time_zone",
    ),
    ({"cron": v1.Cron(expression="0 0 30 2 *")}, "schedule.when"),
    ({"interval": seconds(0.9)}, "schedule.interval"),
    ({"interval": seconds(3e11)}, "schedule.interval"),
    ({"end_time": PAST}, "schedule.when"),
    ({"once": FAR, "end_time": PAST}, "schedule.when"),
    ({"jitter": seconds(100_000)}, "schedule.jitter"),
    ({"interval": seconds(60), "jitter": seconds(61)}, "schedule.jitter"),
    ({"start_time": Timestamp(seconds=1 << 60)}, "schedule.start_time"),
    ({"overlap": 99}, "schedule.overlap"),
    ({"catch_up": 99}, "schedule.catch_up"),
]


class SchedulePromises(BrokerCase):
    """What is promised of tasks that are submitted again and again."""

    async def test_a_schedule_is_kept_for_all_replicas(
        self, broker: Broker, other: Broker
    ) -> None:
        wanted = schedule(
            cron=v1.Cron(expression="0 12 * * 1", time_zone="Europe/Berlin"),
            task=task(args=json_payload("[1]"), priority=3),
            jitter=seconds(30),
        )
        made = await create(broker, wanted)
        assert (made.app, made.task.app) == ("QueueTasks", "QueueTasks")
        assert made.task.priority == 3
        assert 0 <= made.next_time.seconds - made.nominal_time.seconds <= 30
        assert made.nominal_time.ToDatetime(tzinfo=UTC) > datetime.now(UTC)  # noqa: TID251
        assert await found(other) == made
        request = v1.GetScheduleRequest(name="often", upcoming=3)
        upcoming = (await other.get_schedule(request)).upcoming
        assert len(upcoming) == 3
        assert upcoming[0] == made.next_time
        listed = await other.list_schedules(v1.ListSchedulesRequest())
        assert list(listed.schedules) == [made]
        elsewhere = v1.ListSchedulesRequest(app="another")
        assert not (await other.list_schedules(elsewhere)).schedules

    async def test_the_same_again_is_the_same_and_another_is_refused(
        self, broker: Broker, other: Broker
    ) -> None:
        made = await create(broker, schedule())
        assert await create(other, schedule()) == made
        assert await create(other, schedule(), replace=True) == made
        different = schedule(interval=seconds(60))
        with pytest.raises(errors.ScheduleExists):
            await create(other, different)
        await other.run_schedule(v1.RunScheduleRequest(name="often"))
        await other.pause_schedule(v1.PauseScheduleRequest(name="often"))
        replaced = await create(other, different, replace=True)
        assert replaced.interval.seconds == 60
        assert replaced.fired_total == 1
        assert replaced.paused
        assert replaced.create_time == made.create_time
        assert await found(broker) == replaced

    @pytest.mark.parametrize(("fields", "field"), REFUSED)
    async def test_what_can_not_be_kept_is_refused_by_name(
        self, broker: Broker, fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(errors.InvalidField) as refused:
            await create(broker, schedule(**fields))
        assert refused.value.field == field

    async def test_a_schedule_says_when(self, broker: Broker) -> None:
        with pytest.raises(errors.InvalidField, match="when") as refused:
            await create(broker, v1.Schedule(name="never", task=task()))
        assert refused.value.field == "schedule.when"

    async def test_unknown_schedules_are_told(self, broker: Broker) -> None:
        for call in (
            broker.get_schedule(v1.GetScheduleRequest(name="no")),
            broker.pause_schedule(v1.PauseScheduleRequest(name="no")),
            broker.resume_schedule(v1.ResumeScheduleRequest(name="no")),
            broker.delete_schedule(v1.DeleteScheduleRequest(name="no")),
            broker.run_schedule(v1.RunScheduleRequest(name="no")),
        ):
            with pytest.raises(errors.ScheduleNotFound, match="'no'"):
                await call
        with pytest.raises(errors.OutOfRange):
            await broker.get_schedule(v1.GetScheduleRequest(name="no", upcoming=-1))

    async def test_a_moment_that_has_passed_fires_at_once_and_once(
        self, broker: Broker, other: Broker
    ) -> None:
        await create(broker, schedule(once=PAST, task=task(metadata={"who": "ann"})))
        after = await fired(other, 1)
        assert not after.HasField("next_time")
        (only,) = await tasks_of(other)
        assert only.id == after.last_task_id
        assert dict(only.metadata) == {
            "who": "ann",
            "qtasks-schedule": "often",
            "qtasks-schedule-time": "2001-09-09T01:46:40Z",
        }

    async def test_moments_may_be_any_there_are(self, broker: Broker) -> None:
        first, last = Timestamp(), Timestamp()
        first.FromDatetime(datetime.min.replace(tzinfo=UTC))
        last.FromDatetime(datetime.max.replace(tzinfo=UTC))
        await create(broker, schedule("first", once=first))
        await create(broker, schedule("last", once=last, jitter=seconds(86_400)))
        await create(broker, schedule("bounds", start_time=first, end_time=last))
        await fired(broker, 1, "first")
        for name in ("last", "bounds"):
            assert (await found(broker, name)).HasField("next_time")

    async def test_each_time_is_submitted_once_and_runs(
        self, broker: Broker, other: Broker
    ) -> None:
        await create(broker, schedule(interval=seconds(1), overlap=v1.OVERLAP_ALLOW))
        await create(other, schedule("other", once=PAST))
        async with connected(broker, "job") as worker:
            assigns = await worker.take(3)
            await worker.succeed(assigns[0])
        last = await fired(other, 2)
        assert last.fired_total + 1 == len(await tasks_of(broker))

    async def test_a_paused_schedule_fires_only_when_told(
        self, broker: Broker, other: Broker
    ) -> None:
        await create(broker, schedule(interval=seconds(1), paused=True))
        ran = await other.run_schedule(v1.RunScheduleRequest(name="often"))
        assert ran.schedule.last_task_id == ran.task_id
        assert (await status(broker, ran.task_id)).state == v1.TASK_STATE_NEW
        resumed = await other.resume_schedule(v1.ResumeScheduleRequest(name="often"))
        assert not resumed.schedule.paused
        await broker.cancel(v1.CancelRequest(ids=[ran.task_id]))
        await fired(broker, 2)
        paused = await other.pause_schedule(v1.PauseScheduleRequest(name="often"))
        assert paused.schedule.paused

    async def test_a_forgotten_schedule_leaves_its_tasks(
        self, broker: Broker, other: Broker
    ) -> None:
        await create(broker, schedule())
        ran = await broker.run_schedule(v1.RunScheduleRequest(name="often"))
        await other.delete_schedule(v1.DeleteScheduleRequest(name="often"))
        with pytest.raises(errors.ScheduleNotFound):
            await found(broker)
        assert (await status(broker, ran.task_id)).state == v1.TASK_STATE_NEW

    async def test_many_schedules_come_in_pages(self, broker: Broker) -> None:
        large = v1.Payload(data=b"x" * 60_000)
        names = [f"s{number:02}" for number in range(80)]
        for name in names:
            await create(broker, schedule(name, task=task(args=large)))
        listed: list[str] = []
        token = ""
        while True:
            page = await broker.list_schedules(
                v1.ListSchedulesRequest(page_token=token)
            )
            listed += [one.name for one in page.schedules]
            token = page.next_page_token
            if not token:
                break
        assert listed == names
