"""How fast tasks are submitted and waited for, and how long one alone takes."""

import time
from collections.abc import Iterable

import anyio

from tests.benchmarks.app import app, noop
from tests.benchmarks.bench import Bench, Case, cost_figures
from tests.benchmarks.client import PATIENCE
from tests.benchmarks.figures import Figure, Goal, percentile

IN_FLIGHT = ((100, 5000, Goal(10_000)), (1000, 20_000, None))
ALONE = 300
LIMITS = {50: Goal(1.5, at_most=True), 95: None, 99: None}


def measure_rate(bench: Bench) -> Iterable[Figure]:
    """Measure submit-and-wait with many tasks in flight."""
    for in_flight, usual, goal in IN_FLIGHT:
        count = bench.scaled(usual)
        rates, costs = [], []
        with bench.rig() as rig:
            bench.client.run(_run_many, count, in_flight)
            for _ in bench.times():
                with rig.metered() as cost:
                    seconds = bench.client.run(_run_many, count, in_flight)
                rates.append(count / seconds)
                costs.append(cost)
        what = f"{in_flight:,} in flight"
        yield Figure("wait", what, "tasks/s", rates, goal)
        yield from cost_figures("wait", what, costs, count)


def measure_latency(bench: Bench) -> Iterable[Figure]:
    """Measure how long one task at a time takes."""
    count = bench.scaled(ALONE)
    runs, costs = [], []
    with bench.rig() as rig:
        for _ in bench.times():
            with rig.metered() as cost:
                runs.append(bench.client.run(_run_alone, count))
            costs.append(cost)
    for percent, goal in LIMITS.items():
        values = [percentile(run, percent) * 1000 for run in runs]
        yield Figure("latency", f"p{percent}", "ms", values, goal)
    yield from cost_figures("latency", "one at a time", costs, count)


async def _run_many(count: int, in_flight: int) -> float:
    numbers = iter(range(count))

    async def call() -> None:
        for number in numbers:
            await _run(number)

    begun = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(in_flight):
            tasks.start_soon(call)
    return time.perf_counter() - begun


async def _run_alone(count: int) -> list[float]:
    await _run(0)  # the stream that follows tasks is open from here on
    taken = []
    for number in range(count):
        begun = time.perf_counter()
        await _run(number)
        taken.append(time.perf_counter() - begun)
    return taken


async def _run(number: int) -> None:
    ended = await app.add_task(noop, number, timeout=PATIENCE)
    assert ended is not None
    assert ended.returning == number


WAIT = Case("wait", "submit tasks and wait for them", measure_rate)
LATENCY = Case("latency", "one task at a time, from submit to result", measure_latency)
