"""`python -m tests.benchmarks`: measure how fast qtasks is, on this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import pytest
import typer

from tests.benchmarks.bench import Bench
from tests.benchmarks.client import Client
from tests.benchmarks.depth import DEPTH
from tests.benchmarks.draining import DRAIN
from tests.benchmarks.facts import machine_facts
from tests.benchmarks.offloading import OFFLOAD
from tests.benchmarks.profiling import print_profile
from tests.benchmarks.report import JsonReport, TableReport
from tests.benchmarks.rig import RigOptions
from tests.benchmarks.speaking import LANGUAGES
from tests.benchmarks.submitting import SUBMIT
from tests.benchmarks.waiting import LATENCY, WAIT
from tests.benchmarks.yielding import YIELDS

CASES = {
    one.name: one
    for one in (SUBMIT, DRAIN, WAIT, LATENCY, YIELDS, OFFLOAD, LANGUAGES, DEPTH)
}
CANT_MEASURE = 2

CaseName = StrEnum(
    "CaseName",
    ["submit", "drain", "wait", "latency", "yields", "offload", "languages", "depth"],
)
Role = StrEnum("Role", ["broker", "worker", "client"])
Fsync = StrEnum("Fsync", ["always", "everysec", "no"])

EXAMPLES = "\n\n".join(
    (
        "\b\nCases:",
        *(f"  {case.name}: {case.title}" for case in CASES.values()),
        "\b\nExamples:",
        "  python -m tests.benchmarks --quick",
        "  python -m tests.benchmarks wait latency --json > before.jsonl",
        "  python -m tests.benchmarks drain --profile broker --profile worker",
        "  python -m tests.benchmarks offload --django-q ~/django-q/bin/python",
        "  python -m tests.benchmarks submit --fsync always --repeats 3",
    )
)


def measure(
    *,
    cases: Annotated[
        list[CaseName] | None, typer.Argument(help="What to measure; else everything.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Lines of JSON instead of a table.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the queue of a million.")
    ] = False,
    repeats: Annotated[
        int, typer.Option(min=1, help="How often what is short is measured.")
    ] = 5,
    scale: Annotated[
        float,
        typer.Option(min=0.001, max=10, help="Do this share of the usual work."),
    ] = 1.0,
    max_tasks: Annotated[
        int, typer.Option(min=1, help="Tasks at once in a worker process.")
    ] = 100,
    processes: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    fsync: Annotated[
        Fsync, typer.Option(help="When Redis writes to disk; `no`: never.")
    ] = Fsync.no,
    django_q: Annotated[
        str | None,
        typer.Option(
            metavar="PYTHON",
            help="Compare with the django-q2 of this Python's environment; else with "
            "the one that is installed here, if any.",
        ),
    ] = None,
    profile: Annotated[
        list[Role] | None,
        typer.Option(help="Print where this process spends its time; slows it down."),
    ] = None,
) -> None:
    """Measure qtasks over gRPC with a real Redis, all started here."""
    options = RigOptions(max_tasks=max_tasks, processes=processes, fsync=fsync)
    report = (JsonReport if as_json else TableReport)(machine_facts(options))
    with Client() as client:
        bench = Bench(
            client=client,
            options=options,
            repeats=repeats,
            scale=scale,
            quick=quick,
            django_q=django_q,
        )
        for name in cases or CASES:
            report.case(CASES[name].title)
            with profiling(bench, frozenset(profile or ()), name) as prepared:
                for figure in CASES[name].measure(prepared):
                    report.add(figure)
    report.close()


@contextmanager
def profiling(bench: Bench, roles: frozenset[str], case: str) -> Iterator[Bench]:
    """A bench that profiles processes; print their profiles after the block."""
    with TemporaryDirectory() as folder:
        into = Path(folder)
        bench.client.profile_into = into / "client" if "client" in roles else None
        yield replace(
            bench, options=replace(bench.options, profiles=into, profile=roles)
        )
        for role in sorted(roles):
            print_profile(f"{role} in {case}", into / role, sys.stderr)


def main() -> None:
    """Measure; what a machine lacks is one line."""
    command = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    command.command(epilog=EXAMPLES)(measure)
    try:
        command(prog_name="python -m tests.benchmarks")
    except pytest.skip.Exception as missing:
        sys.stderr.write(f"can't measure: {missing.msg}\n")
        sys.exit(CANT_MEASURE)


if __name__ == "__main__":
    main()
