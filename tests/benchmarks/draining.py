"""How fast a worker empties a queue that was filled before, and what is left in Redis."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tests.benchmarks.app import app, noop
from tests.benchmarks.bench import Bench, Case, cost_figures
from tests.benchmarks.client import PATIENCE
from tests.benchmarks.figures import Figure, Goal
from tests.benchmarks.meters import resident

CASE = "drain"
QUEUED = 20_000
LAST = 200
"""How many of the last tasks are asked when they ended; the order is not strict."""


def measure(bench: Bench) -> Iterable[Figure]:
    """Measure how fast a filled queue is emptied."""
    count = bench.scaled(QUEUED, at_least=LAST)
    rates, costs, memory, kept = [], [], [], []
    for _ in bench.times():
        with bench.rig() as rig:
            rig.pause()
            with rig.metered() as filling:
                ids = bench.client.run(_fill, count)
            with rig.metered() as cost:
                rig.resume()
                seconds = bench.client.run(_follow, ids)
            rates.append(count / seconds)
            costs.append(cost)
            memory.append(resident(rig.broker))
            kept.append((filling.redis_bytes + cost.redis_bytes) / count)
    yield Figure(CASE, f"{count:,} tasks", "tasks/s", rates, Goal(15_000))
    yield from cost_figures(CASE, f"{count:,} tasks", costs, count)
    yield Figure(CASE, "memory of broker", "MiB", memory)
    yield Figure(CASE, "Redis, an ended task", "bytes", kept)


async def _fill(count: int) -> list[UUID]:
    handles = await app.add_tasks(noop(number) for number in range(count))
    return [handle.uuid for handle in handles]


async def _follow(ids: list[UUID]) -> float:
    """Seconds from the first start to the last end, by the clock of the storage."""
    begun = (await _ended(ids[0]))[0]
    ended = [(await _ended(uuid))[1] for uuid in reversed(ids[-LAST:])]
    return (max(ended) - begun).total_seconds()


async def _ended(uuid: UUID) -> tuple[datetime, datetime]:
    task = await app.wait(uuid, PATIENCE)
    assert task is not None
    assert task.status == "success"
    assert task.started_at is not None
    assert task.finished_at is not None
    return task.started_at, task.finished_at


DRAIN = Case(CASE, "empty a filled queue", measure)
