"""Schedules: the calls that keep them, look at them, and let them pause.

They live in a space of the storage for each app, by name, and change by compare-and-swap
alone: every replica may change any of them at any time.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.limits import check_name
from qtasks.engine.admission import (
    DEFAULT_APP,
    new_id,
)
from qtasks.engine.schedule_rules import OUTPUTS, admit_schedule
from qtasks.engine.settings import MIB, EngineSettings
from qtasks.engine.submitter import Submitter
from qtasks.engine.timetable import (
    plan_first,
    task_beside,
    upcoming,
)
from qtasks.errors import (
    OutOfRange,
    QtasksError,
    ScheduleExists,
    ScheduleNotFound,
    TooMany,
)

APPS = "schedules"
"""The space that names the apps that ever had a schedule."""

MAX_SCHEDULES = 10_000
"""Schedules of one app."""
MAX_UPCOMING = 1000
"""Next times in one answer."""
PAGE_BYTES = 2 * MIB
"""What the schedules of one answer are together, about."""
_CARRIED = ("last_time", "last_task_id", "fired_total", "skipped_total", "create_time")
"""What goes on when a schedule is replaced."""


def space_of(app: str) -> str:
    """The space of an app's schedules."""
    return f"schedules:{app}"


class Schedules:
    """The calls about schedules.

    Args:
        storage: Where they are.
        submitter: Submits the task of one beside its times.
        settings: Limits.
        error_of: Reads the error of an item of a batch.
        on_change: Told that the next time may be an earlier one.
    """

    def __init__(
        self,
        storage: Storage,
        submitter: Submitter,
        settings: EngineSettings,
        *,
        error_of: Callable[[v1.ItemError], QtasksError],
        on_change: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._submitter = submitter
        self._settings = settings
        self._error_of = error_of
        self._on_change = on_change

    async def create(self, request: v1.CreateScheduleRequest) -> v1.Schedule:
        """Keep a schedule.

        Raises:
            InvalidField: or one of its kinds, naming the field.
            ScheduleExists: a different one has the name.
        """
        wanted = v1.Schedule()
        wanted.CopyFrom(request.schedule)
        admit_schedule(wanted, self._settings)
        space = space_of(wanted.app)
        await self._storage.put(APPS, {wanted.app: b""})
        while True:
            known = await self._storage.fetch(space)
            raw = known.get(wanted.name)
            if raw is None and len(known) >= MAX_SCHEDULES:
                raise TooMany(f"the app has {len(known)} schedules; delete some first")
            schedule = await self._planned(wanted, raw, replace=request.replace)
            encoded = schedule.SerializeToString(deterministic=True)
            if await self._swap(schedule, raw, encoded):
                return schedule

    async def _planned(
        self, wanted: v1.Schedule, raw: bytes | None, *, replace: bool
    ) -> v1.Schedule:
        """A schedule as it is to be stored, in the place of one of the same name."""
        now = await self._now()
        schedule = v1.Schedule()
        schedule.CopyFrom(wanted)
        schedule.update_time.FromDatetime(now)
        schedule.create_time.FromDatetime(now)
        if raw is not None:
            known = v1.Schedule.FromString(raw)
            if _definition(known) == _definition(wanted):
                return known
            if not replace:
                raise ScheduleExists(
                    f"there is another schedule {wanted.name!r}; replace it, or choose "
                    "another name",
                    name=wanted.name,
                )
            _carry_over(known, schedule)
        plan_first(schedule, now)
        return schedule

    async def get(
        self, request: v1.GetScheduleRequest
    ) -> tuple[v1.Schedule, list[Timestamp]]:
        """A schedule, and as many of its next times as were asked for."""
        if not 0 <= request.upcoming <= MAX_UPCOMING:
            raise OutOfRange(
                f"upcoming must be from 0 to {MAX_UPCOMING}", field="upcoming"
            )
        raw = await self._find(request.app or DEFAULT_APP, request.name)
        schedule = v1.Schedule.FromString(raw)
        stamps = []
        for moment in upcoming(schedule, await self._now(), request.upcoming):
            stamp = Timestamp()
            stamp.FromDatetime(moment)
            stamps.append(stamp)
        return schedule, stamps

    async def find(self, app: str, page_token: str) -> tuple[list[v1.Schedule], str]:
        """Schedules of an app by name, and where to go on."""
        known = await self._storage.fetch(space_of(app or DEFAULT_APP))
        names = sorted(name for name in known if name > page_token)
        schedules: list[v1.Schedule] = []
        size = 0
        for name in names:
            size += len(known[name])
            if schedules and size > PAGE_BYTES:
                return schedules, schedules[-1].name
            schedules.append(v1.Schedule.FromString(known[name]))
        return schedules, ""

    async def forget(self, app: str) -> None:
        """Forget all schedules of an app."""
        names = await self._storage.fetch(space_of(app))
        await self._storage.put(space_of(app), dict.fromkeys(names))

    async def pause(self, app: str, name: str) -> v1.Schedule:
        """Let a schedule fire no more."""
        return await self._set_paused(app, name, paused=True)

    async def resume(self, app: str, name: str) -> v1.Schedule:
        """Let a schedule fire again."""
        return await self._set_paused(app, name, paused=False)

    async def _set_paused(self, app: str, name: str, *, paused: bool) -> v1.Schedule:
        def change(schedule: v1.Schedule) -> None:
            schedule.paused = paused

        return await self._change(app, name, change)

    async def delete(self, app: str, name: str) -> None:
        """Forget a schedule; raises `ScheduleNotFound`."""
        app = app or DEFAULT_APP
        while True:
            raw = await self._find(app, name)
            if await self._storage.swap(space_of(app), name, raw, None):
                return

    async def submit(self, app: str, name: str) -> tuple[str, v1.Schedule]:
        """Submit the task of a schedule now; its id, and the schedule."""
        now = await self._now()
        raw = await self._find(app or DEFAULT_APP, name)
        task = task_beside(v1.Schedule.FromString(raw), now, new_id())
        (receipt,) = await self._submitter.submit([task])
        if receipt.HasField("error"):
            raise self._error_of(receipt.error)

        def change(schedule: v1.Schedule) -> None:
            schedule.last_task_id = receipt.id
            schedule.last_time.FromDatetime(now)
            schedule.fired_total += 1

        return receipt.id, await self._change(app, name, change)

    # -- what is stored ---------------------------------------------------------------

    async def _now(self) -> datetime:
        return datetime.fromtimestamp(await self._storage.now(), UTC)

    async def _find(self, app: str, name: str) -> bytes:
        check_name(name, "name")
        raw = (await self._storage.fetch(space_of(app))).get(name)
        if raw is None:
            raise ScheduleNotFound(
                f"there is no schedule {name!r} of the app {app!r}", name=name
            )
        return raw

    async def _change(
        self, app: str, name: str, change: Callable[[v1.Schedule], None]
    ) -> v1.Schedule:
        while True:
            raw = await self._find(app or DEFAULT_APP, name)
            schedule = v1.Schedule.FromString(raw)
            change(schedule)
            encoded = schedule.SerializeToString(deterministic=True)
            if await self._swap(schedule, raw, encoded):
                return schedule

    async def _swap(
        self, schedule: v1.Schedule, raw: bytes | None, encoded: bytes
    ) -> bool:
        space = space_of(schedule.app)
        if not await self._storage.swap(space, schedule.name, raw, encoded):
            return False
        self._on_change()
        return True


def _definition(schedule: v1.Schedule) -> bytes:
    """What somebody said of a schedule, without what became of it.

    Whether it is paused is no part of it: creating it again must not start what an
    operator stopped.
    """
    said = v1.Schedule()
    said.CopyFrom(schedule)
    for field in (*OUTPUTS, "paused"):
        said.ClearField(field)  # type: ignore[arg-type]  # names of fields
    return said.SerializeToString(deterministic=True)


def _carry_over(known: v1.Schedule, schedule: v1.Schedule) -> None:
    """Let the totals of a schedule go on in the one that replaces it."""
    for field in _CARRIED:
        value = getattr(known, field)
        if isinstance(value, Timestamp):
            if known.HasField(field):  # type: ignore[arg-type]  # a name of a field
                getattr(schedule, field).CopyFrom(value)
        else:
            setattr(schedule, field, value)
    schedule.paused = schedule.paused or known.paused
