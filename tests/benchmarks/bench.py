"""A bench: how the cases of a run are set up, and how much each does."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.benchmarks.client import Client
from tests.benchmarks.figures import Figure
from tests.benchmarks.meters import MICROSECONDS, Cost
from tests.benchmarks.rig import Rig, RigOptions, running_rig


@dataclass(frozen=True, kw_only=True)
class Bench:
    """How the cases of a run are set up, and how much each does."""

    client: Client
    options: RigOptions = field(default_factory=RigOptions)
    repeats: int = 5
    """How often what is short is measured."""
    scale: float = 1.0
    """The share of the usual work."""
    quick: bool = False
    """Leave out what takes minutes."""
    django_q: str | None = None
    """The Python of an environment that has Django Q."""

    def scaled(self, count: int, *, at_least: int = 1) -> int:
        """How many, instead of `count`."""
        return max(at_least, round(count * self.scale))

    def times(self) -> range:
        """Once for each repeat."""
        return range(self.repeats)

    @contextmanager
    def rig(self, *, worker: bool = True) -> Iterator[Rig]:
        """Fresh processes, warm if there is a worker."""
        with running_rig(self.options) as rig:
            if worker:
                rig.start_worker()
                self.client.warm_up()
            yield rig


@dataclass(frozen=True)
class Case:
    """Something to measure."""

    name: str
    title: str
    measure: Callable[[Bench], Iterable[Figure]]


def cost_figures(
    case: str, what: str, costs: list[Cost], count: int, *, each: str = "task"
) -> list[Figure]:
    """What each task cost every process, from the cost of so many tasks."""

    def figure(part: str, unit: str, totals: list[float]) -> Figure:
        values = [total / count for total in totals]
        return Figure(case, what, f"{unit}/{each}", values, part=part)

    roles = costs[0].cpu
    spent = {role: [one.cpu[role] * MICROSECONDS for one in costs] for role in roles}
    spent["all"] = [sum(one.cpu.values()) * MICROSECONDS for one in costs]
    return [
        *(figure(f"{role} CPU", "µs", values) for role, values in spent.items()),
        figure("Redis commands", "calls", [one.commands for one in costs]),
        figure("Redis scripts", "calls", [one.scripts for one in costs]),
    ]
