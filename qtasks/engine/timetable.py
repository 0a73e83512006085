"""Timetable: when a schedule fires, and what it submits then.

Pure rules over the schedule as it is stored, with the moment it is as an argument. A
schedule is always planned one time ahead: `nominal_time` is the time it fires for next,
and `next_time` when it does, jitter included.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from uuid import UUID, uuid5

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.errors import InvalidField, OutOfRange
from qtasks.recurrence import (
    CronTimes,
    IntervalTimes,
    OneTime,
    Recurrence,
    Times,
    delayed,
)

MOST_MADE_UP = 1000
"""Missed times that are made up for at once."""
MISSED_AFTER = timedelta(seconds=10)
"""A time so long ago was missed; what is later only because a replica took over is not."""

NAME_FACT = "qtasks-schedule"
"""Names the schedule in the metadata of its tasks."""
TIME_FACT = "qtasks-schedule-time"
"""Tells in the metadata of a task which time it is for."""

_TASKS = UUID("5f1c7a0e-3d0b-5c8e-9a55-6b6e3ec1a7d2")
"""The namespace of the ids of tasks that schedules submit."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_JUST_BEFORE = timedelta(microseconds=1)


def moment_of(value: Timestamp, field: str) -> datetime:
    """A moment of the wire; refuses what is not of the years 1 to 9999."""
    try:
        return value.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise OutOfRange(
            f"{field} is not a moment of the years 1 to 9999", field=field
        ) from error


def recurrence_of(schedule: v1.Schedule) -> Recurrence:
    """The times of a schedule.

    Raises:
        InvalidField: they can't be read, naming the field.
    """
    start = end = None
    if schedule.HasField("start_time"):
        start = moment_of(schedule.start_time, "schedule.start_time")
    if schedule.HasField("end_time"):
        end = moment_of(schedule.end_time, "schedule.end_time")
    return Recurrence(_times_of(schedule, start), start=start, end=end)


def _times_of(schedule: v1.Schedule, start: datetime | None) -> Times:
    match schedule.WhichOneof("when"):
        case "cron":
            cron = schedule.cron
            return _cron_times(cron.expression, cron.time_zone)
        case "interval":
            try:
                interval = schedule.interval.ToTimedelta()
                made = moment_of(schedule.update_time, "schedule.update_time")
                first = start or made + interval
            except (OverflowError, ValueError) as error:
                raise OutOfRange(
                    "schedule.interval is too long", field="schedule.interval"
                ) from error
            return IntervalTimes(first, interval, field="schedule.interval")
        case "once":
            return OneTime(_once(schedule))
    raise InvalidField(
        "say when: schedule.cron, schedule.interval or schedule.once",
        field="schedule.when",
    )


@lru_cache(maxsize=4096)
def _cron_times(expression: str, time_zone: str) -> CronTimes:
    return CronTimes(expression, time_zone, field="schedule.cron")


def _once(schedule: v1.Schedule) -> datetime:
    """The only time of a schedule; one before 1970 is as past as any."""
    return max(moment_of(schedule.once, "schedule.once"), _LONG_AGO)


def plan_first(schedule: v1.Schedule, now: datetime) -> None:
    """Plan the first time of a new schedule; one moment may have passed already.

    Raises:
        OutOfRange: it has no time.
    """
    after = now
    if schedule.HasField("once"):
        after = _once(schedule) - _JUST_BEFORE
    _plan(schedule, recurrence_of(schedule).after(after))
    if not schedule.HasField("next_time"):
        raise OutOfRange(
            "the schedule would never fire: it has no time between now, its start and "
            "its end",
            field="schedule.when",
        )


def plan_next(schedule: v1.Schedule, after: datetime) -> None:
    """Plan the first time later than one it fired for."""
    _plan(schedule, recurrence_of(schedule).after(after))


def _plan(schedule: v1.Schedule, nominal: datetime | None) -> None:
    if nominal is None:
        schedule.ClearField("nominal_time")
        schedule.ClearField("next_time")
        return
    schedule.nominal_time.FromDatetime(nominal)
    schedule.next_time.FromDatetime(due(schedule, nominal))


def due(schedule: v1.Schedule, nominal: datetime) -> datetime:
    """When a schedule fires for one of its times."""
    return delayed(nominal, schedule.jitter.ToTimedelta(), schedule.name)


def upcoming(schedule: v1.Schedule, now: datetime, most: int) -> Iterator[datetime]:
    """When a schedule fires next, from now on."""
    if not schedule.HasField("nominal_time"):
        return
    recurrence = recurrence_of(schedule)
    nominal: datetime | None = max(planned(schedule), now - _JUST_BEFORE)
    if nominal != planned(schedule):
        nominal = recurrence.after(now)
    for _ in range(most):
        if nominal is None:
            return
        yield due(schedule, nominal)
        nominal = recurrence.after(nominal)


def planned(schedule: v1.Schedule) -> datetime:
    """The time that a schedule fires for next."""
    return moment_of(schedule.nominal_time, "schedule.nominal_time")


def times_due(schedule: v1.Schedule, now: datetime) -> list[datetime]:
    """The times of a schedule that is due, oldest first; of many, the latest."""
    nominal = planned(schedule)
    later = recurrence_of(schedule).newest(nominal, now, MOST_MADE_UP)
    come = takewhile(lambda one: due(schedule, one) <= now, later)
    return [nominal, *come][-MOST_MADE_UP:]


def times_to_fire(
    schedule: v1.Schedule, times: list[datetime], now: datetime
) -> list[datetime]:
    """Of the times that have come, those that the schedule makes up for or is in time for."""
    if schedule.catch_up == v1.CATCH_UP_ALL:
        return times
    if schedule.catch_up == v1.CATCH_UP_NONE and was_missed(schedule, times, now):
        return []
    return times[-1:]


def was_missed(schedule: v1.Schedule, times: list[datetime], now: datetime) -> bool:
    """Whether even the latest of the times that have come was missed."""
    return now - due(schedule, times[-1]) > MISSED_AFTER


def task_for(schedule: v1.Schedule, nominal: datetime) -> v1.TaskSubmit:
    """The task of a schedule for one of its times.

    The same whoever submits it, so that a second submit stores nothing.
    """
    return task_beside(schedule, nominal, id_for(schedule, nominal))


def id_for(schedule: v1.Schedule, nominal: datetime) -> str:
    """The id of the task for one of its times."""
    made = schedule.update_time.ToMicroseconds()
    said = f"{schedule.app}\0{schedule.name}\0{made}\0{nominal.isoformat()}"
    return str(uuid5(_TASKS, said))


def task_beside(schedule: v1.Schedule, when: datetime, task_id: str) -> v1.TaskSubmit:
    """The task of a schedule, submitted beside its times."""
    task = v1.TaskSubmit()
    task.CopyFrom(schedule.task)
    task.id = task_id
    task.metadata[NAME_FACT] = schedule.name
    task.metadata[TIME_FACT] = when.isoformat().replace("+00:00", "Z")
    return task
