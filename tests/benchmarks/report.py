"""What a run says: facts and figures, as a table or as lines of JSON."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby

from rich.console import Console
from rich.table import Table

from tests.benchmarks.facts import Facts
from tests.benchmarks.figures import Figure

PARTS = (
    *("client CPU", "broker CPU", "redis CPU", "worker CPU", "all CPU"),
    *("Redis commands", "Redis scripts"),
)
"""The columns of costs, in this order."""


class JsonReport:
    """A line for the facts, then one for each figure, as soon as it is known."""

    def __init__(self, facts: Facts) -> None:
        self._say({"facts": facts})

    def case(self, title: str) -> None:
        """A case begins."""

    def add(self, figure: Figure) -> None:
        """A figure is known."""
        line = asdict(figure) | {"value": figure.value}
        if figure.goal is not None:
            line["reached"] = figure.goal.reached(figure.value)
        self._say(line)

    def close(self) -> None:
        """All is measured."""

    @staticmethod
    def _say(line: Mapping[str, object]) -> None:
        sys.stdout.write(f"{json.dumps(line)}\n")
        sys.stdout.flush()


class TableReport:
    """Two tables at the end; on the way, what is being measured."""

    def __init__(self, facts: Facts) -> None:
        self._console = Console(highlight=False)
        self._console.print("  ".join(f"{name} {facts[name]}" for name in facts))
        self._figures: list[Figure] = []

    def case(self, title: str) -> None:
        """A case begins."""
        self._console.print(f"measuring: {title}")

    def add(self, figure: Figure) -> None:
        """A figure is known."""
        self._figures.append(figure)

    def close(self) -> None:
        """All is measured."""
        self._console.print(_reached([one for one in self._figures if not one.part]))
        self._console.print(_costs([one for one in self._figures if one.part]))


def _reached(figures: Iterable[Figure]) -> Table:
    table = Table("case", "what", title="reached", title_justify="left")
    for heading in ("median", "lowest", "highest"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    table.add_column("goal", justify="right")
    for case, group in groupby(figures, lambda figure: figure.case):
        for figure in group:
            table.add_row(
                case,
                figure.name,
                _number(figure.value),
                _number(min(figure.values)),
                _number(max(figure.values)),
                figure.unit,
                _goal(figure),
            )
        table.add_section()
    return table


def _costs(figures: Sequence[Figure]) -> Table:
    """A row for each piece of work, a column for each part of its cost."""
    present = {figure.part for figure in figures}
    parts = [part for part in PARTS if part in present]
    table = Table("case", "each", title="CPU in µs, calls", title_justify="left")
    for part in parts:
        table.add_column(part, justify="right")
    for case, group in groupby(figures, lambda figure: figure.case):
        for name, row in groupby(group, lambda figure: figure.name):
            of = {figure.part: figure for figure in row}
            each = next(iter(of.values())).unit.partition("/")[2]
            cells = [_number(of[part].value) if part in of else "" for part in parts]
            table.add_row(case, f"{each}: {name}", *cells)
        table.add_section()
    return table


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    colour = "green" if figure.goal.reached(figure.value) else "red"
    sign = "≤" if figure.goal.at_most else "≥"
    return f"[{colour}]{sign} {_number(figure.goal.value)}[/]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
