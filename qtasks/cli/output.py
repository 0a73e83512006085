"""What commands print: tables on a terminal, plain lines in a pipe, JSON when asked."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qtasks.cli.exits import ExitCode

Facts = dict[str, Any]
"""What is known of one thing, as JSON knows values."""

WIDE = 120
"""Columns from which a terminal is wide."""

STATE_STYLES = {
    "success": "green",
    "error": "red",
    "cancel": "yellow",
    "process": "cyan",
    "retry": "magenta",
    "paused": "yellow",
    "draining": "yellow",
}
"""The colour of a word, wherever it stands."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Style(StrEnum):
    """How a command prints."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a listing."""

    heading: str
    key: str
    align: Literal["left", "right"] = "left"
    whole: bool = False
    """Never broken into two lines, so that it can be copied."""
    cut: bool = False
    """Cut where there is no room, instead of broken into lines."""
    wide: bool = False
    """Shown on wide terminals only."""
    show: Callable[[Any], str] | None = None
    """How a person reads the value; the value as it is when unset."""


class _PipeAwareConsole(Console):
    """A console that ends the command when nobody reads it any more."""

    def on_broken_pipe(self) -> NoReturn:
        _leave_broken_pipe()


class Output:
    """Prints what a command found, in the style the user wants.

    Args:
        as_json: Print JSON lines, whatever stdout is.
        console: Stands for stdout.
    """

    def __init__(
        self, *, as_json: bool = False, console: Console | None = None
    ) -> None:
        self.console = console or _PipeAwareConsole(highlight=False)
        if as_json:
            self.style = Style.JSON
        elif self.console.is_terminal:
            self.style = Style.TABLE
        else:
            self.style = Style.PLAIN

    @property
    def live(self) -> bool:
        """Whether bars can move: a person looks at a terminal."""
        return self.style is Style.TABLE

    def listing(
        self, columns: Sequence[Column], items: Iterable[Facts], *, empty: str
    ) -> None:
        """Print many things of one kind.

        Args:
            columns: What a person wants to see of each; JSON has everything.
            items: The things.
            empty: What a person is told when there are none.
        """
        if self.style is Style.JSON:
            self.lines(json.dumps(item, ensure_ascii=False) for item in items)
        elif self.style is Style.PLAIN:
            self.lines(
                "\t".join(plain(item.get(column.key)) for column in columns)
                for item in items
            )
        else:
            rows = list(items)
            wide = self.console.width >= WIDE
            shown = [column for column in columns if wide or not column.wide]
            self.console.print(table(shown, rows) if rows else Text(empty, "dim"))

    def facts(self, facts: Facts) -> None:
        """Print one thing: what is set of it, or all of it as JSON."""
        if self.style is Style.JSON:
            self.json(facts)
        elif self.style is Style.PLAIN:
            for key, value in _told(facts):
                self.line(f"{key}: {plain(value)}")
        else:
            grid = Table.grid(padding=(0, 2))
            grid.add_column(style="bold")
            grid.add_column(overflow="fold")
            for key, value in _told(facts):
                grid.add_row(key, styled(plain(value)))
            self.console.print(grid)

    def json(self, facts: Facts) -> None:
        """Print one line of JSON."""
        self.line(json.dumps(facts, ensure_ascii=False))

    def line(self, line: str) -> None:
        """Print one line as it is, and see to it that a reader gets it now."""
        self.lines((line,))

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines as they are, and see to it that a reader gets them now."""
        text = "".join(f"{line}\n" for line in lines)
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            _leave_broken_pipe()


def table(columns: Sequence[Column], rows: Sequence[Facts]) -> Table:
    """Draw things of one kind for a person."""
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    cells = [[_cell(column, row) for column in columns] for row in rows]
    for place, column in enumerate(columns):
        longest = max((len(row[place]) for row in cells), default=0)
        drawn.add_column(
            column.heading,
            justify=column.align,
            overflow="ellipsis" if column.cut else "fold",
            no_wrap=column.whole or column.cut,
            min_width=max(longest if column.whole else 0, len(column.heading)),
        )
    for row in cells:
        drawn.add_row(*map(styled, row))
    return drawn


def _cell(column: Column, row: Facts) -> str:
    value = row.get(column.key)
    if column.show is None or value is None:
        return plain(value)
    return column.show(value)


def styled(word: str) -> Text:
    """Colour a word that has a colour."""
    return Text(word, STATE_STYLES.get(word, ""))


def plain(value: object) -> str:
    """Write a value on one line of plain text.

    Control characters are shown and not obeyed: what a task says must not steer the
    terminal of whoever looks.
    """
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(printable(item) for item in value) or "-"
    return printable(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """Show control characters by their names."""
    return _CONTROL.sub(
        lambda match: match.group().encode("unicode_escape").decode("ascii"), text
    )


def clock_time(iso: str) -> str:
    """Write a moment as the clock on the wall shows it."""
    return datetime.fromisoformat(iso).astimezone().strftime("%m-%d %H:%M:%S")


def _told(facts: Facts) -> Iterator[tuple[str, Any]]:
    """Leave out what says nothing."""
    for key, value in facts.items():
        if value is not False and value not in (None, "", [], {}):
            yield key, value


def complain(message: str) -> None:
    """Say on stderr, in one line, what went wrong."""
    typer.echo(f"qtasks: {printable(message)}", err=True)


def prepare_streams() -> None:
    """Let stdout and stderr take any text there is, file names included."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def flush_quietly() -> None:
    """Write what is buffered; a reader that left is no failure of ours."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()


def _leave_broken_pipe() -> NoReturn:
    _silence_stdout()
    raise typer.Exit(ExitCode.BROKEN_PIPE)


def _silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
