"""How fast tasks are stored: one at a time, from 64 callers, in bulk. No worker runs."""

import time
from collections.abc import Iterable

import anyio

from tests.benchmarks.app import app, noop
from tests.benchmarks.bench import Bench, Case, cost_figures
from tests.benchmarks.figures import Figure, Goal

CASE = "submit"
CALLERS = 64
BULK = 1000


def measure(bench: Bench) -> Iterable[Figure]:
    """Measure how fast tasks are stored."""
    ways = (
        ("one at a time", _alone, bench.scaled(2000), None),
        (f"{CALLERS} callers", _concurrent, bench.scaled(20_000), Goal(20_000)),
        (f"bulk of {BULK:,}", _bulk, bench.scaled(40_000, at_least=BULK), Goal(60_000)),
        ("all in one call", _at_once, bench.scaled(40_000), Goal(60_000)),
    )
    for what, way, count, goal in ways:
        with bench.rig(worker=False) as rig:
            bench.client.run(_bulk, BULK)
            rates, costs = [], []
            for _ in bench.times():
                with rig.metered() as cost:
                    seconds = bench.client.run(way, count)
                rates.append(count / seconds)
                costs.append(cost)
        yield Figure(CASE, what, "tasks/s", rates, goal)
        yield from cost_figures(CASE, what, costs, count)


async def _alone(count: int) -> float:
    begun = time.perf_counter()
    for number in range(count):
        await app.add_task(noop, number)
    return time.perf_counter() - begun


async def _concurrent(count: int) -> float:
    numbers = iter(range(count))

    async def call() -> None:
        for number in numbers:
            await app.add_task(noop, number)

    begun = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(CALLERS):
            tasks.start_soon(call)
    return time.perf_counter() - begun


async def _bulk(count: int) -> float:
    begun = time.perf_counter()
    for start in range(0, count, BULK):
        stop = min(start + BULK, count)
        await app.add_tasks(noop(number) for number in range(start, stop))
    return time.perf_counter() - begun


async def _at_once(count: int) -> float:
    begun = time.perf_counter()
    await app.add_tasks(noop(number) for number in range(count))
    return time.perf_counter() - begun


SUBMIT = Case(CASE, "store tasks", measure)
