"""What a run of the demo looks like while it goes on."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from qtasks import v1
from qtasks.cli.demo.seen import Seen
from qtasks.cli.output import Output, printable

PLAIN_STEPS = 10
"""How many lines tell of the way from nothing to all."""


class Screen(Protocol):
    """Is told what happens; a context manager."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""

    def say(self, line: str) -> None:
        """Tell of a step."""

    def moved(self, seen: Seen) -> None:
        """Tasks were submitted, or ended."""

    def merging(self, progress: v1.Progress) -> None:
        """The merge says how far it is."""


class SilentScreen:
    """Shows nothing, for machines."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""

    def say(self, line: str) -> None:
        """Tell nothing."""

    def moved(self, seen: Seen) -> None:
        """Tell nothing."""

    def merging(self, progress: v1.Progress) -> None:
        """Tell nothing."""


class PlainScreen(SilentScreen):
    """Tells in lines, each time a part of the way is done.

    Args:
        output: Where to.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._told = {"measured": 0, "merged": 0}

    def say(self, line: str) -> None:
        """Tell of a step."""
        self._output.line(printable(line))

    def moved(self, seen: Seen) -> None:
        """Tell how many files are measured."""
        if self._reached("measured", seen.ended, len(seen.files)):
            shares = ", ".join(
                f"{worker} {count}" for worker, count in sorted(seen.by_worker.items())
            )
            self.say(f"measured {seen.ended} of {len(seen.files)} files ({shares})")

    def merging(self, progress: v1.Progress) -> None:
        """Tell how many files are merged."""
        if self._reached("merged", progress.done, progress.total):
            self.say(f"merged {progress.done:g} of {progress.total:g}: {progress.note}")

    def _reached(self, what: str, done: float, total: float) -> bool:
        step = int(done * PLAIN_STEPS / total) if total else 0
        if step <= self._told[what]:
            return False
        self._told[what] = step
        return True


class LiveScreen(SilentScreen):
    """Moves bars on a terminal: all files, each worker's, the merge.

    Args:
        output: Where to.
        workers: Their ids.
        total: How many files there are.
    """

    def __init__(self, output: Output, workers: Sequence[str], total: int) -> None:
        self._output = output
        self._bars = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=output.console,
            expand=True,
        )
        self._submitted = self._bars.add_task("submitted", total=total, note="")
        self._workers: dict[str, TaskID] = {
            worker: self._bars.add_task(worker, total=total, note="")
            for worker in workers
        }
        self._merge = self._bars.add_task("merge", total=total, note="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the bars as they stand."""
        self._bars.stop()

    def say(self, line: str) -> None:
        """Tell of a step, above the bars."""
        self._bars.console.print(printable(line), style="dim", markup=False)

    def moved(self, seen: Seen) -> None:
        """Move the bars of the workers."""
        self._bars.update(self._submitted, completed=seen.submitted)
        for worker, bar in self._workers.items():
            self._bars.update(bar, completed=seen.by_worker[worker])

    def merging(self, progress: v1.Progress) -> None:
        """Move the bar of the merge."""
        self._bars.update(
            self._merge,
            completed=progress.done,
            total=progress.total,
            note=printable(progress.note),
        )
