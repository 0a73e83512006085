"""The events of one task on the screen: a line an event, a bar for its progress."""

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

    def see(self, event: v1.TaskEvent) -> None:
        """Show an event."""
        if self._output.style is Style.JSON:
            self._output.json(event_facts(event))
        elif self._output.live and event.HasField("progress"):
            self._move_bar(event.progress)
        else:
            self._print(event)

    def _print(self, event: v1.TaskEvent) -> None:
        kind, words = event_words(event)
        time = moment(event.time)
        if self._output.style is Style.PLAIN:
            self._output.line(f"{event.seq}\t{plain(time)}\t{kind}\t{plain(words)}")
            return
        clock = clock_time(time).split()[1] if time else ""
        self._output.console.print(
            Text.assemble(
                (f"{clock} ", "dim"),
                (f"{kind:<10}", KIND_STYLES.get(kind, "cyan")),
                f" {printable(words)}",
            )
        )

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
            completed=progress.done,
            total=progress.total or None,
        )
