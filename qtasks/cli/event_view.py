"""The events of one task on the screen: a line an event, a bar for its progress."""

import json
import math
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from qtasks import v1
from qtasks.cli.events import event_facts, event_words
from qtasks.cli.facts import moment
from qtasks.cli.output import Output, Style, clock_time, plain, printable

KIND_STYLES = {
    "yielded": "bold",
    "asked": "bold yellow",
    "log": "dim",
    "gap": "yellow",
    "success": "bold green",
    "error": "bold red",
    "cancel": "bold yellow",
    "retry": "magenta",
}


class EventView:
    """Shows the events of one task as they come; a context manager.

    Args:
        output: Where to, and how.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._bars: Progress | None = None
        self._bar = TaskID(0)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()

    def see(self, events: Sequence[v1.TaskEvent]) -> None:
        """Show events; those that come together are printed together."""
        match self._output.style:
            case Style.JSON:
                facts = map(event_facts, events)
                self._output.lines(json.dumps(f, ensure_ascii=False) for f in facts)
            case Style.PLAIN:
                self._output.lines(map(_plain_line, events))
            case Style.TABLE:
                self._draw(events)

    def _draw(self, events: Sequence[v1.TaskEvent]) -> None:
        lines = [_styled_line(e) for e in events if not e.HasField("progress")]
        if lines:
            self._output.console.print(Text("\n").join(lines))
        steps = [event.progress for event in events if event.HasField("progress")]
        if steps:
            self._move_bar(steps[-1])

    def _move_bar(self, progress: v1.Progress) -> None:
        if self._bars is None:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._output.console,
            )
            self._bar = self._bars.add_task("", total=None)
            self._bars.start()
        self._bars.update(
            self._bar,
            description=escape(printable(progress.note) or "progress"),
            completed=_drawn(progress.done),
            total=_drawn(progress.total) or None,
        )


def _drawn(number: float) -> float:
    """A number as a bar can show it, whatever the task said."""
    return number if math.isfinite(number) else 0.0


def _plain_line(event: v1.TaskEvent) -> str:
    kind, words = event_words(event)
    return f"{event.seq}\t{plain(moment(event.time))}\t{kind}\t{plain(words)}"


def _styled_line(event: v1.TaskEvent) -> Text:
    kind, words = event_words(event)
    time = moment(event.time)
    clock = clock_time(time).split()[1] if time else ""
    return Text.assemble(
        (f"{clock} ", "dim"),
        (f"{kind:<10}", KIND_STYLES.get(kind, "cyan")),
        f" {printable(words)}",
    )
