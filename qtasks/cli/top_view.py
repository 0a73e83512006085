"""How `qtasks top` looks: sections that share the height of the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from qtasks import v1
from qtasks.cli.facts import instant, seconds
from qtasks.cli.figures import age, rate
from qtasks.cli.output import printable
from qtasks.cli.top_sections import (
    queue_section,
    running_section,
    task_section,
    worker_section,
)

HEAD_LINES = 2
FOOT_LINES = 2
SECTION_LINES = 2
"""A heading, and a blank line before it."""

MOST_COLUMNS = 120
"""Wider, an eye loses the line."""

ENDLESS = 10_000
"""Lines there are when nobody looks at a terminal."""


@dataclass(frozen=True, slots=True)
class TopView:
    """What is on the screen.

    Args:
        stats: The figures; none until the first came.
        trouble: What is wrong with the broker, if anything is.
        fill: Whether it takes the whole height, with a line at the bottom.
    """

    stats: v1.Stats | None
    trouble: str = ""
    fill: bool = True

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        """Draw it for the size the terminal has now."""
        width = min(options.max_width, MOST_COLUMNS)
        height = options.height or console.height if self.fill else ENDLESS
        if self.stats is None:
            yield Text(self.trouble or "waiting for the broker", "yellow")
            return
        lines = console.render_lines(
            Group(*self._body(self.stats, width, height)),
            options.update(width=width, height=None),
        )
        if self.fill:
            lines = lines[: height - 1]
        for line in lines:
            yield from line
            yield Text("\n", end="")
        if self.fill:
            yield Text("\n" * (height - 1 - len(lines)), end="")
            yield self._foot(options.max_width)

    def _body(
        self, stats: v1.Stats, width: int, height: int
    ) -> Sequence[RenderableType]:
        sections = [
            queue_section(stats),
            task_section(stats),
            worker_section(stats),
            running_section(stats),
        ]
        shown = [one for one in sections if one.rows or one.empty]
        room = height - HEAD_LINES - FOOT_LINES - SECTION_LINES * len(shown)
        parts: list[RenderableType] = [_title(stats, width), _summary(stats, width)]
        wanted = [max(1, len(section.rows)) for section in shown]
        for section, rows in zip(shown, shared(wanted, room), strict=True):
            parts += [Text(""), section.drawn(rows, width)]
        return parts

    def _foot(self, width: int) -> Text:
        if self.trouble:
            foot = Text(f" {printable(self.trouble)}", "black on yellow", end="")
        else:
            foot = Text(" q quit", "dim", end="")
        foot.truncate(width, overflow="ellipsis", pad=bool(self.trouble))
        return foot


def shared(wanted: Sequence[int], room: int) -> list[int]:
    """Share lines among sections: all get as much as they want, or an equal part."""
    given = [0] * len(wanted)
    left = max(0, room)
    while left and any(have < want for have, want in zip(given, wanted, strict=True)):
        for place, want in enumerate(wanted):
            if left and given[place] < want:
                given[place] += 1
                left -= 1
    return given


def _title(stats: v1.Stats, width: int) -> Text:
    at = instant(stats.time)
    clock = at.astimezone().strftime("%H:%M:%S") if at is not None else ""
    broker = f"{stats.broker_id} {stats.broker_version}, {stats.storage}"
    up = age(seconds(stats.uptime))
    title = Text.assemble(
        (printable(stats.app), "bold"), (f"  {broker}, up {up}", "dim")
    )
    title.truncate(max(0, width - len(clock) - 1), overflow="ellipsis", pad=True)
    return title.append(f" {clock}", "dim")


def _summary(stats: v1.Stats, width: int) -> Text:
    total = stats.activity.total
    running = sum(queue.running for queue in stats.queues)
    ready = sum(queue.ready for queue in stats.queues)
    failed = "red" if total.failed_rate else "dim"
    words = (
        (f"{ready}", " ready", "bold"),
        (f"{running}", f" of {stats.slots} running", "bold"),
        (rate(total.submitted_rate), "/s in", "bold"),
        (rate(total.ended_rate), "/s out", "bold"),
        (rate(total.failed_rate), "/s failed", failed),
    )
    summary = Text("   ").join(
        Text.assemble((number, style), (rest, "dim")) for number, rest, style in words
    )
    summary.truncate(width, overflow="ellipsis")
    return summary
