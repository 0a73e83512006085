"""Scheduler: submits the tasks of schedules when their times have come.

Every replica has one, and they share nothing but the storage. A task's id says which
schedule and which time it is for, so that a time is submitted once whoever comes first;
then a compare-and-swap moves the schedule on, which counts it once. Whoever dies in
between is followed by somebody who submits the same id.

Sleeps until the next time that is known here, and looks every few seconds besides: other
replicas have schedules of their own making, and may be gone when the time comes.
"""

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import anyio

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import Moved
from qtasks.engine.outages import Outages
from qtasks.engine.schedules import APPS, space_of
from qtasks.engine.settings import EngineSettings
from qtasks.engine.submitter import Submitter
from qtasks.engine.timetable import (
    id_for,
    plan_next,
    task_for,
    times_due,
    times_to_fire,
    was_missed,
)
from qtasks.errors import QtasksError, StorageUnavailable

logger = logging.getLogger(__name__)

LOOKS_EVERY = 5
"""Between two looks are at most so many of the engine's `maintenance` lengths."""
MIN_KEEP = 3600.0
"""Seconds the record of a task is kept after its end, whatever it was submitted or
registered with: by then whoever submitted it has noted so, and nobody does it again."""
AT_ONCE = 100
"""Schedules looked at before others have their turn."""
OVERTAKEN = "the next time of its schedule has come"
"""Why a task is cancelled that has not ended by then."""


class Scheduler:
    """Submits the tasks of schedules when their times have come.

    Args:
        storage: Where schedules are.
        submitter: Submits their tasks.
        settings: How often to look.
        outages: Notes when the storage fails.
        cancel: Cancels tasks, for a reason.
    """

    def __init__(
        self,
        storage: Storage,
        submitter: Submitter,
        settings: EngineSettings,
        outages: Outages,
        *,
        cancel: Callable[[Sequence[str], str], Awaitable[Sequence[Moved]]],
    ) -> None:
        self._storage = storage
        self._submitter = submitter
        self._longest_pause = settings.maintenance * LOOKS_EVERY
        self._outages = outages
        self._cancel = cancel
        self._changed = anyio.Event()

    def changed(self) -> None:
        """Look again: the next time may be an earlier one."""
        self._changed.set()

    async def run(self) -> None:
        """Submit until cancelled."""
        clock = self._storage.clock
        while True:
            # Before the look: what changes while it lasts must set the new event.
            self._changed = anyio.Event()
            pause = self._longest_pause
            with self._outages.noted_quietly():
                began = clock.monotonic()
                wait = await self.look()
                pause = min(pause, wait - (clock.monotonic() - began))
            await clock.wait(self._changed, pause)

    async def look(self) -> float:
        """Submit what is due; the seconds from the beginning to the next time."""
        now = datetime.fromtimestamp(await self._storage.now(), UTC)
        wait = math.inf
        for app in await self._storage.fetch(APPS):
            space = space_of(app)
            found = (await self._storage.fetch(space)).values()
            for place, raw in enumerate(found, start=1):
                if place % AT_ONCE == 0:
                    await anyio.lowlevel.checkpoint()
                schedule = v1.Schedule.FromString(raw)
                wait = min(wait, await self._attend(schedule, raw, now))
        return wait

    async def _attend(self, schedule: v1.Schedule, raw: bytes, now: datetime) -> float:
        """Submit what is due of a schedule; the seconds to its next time.

        One that can't fire holds up no other.
        """
        if schedule.paused:
            return math.inf
        if (wait := _wait(schedule, now)) > 0:
            return wait
        try:
            await self._fire(schedule, now)
        except StorageUnavailable:
            raise
        except QtasksError:
            logger.exception("schedule can't fire", extra=_named(schedule))
            return math.inf
        await (
            anyio.lowlevel.checkpoint()
        )  # many may be due at midnight: others wait too
        encoded = schedule.SerializeToString(deterministic=True)
        space = space_of(schedule.app)
        if not await self._storage.swap(space, schedule.name, raw, encoded):
            return 0.0  # somebody changed it, or was faster: look at it again
        return _wait(schedule, now)

    async def _fire(self, schedule: v1.Schedule, now: datetime) -> None:
        """Submit for the times that have come, and plan the next one."""
        times = times_due(schedule, now)
        fired = times_to_fire(schedule, times, now)
        made_up = schedule.catch_up == v1.CATCH_UP_ALL and (
            len(times) > 1 or was_missed(schedule, times, now)
        )
        if fired and not made_up and not await self._has_room(schedule, times):
            fired = []
        last = await self._submit(schedule, fired) if fired else []
        if last:
            schedule.last_task_id = last[-1]
            schedule.last_time.FromDatetime(now)
        schedule.fired_total += len(last)
        schedule.skipped_total += len(times) - len(last)
        plan_next(schedule, times[-1])

    async def _has_room(self, schedule: v1.Schedule, times: Sequence[datetime]) -> bool:
        """Whether a task may be submitted beside those before, cancelled if need be.

        Of the earlier ones of these times some may have been submitted too, by a replica
        that died before it noted so.
        """
        if schedule.overlap == v1.OVERLAP_ALLOW:
            return True
        before = [id_for(schedule, nominal) for nominal in times[:-1]]
        if schedule.last_task_id:
            before.append(schedule.last_task_id)
        alive = [
            record.id
            for record in await self._storage.get(before)
            if record is not None and not record.state.ended
        ]
        if alive and schedule.overlap == v1.OVERLAP_CANCEL_EARLIER:
            await self._cancel(alive, OVERTAKEN)
            return True
        return not alive

    async def _submit(
        self, schedule: v1.Schedule, times: Sequence[datetime]
    ) -> list[str]:
        """Submit the task for each time; the ids of those that were accepted."""
        tasks = [task_for(schedule, nominal) for nominal in times]
        accepted = []
        for receipt in await self._submitter.submit(tasks, keep=MIN_KEEP):
            if not receipt.HasField("error"):
                accepted.append(receipt.id)
                continue
            logger.warning(
                "task of a schedule refused",
                extra=_named(schedule) | {"error": receipt.error.message},
            )
        return accepted


def _wait(schedule: v1.Schedule, now: datetime) -> float:
    """Seconds to the next time; for ever when there is none any more."""
    if not schedule.HasField("next_time"):
        return math.inf
    return (schedule.next_time.ToDatetime(tzinfo=UTC) - now).total_seconds()


def _named(schedule: v1.Schedule) -> dict[str, str]:
    return {"app": schedule.app, "schedule": schedule.name}
