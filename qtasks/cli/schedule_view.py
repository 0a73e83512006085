"""Schedules as people and programs see them."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.cli.facts import instant, moment, seconds, value_of
from qtasks.cli.output import Column, Facts

OVERLAPS = ("skip", "allow", "cancel")
"""The words for `v1.Overlap`, in its order."""
CATCH_UPS = ("latest", "none", "all")
"""The words for `v1.CatchUp`, in its order."""

_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"))


def local_time(iso: str) -> str:
    """Write a moment as the clocks here show it, with the zone."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def local_stamp(time: Timestamp) -> str | None:
    """Write a time of the wire the same way; None when it is not set."""
    at = instant(time)
    return None if at is None else local_time(at.isoformat())


def schedule_facts(schedule: v1.Schedule) -> Facts:
    """Describe a schedule as it stands."""
    task = schedule.task
    return {
        "name": schedule.name,
        "task": task.name,
        "when": _when(schedule),
        "state": _state(schedule),
        "next": moment(schedule.next_time),
        "last": moment(schedule.last_time),
        "last_task_id": schedule.last_task_id or None,
        "fired_total": schedule.fired_total,
        "skipped_total": schedule.skipped_total,
        "args": value_of(task.args),
        "kwargs": value_of(task.kwargs),
        "queue": task.queue or None,
        "jitter_seconds": seconds(schedule.jitter) or None,
        "overlap": OVERLAPS[schedule.overlap],
        "catch_up": CATCH_UPS[schedule.catch_up],
        "start": moment(schedule.start_time),
        "end": moment(schedule.end_time),
        "created": moment(schedule.create_time),
        "app": schedule.app,
    }


def told(schedule: v1.Schedule) -> Facts:
    """Describe a schedule to a person: moments as the clocks here show them."""
    facts = schedule_facts(schedule)
    for key in ("next", "last", "start", "end", "created"):
        if facts[key] is not None:
            facts[key] = local_time(facts[key])
    return facts


def _when(schedule: v1.Schedule) -> str:
    if schedule.HasField("cron"):
        return f"{schedule.cron.expression} ({schedule.cron.time_zone or 'UTC'})"
    if schedule.HasField("interval"):
        return f"every {_length(seconds(schedule.interval))}"
    return f"at {moment(schedule.once)}"


def _length(length: float) -> str:
    for unit, name in _UNITS:
        if length % unit == 0:
            return f"{length // unit:.0f}{name}"
    return f"{length:g}s"


def _state(schedule: v1.Schedule) -> str:
    if schedule.paused:
        return "paused"
    return "active" if schedule.HasField("next_time") else "over"


COLUMNS = (
    Column(heading="NAME", key="name"),
    Column(heading="TASK", key="task"),
    Column(heading="WHEN", key="when"),
    Column(heading="STATE", key="state"),
    Column(heading="NEXT", key="next", show=local_time),
    Column(heading="LAST", key="last", show=local_time),
    Column(heading="FIRED", key="fired_total", align="right"),
    Column(heading="SKIPPED", key="skipped_total", align="right"),
)
