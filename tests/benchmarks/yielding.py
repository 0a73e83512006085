"""How fast what one task yields reaches one watcher, and how old it is then."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qtasks.task import TaskCall
from tests.benchmarks.app import app, tick, tick_in_thread
from tests.benchmarks.bench import Bench, Case, cost_figures
from tests.benchmarks.figures import Figure, Goal, percentile

CASE = "yields"
FLOOD = 100_000
PACED = 2000
PAUSE = 0.001


@dataclass(frozen=True)
class Seen:
    """What a watcher saw of one task."""

    seconds: float
    """From the first yield's making to the last one's arrival."""
    ages: list[float]
    """How old each was when it arrived, in seconds."""


def measure(bench: Bench) -> Iterable[Figure]:
    """Measure how yields arrive."""
    flood, paced = bench.scaled(FLOOD), bench.scaled(PACED)
    ways = (
        ("as fast as they come", tick(flood, 0), flood, Goal(100_000)),
        ("from a plain generator", tick_in_thread(flood), flood, None),
        ("one each ms", tick(paced, PAUSE), paced, None),
    )
    with bench.rig() as rig:
        for what, call, count, goal in ways:
            runs, costs = [], []
            for _ in bench.times():
                with rig.metered() as cost:
                    runs.append(bench.client.run(_watch, call, count))
                costs.append(cost)
            rates = [count / run.seconds for run in runs]
            yield Figure(CASE, what, "yields/s", rates, goal)
            for percent in (50, 99):
                ages = [percentile(run.ages, percent) * 1000 for run in runs]
                limit = Goal(1, at_most=True) if percent == 50 else None
                yield Figure(CASE, f"{what}: age p{percent}", "ms", ages, limit)
            yield from cost_figures(CASE, what, costs, count, each="yield")


async def _watch(call: TaskCall[Any], count: int) -> Seen:
    handle = await app.add_task(call)
    made, ages = [], []
    async for event in handle.watch():
        if event.kind == "yield":
            made.append(event.value)
            ages.append(time.monotonic() - event.value)
        elif event.kind == "end":
            assert event.state == "success"
    assert len(made) == count, f"{count - len(made)} of {count} yields are missing"
    assert made == sorted(made)
    return Seen(made[-1] + ages[-1] - made[0], ages)


YIELDS = Case(CASE, "what a task yields, to one watcher", measure)
