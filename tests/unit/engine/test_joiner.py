"""Held tasks over a storage that is looked at when a test says so."""

import anyio
import pytest

from qtasks import v1
from qtasks.core.records import Lane, NewTask, TaskRecord
from qtasks.core.states import State
from qtasks.core.waiting import Release
from qtasks.engine.admission import new_id
from qtasks.engine.circles import GENERATIONS
from qtasks.engine.joiner import Joiner
from qtasks.engine.outages import Outages
from qtasks.engine.settings import EngineSettings
from qtasks.storages.memory import MemoryStorage
from qtasks.testing import FakeClock

pytestmark = pytest.mark.anyio

SETTINGS = EngineSettings(maintenance=3600.0)
GRACE = 11.0
"""After so long every turn has come."""


class Rig:
    """A storage, and a joiner that takes all turns when told."""

    def __init__(self, storage: MemoryStorage, clock: FakeClock) -> None:
        self.storage = storage
        self.clock = clock
        self.due: list[float] = []

    async def store(self, id_: str, *parents: str, **fields: object) -> None:
        """Store a task by itself, as a request of its own would be."""
        spec = v1.TaskSubmit(id=id_, name="job", after=v1.After(task_ids=parents))
        spec.MergeFrom(v1.TaskSubmit(**fields))  # type: ignore[arg-type]  # any field
        encoded = spec.SerializeToString()
        lane = Lane("app", "queue", "job")
        new = NewTask(id_, lane, encoded, held=bool(parents))
        await self.storage.submit([new])

    async def join(self, storage: MemoryStorage | None = None) -> None:
        """Take turns until nobody's has come."""
        self.clock.now += GRACE
        storage = storage or self.storage
        outages = Outages(storage, SETTINGS, lambda: None)
        joiner = Joiner(
            storage, SETTINGS, outages, lambda _: None, on_due=self.due.append
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(joiner.run)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()

    async def record(self, id_: str) -> TaskRecord:
        (record,) = await self.storage.get([id_])
        assert record is not None
        return record

    async def ends(self, ids: list[str]) -> list[str]:
        return [(await self.record(id_)).outcome.decode() for id_ in ids]


@pytest.fixture
async def rig():
    clock = FakeClock()
    async with MemoryStorage(clock=clock) as storage:
        yield Rig(storage, clock)


@pytest.mark.parametrize("length", [2, 3, GENERATIONS])
@pytest.mark.parametrize("apart", [0.0, 0.001])
async def test_a_circle_over_several_requests_is_broken(rig, length, apart):
    ids = [new_id() for _ in range(length)]
    for n, id_ in enumerate(ids):
        rig.clock.now += apart
        await rig.store(id_, ids[(n + 1) % length])
    await rig.join()
    ends = await rig.ends(ids)
    assert all(ends)
    broken = [n for n, end in enumerate(ends) if "which waits for it" in end]
    assert [ends[n] for n in broken] == [
        f"it waits for {ids[(n + 1) % length]}, which waits for it" for n in broken
    ]
    others = [end for n, end in enumerate(ends) if n not in broken]
    assert broken
    assert all(end.endswith("ended as cancel") for end in others)


async def test_one_that_waits_for_a_circle_is_cancelled_with_it(rig):
    a, b, last = new_id(), new_id(), new_id()
    await rig.store(last, a)
    await rig.store(a, b)
    await rig.store(b, a)
    await rig.join()
    assert (await rig.ends([last])) == [f"dependency {a} ended as cancel"]


async def test_a_chain_is_no_circle_in_whatever_order_it_came(rig):
    ids = [new_id() for _ in range(2 * GENERATIONS)]
    for n in reversed(range(len(ids))):
        await rig.store(ids[n], *ids[max(n - 2, 0) : n])
    await rig.join()
    records = [await rig.record(id_) for id_ in ids]
    assert [one.state for one in records] == [
        State.NEW,
        *[State.SCHEDULED] * (len(ids) - 1),
    ]


class SlowRelease(MemoryStorage):
    """A storage where time passes between a release and the next look at the clock."""

    async def release(self, batch: list[Release]) -> object:
        changes = await super().release(batch)
        self.clock.now += 60.0  # type: ignore[attr-defined]  # a FakeClock
        return changes


async def test_a_time_that_comes_while_its_task_is_released_is_not_missed():
    clock = FakeClock()
    async with SlowRelease(clock=clock) as storage:
        rig = Rig(storage, clock)
        start = v1.TaskSubmit().start_time
        start.FromSeconds(int(clock.now + GRACE + 30))
        parent, child = new_id(), new_id()
        await rig.store(parent)
        await storage.cancel([parent], "done", b"chunk")
        await rig.store(child, parent, start_time=start, after=run_anyway())
        await rig.join()
        assert (await rig.record(child)).state is State.SCHEDULED
        assert rig.due == [0.0]


def run_anyway() -> v1.After:
    return v1.After(on_failure=v1.ON_FAILURE_RUN)
