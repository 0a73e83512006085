"""What a schedule must look like, and its defaults."""

from datetime import UTC, datetime

from qtasks import v1
from qtasks.core.limits import check_name
from qtasks.engine.admission import DEFAULT_APP, admit, check_seconds, new_id
from qtasks.engine.settings import KIB, EngineSettings
from qtasks.engine.timetable import task_beside
from qtasks.errors import InvalidField, OutOfRange, PayloadTooLarge, QtasksError

MAX_BYTES = 64 * KIB
"""The size of a schedule."""
MAX_JITTER = 86_400.0
"""Seconds."""
OF_ONE_TIME = (
    "start_time",
    "delay",
    "expire_time",
    "deadline",
    "idempotency_key",
    "after",
)
"""What a task that is submitted again and again can't have."""
OUTPUTS = (
    "next_time",
    "last_time",
    "last_task_id",
    "fired_total",
    "skipped_total",
    "create_time",
    "update_time",
    "nominal_time",
)
"""What the broker alone says of a schedule."""


def admit_schedule(schedule: v1.Schedule, settings: EngineSettings) -> None:
    """Fill in the defaults of a schedule, and refuse what can't be kept as asked.

    Raises:
        InvalidField: or one of its kinds, naming the field.
    """
    schedule.app = (
        check_name(schedule.app, "schedule.app") if schedule.app else DEFAULT_APP
    )
    check_name(schedule.name, "schedule.name")
    for field in OUTPUTS:
        schedule.ClearField(field)  # type: ignore[arg-type]  # names of fields
    for field, kind in (("overlap", v1.Overlap), ("catch_up", v1.CatchUp)):
        if getattr(schedule, field) not in kind.values():
            raise InvalidField(
                f"there is no schedule.{field} {getattr(schedule, field)}",
                field=f"schedule.{field}",
            )
    _check_jitter(schedule)
    _admit_task(schedule, settings)
    size = schedule.ByteSize()
    if size > MAX_BYTES:
        raise PayloadTooLarge(
            f"the schedule has {size} bytes, more than {MAX_BYTES}; store arguments "
            "elsewhere and send a reference",
            field="schedule.task",
            limit=str(MAX_BYTES),
        )


def _admit_task(schedule: v1.Schedule, settings: EngineSettings) -> None:
    task = schedule.task
    for field in OF_ONE_TIME:
        # An empty text is no key; everything else is there or not.
        if task.idempotency_key if field == "idempotency_key" else _has(task, field):
            raise InvalidField(
                f"schedule.task.{field} would be the same for every time; leave it out",
                field=f"schedule.task.{field}",
            )
    task.app = schedule.app
    probe = task_beside(schedule, datetime.fromtimestamp(0, UTC), new_id())
    try:
        admit(probe, settings)
    except QtasksError as error:
        if error.field:
            error.facts["field"] = f"schedule.task.{error.field}"
        raise
    task.ClearField("id")


def _has(task: v1.TaskSubmit, field: str) -> bool:
    return task.HasField(field)  # type: ignore[arg-type]  # a name of a field


def _check_jitter(schedule: v1.Schedule) -> None:
    if not schedule.HasField("jitter"):
        return
    field = "schedule.jitter"
    seconds = check_seconds(schedule.jitter, field)
    longest = MAX_JITTER
    if schedule.HasField("interval"):
        interval = check_seconds(schedule.interval, "schedule.interval")
        longest = min(longest, interval)
    if seconds > longest:
        raise OutOfRange(
            f"{field} must be at most {longest:g} s, not {seconds:g} s", field=field
        )
