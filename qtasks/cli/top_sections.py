"""The sections of `qtasks top`: queues, tasks, workers, and what runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qtasks import v1
from qtasks.cli.facts import instant, seconds
from qtasks.cli.figures import age, length, rate
from qtasks.cli.output import printable

WIDE = 110
"""Columns from which there is room for what is nice to know."""

BAR = 10


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: numbers are as wide as they are, one word takes what is left."""

    name: str
    align: Literal["left", "right"] = "right"
    share: int = 0
    """Its part of the width that is left; 0: as wide as what is in it."""
    wide: bool = False
    """Shown on wide terminals only."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a section."""

    name: str
    weight: float
    """The more, the sooner it is shown when there is no room for all."""
    cells: tuple[Text | str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind."""

    headings: tuple[Heading, ...]
    rows: list[Row] = field(default_factory=list)
    empty: str = ""
    """Said when there are none; nothing: the section is left out."""
    by_name: bool = True
    """Whether rows that all fit stand by name, so that they do not jump about."""

    def drawn(self, lines: int, width: int) -> RenderableType:
        """Draw it in so many lines below its heading."""
        if not self.rows:
            title = self.headings[0].name
            return Group(Text(title, "bold dim"), Text(self.empty, "dim"))
        rows = self.rows
        if len(rows) > lines or not self.by_name:
            rows = sorted(rows, key=lambda row: (-row.weight, row.name))[:lines]
        else:
            rows = sorted(rows, key=lambda row: row.name)
        chosen = [
            place
            for place, heading in enumerate(self.headings)
            if width >= WIDE or not heading.wide
        ]
        table = Table(
            box=None, pad_edge=False, header_style="bold dim", expand=True, width=width
        )
        for place in chosen:
            self._add_column(table, place, len(rows))
        for row in rows:
            table.add_row(*(row.cells[place] for place in chosen))
        return table

    def _add_column(self, table: Table, place: int, shown: int) -> None:
        heading = self.headings[place]
        name = heading.name
        if place == 0 and shown < len(self.rows):
            name = f"{name} {shown} of {len(self.rows)}"
        table.add_column(
            name,
            justify=heading.align,
            ratio=heading.share or None,
            no_wrap=True,
            overflow="ellipsis",
        )


def queue_section(stats: v1.Stats) -> Section:
    """The queues, those with the most to do first."""
    figures = {one.name: one for one in stats.activity.queues}
    rows = []
    for queue in stats.queues:
        flow = figures.get(queue.name, v1.ActivityFigures())
        unserved = sum(one.ready for one in queue.backlog if one.unserved)
        state = Text("paused", "yellow") if queue.paused else Text("")
        if unserved and not queue.paused:
            state = Text(f"{unserved} unserved", "yellow")
        cells = (
            printable(queue.name),
            state,
            str(queue.ready),
            str(queue.scheduled),
            str(queue.running),
            rate(flow.submitted_rate),
            rate(flow.ended_rate),
            _failures(flow.failed_rate),
            str(queue.success_total),
            _count(queue.error_total),
        )
        weight = queue.ready + queue.running + flow.ended_rate
        rows.append(Row(queue.name, weight, cells))
    headings = (
        Heading("QUEUE", "left", share=1),
        Heading("", "left"),
        Heading("READY"),
        Heading("LATER"),
        Heading("RUNNING"),
        Heading("IN/S"),
        Heading("OUT/S"),
        Heading("FAIL/S"),
        Heading("SUCCESS", wide=True),
        Heading("ERROR", wide=True),
    )
    return Section(headings, rows, empty="no queues yet")


def task_section(stats: v1.Stats) -> Section:
    """The task names that something went through of, the busiest first."""
    rows = [
        Row(
            one.name,
            one.ended_rate + one.started_rate,
            (
                printable(one.name) or "(all others)",
                rate(one.ended_rate),
                _failures(one.failed_rate),
                *_latency(one.wait),
                *_latency(one.run),
            ),
        )
        for one in stats.activity.tasks
    ]
    headings = (
        Heading("TASK", "left", share=1),
        Heading("OUT/S"),
        Heading("FAIL/S"),
        Heading("WAIT p50"),
        Heading("p95"),
        Heading("p99", wide=True),
        Heading("RUN p50"),
        Heading("p95"),
        Heading("p99", wide=True),
    )
    return Section(headings, rows)


def worker_section(stats: v1.Stats) -> Section:
    """The live workers, the busiest first."""
    rows = [
        Row(
            one.worker_id,
            one.running / max(1, one.slots),
            (
                printable(one.worker_id),
                bar(one.running, one.slots),
                f"{one.running}/{one.slots}",
                printable(",".join(one.queues)),
                f"{printable(one.host)}:{one.pid}",
                _since(stats, one.connect_time),
            ),
        )
        for one in stats.live_workers
    ]
    headings = (
        Heading("WORKER", "left", share=2),
        Heading("LOAD", "left"),
        Heading(""),
        Heading("QUEUES", "left", share=1),
        Heading("HOST:PID", "left", wide=True),
        Heading("UP"),
    )
    return Section(
        headings, rows, empty="no live workers; start one: qtasks -A module:app run"
    )


def running_section(stats: v1.Stats) -> Section:
    """What runs, longest first."""
    now = instant(stats.time)
    rows = []
    for task in stats.running:
        began = instant(task.start_time)
        so_far = (now - began).total_seconds() if now and began else 0.0
        note = task.progress.note
        cells = (
            printable(task.name),
            task.id,
            age(so_far),
            _progress(task),
            printable(note),
            printable(task.worker_id),
        )
        rows.append(Row(task.id, so_far, cells))
    headings = (
        Heading("RUNNING", "left", share=2),
        Heading("ID", "left"),
        Heading("AGE"),
        Heading("PROGRESS", "left"),
        Heading("", "left", share=2, wide=True),
        Heading("WORKER", "left", share=1, wide=True),
    )
    return Section(headings, rows, by_name=False)


def bar(done: float, total: float) -> Text:
    """Draw how much of something is done or taken."""
    part = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
    full = round(part * BAR)
    return Text.assemble(("━" * full, "cyan"), ("─" * (BAR - full), "dim"))


def _progress(task: v1.RunningTask) -> Text:
    if not task.HasField("progress"):
        return Text("")
    done, total = task.progress.done, task.progress.total
    if total <= 0:
        return Text(f"{done:g}")
    return bar(done, total).append(f" {min(done / total, 1.0):4.0%}", "default")


def _since(stats: v1.Stats, time: Timestamp) -> str:
    now, then = instant(stats.time), instant(time)
    return age((now - then).total_seconds()) if now and then else ""


def _failures(per_second: float) -> Text:
    return Text(rate(per_second), "red" if per_second else "")


def _count(count: int) -> Text:
    return Text(str(count), "red" if count else "")


def _latency(latency: v1.Latency) -> Sequence[str]:
    if not latency.count:
        return ("-",) * 3
    return [length(seconds(one)) for one in (latency.p50, latency.p95, latency.p99)]
