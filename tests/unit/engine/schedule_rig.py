"""Schedules under a clock that moves only when told."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.brokers.local import LocalBroker
from qtasks.engine.settings import EngineSettings
from qtasks.storages.memory import MemoryStorage
from qtasks.testing import FakeClock

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


@asynccontextmanager
async def scheduling():
    """A broker whose scheduler looks when told."""
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
