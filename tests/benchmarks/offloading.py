"""How fast functions are offloaded, beside Django Q where that is installed.

All sides are up at once and take turns, so that what else the machine does meets all.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from tests.benchmarks.bench import Bench, Case
from tests.benchmarks.figures import Figure, Goal
from tests.benchmarks.offloading_sides import (
    DjangoQ,
    InProcess,
    OverService,
    Side,
    Taken,
    python_with_django_q,
)

CASE = "offload"
TIMES_FASTER = Goal(3)

PROGRAMS = {
    "alone": ("one at a time", 1000),
    "shared": ("through a shared broker", 2000),
    "waited": ("submit and wait, one at a time", 100),
    "grouped": ("a group of 2,000", 2000),
    "batched": ("through a batch", 2000),
    "batched_group": ("a group of 2,000 through a batch", 2000),
    "iterated": ("async_iter of 10,000, result", 10_000),
    "iterated_group": ("async_iter of 10,000, result_group", 10_000),
}
"""What is run by its name in the client, how it is called, and how often it calls."""

INSTEAD = {
    "iterated_group": "iterated",
    "batched": "shared",
    "batched_group": "grouped",
}
"""What Django Q runs instead: the results of its iterations are no group, and it has no
batches."""

ONLY_SUBMITTED = ("alone", "shared", "batched")
"""What is also measured to the end of the submits alone."""

Runs = dict[tuple[Side, str], list[Taken]]


def measure(bench: Bench) -> Iterable[Figure]:
    """Measure programs on each side, in turns."""
    python = python_with_django_q(bench.django_q)
    ours: list[Side] = [
        InProcess(bench.options.processes),
        OverService(bench.options.processes),
    ]
    theirs = None if python is None else DjangoQ(python, os.cpu_count() or 1)
    if theirs is None:
        sys.stderr.write(
            "django-q2 is not installed here: qtasks alone is measured "
            "(--django-q names the Python of another environment)\n"
        )
    with ExitStack() as stack:
        sides = [
            stack.enter_context(side.running())
            for side in (*ours, *([theirs] if theirs else []))
        ]
        runs: Runs = {}
        for program, (_, usual) in PROGRAMS.items():
            count = bench.scaled(usual)
            for _ in bench.times():
                for side in sides:
                    taken = _run(side, program, count, is_theirs=side is theirs)
                    runs.setdefault((side, program), []).append(taken)
            yield from _figures(program, count, runs, ours, theirs)


def _run(side: Side, program: str, count: int, *, is_theirs: bool) -> Taken:
    return side.run(INSTEAD.get(program, program) if is_theirs else program, count)


def _figures(
    program: str, count: int, runs: Runs, ours: Sequence[Side], theirs: Side | None
) -> Iterator[Figure]:
    what, _ = PROGRAMS[program]
    parts = {"": "ended"}
    if program in ONLY_SUBMITTED:
        parts = {", submitted": "submitted", ", to the end": "ended"}
    for said, attribute in parts.items():
        rates = {
            side: [count / getattr(one, attribute) for one in taken]
            for (side, run), taken in runs.items()
            if run == program
        }
        for side, values in rates.items():
            yield Figure(CASE, f"{what}{said}: {side.name}", "tasks/s", values)
        if theirs is None:
            continue
        for side in ours:
            ratios = [
                own / other
                for own, other in zip(rates[side], rates[theirs], strict=True)
            ]
            name = f"{what}{said}: {side.name}, over {theirs.name}"
            yield Figure(CASE, name, "times", ratios, TIMES_FASTER)


OFFLOAD = Case(CASE, "offload functions, beside Django Q", measure)
