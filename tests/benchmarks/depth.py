"""What tasks cost at a short and at a very long queue, and how much room it takes."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from tests.benchmarks.app import app, noop
from tests.benchmarks.bench import Bench, Case, cost_figures
from tests.benchmarks.client import PATIENCE
from tests.benchmarks.figures import Figure, Goal
from tests.benchmarks.meters import MICROSECONDS, redis_bytes, resident

CASE = "depth"
DEPTHS = (1000, 1_000_000)
LONGEST_QUICK = 100_000
MOVED = 10_000
"""Tasks that are submitted and run at that depth."""
CHUNK = 10_000


def measure(bench: Bench) -> Iterable[Figure]:
    """Measure the same work at a short and at a very long queue."""
    for depth in DEPTHS:
        if bench.quick and depth > LONGEST_QUICK:
            continue
        yield from _measure_at(bench, bench.scaled(depth))


def _measure_at(bench: Bench, depth: int) -> Iterator[Figure]:
    moved = bench.scaled(MOVED)
    with bench.rig() as rig:
        rig.pause()
        before = redis_bytes(rig.redis)
        # The tasks that are run stand first, the others behind them.
        first = bench.client.run(_fill, moved)
        bench.client.run(_fill, depth)
        queued = (redis_bytes(rig.redis) - before) / (depth + moved)
        memory = resident(rig.broker)
        with rig.metered() as submit:
            bench.client.run(_fill, moved)
        rig.resume()
        seconds = bench.client.run(_follow, first)
    at = f"at {depth:,} queued"
    limit = Goal(120, at_most=True)
    yield Figure(CASE, f"{at}: memory of broker", "MiB", [memory], limit)
    limit = Goal(700, at_most=True)
    yield Figure(CASE, f"{at}: Redis, a queued task", "bytes", [queued], limit)
    yield from cost_figures(CASE, f"{at}: submit", [submit], moved)
    taken = seconds * MICROSECONDS / moved
    yield Figure(CASE, f"{at}: lease, run and settle", "µs/task", [taken])


async def _fill(count: int) -> tuple[UUID, UUID]:
    """The first and the last of the tasks."""
    ends: list[UUID] = []
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        handles = await app.add_tasks(noop(number) for number in numbers)
        ends += [handles[0].uuid, handles[-1].uuid]
    return ends[0], ends[-1]


async def _follow(ids: tuple[UUID, UUID]) -> float:
    begun, _ = await _times(ids[0])
    _, ended = await _times(ids[1])
    return (ended - begun).total_seconds()


async def _times(uuid: UUID) -> tuple[datetime, datetime]:
    task = await app.wait(uuid, PATIENCE)
    assert task is not None
    assert task.started_at is not None
    assert task.finished_at is not None
    return task.started_at, task.finished_at


DEPTH = Case(CASE, "tasks at a short and at a very long queue", measure)
