"""What a run of the demo found, for a person: tables on a terminal, lines in a pipe."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qtasks.cli.output import Column, Output, plain, table

SHA_SHOWN = 12

FILES = (
    Column(heading="FILE", key="path"),
    Column(heading="BYTES", key="size", align="right", show=lambda n: f"{n:,}"),
    Column(heading="LINES", key="lines", align="right", show=lambda n: f"{n:,}"),
    Column(heading="SHA-256", key="sha256", show=lambda text: text[:SHA_SHOWN]),
)
PROBLEMS = (
    Column(heading="NOT MEASURED", key="path"),
    Column(heading="WHY", key="why"),
)


def show_report(report: dict[str, Any], output: Output) -> None:
    """Print a report as a person reads it."""
    if output.live:
        output.console.print(_drawn(report))
        return
    for file in report["largest"]:
        output.line("\t".join(["file", *(plain(file[c.key]) for c in FILES)]))
    for problem in report["problems"]:
        output.line(f"problem\t{plain(problem['path'])}\t{plain(problem['why'])}")
    for label, value in (*totals(report), *figures(report)):
        output.line(f"{label}: {value}")


def totals(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Say what was found, in words."""
    more = ", and there are more (see --limit)" if report["more_files"] else ""
    words = (f"{word} {count:,}" for word, count in report["words"].items())
    unmeasured = [f"{report['failed']:,} failed"] if report["failed"] else []
    unmeasured += [f"{why}: {count:,}" for why, count in report["skipped"].items()]
    lines = [
        ("files", f"{report['measured']:,} measured of {report['files']:,}{more}"),
        ("bytes", f"{report['bytes']:,}"),
        ("lines", f"{report['lines']:,}"),
        ("not measured", plain(", ".join(unmeasured))),
        ("top words", plain(", ".join(words))),
    ]
    return [(label, value) for label, value in lines if value != "-"]


def figures(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Say how fast it went, in words; nothing when nothing went."""
    if not report["files"]:
        return []
    workers = ", ".join(
        f"{name} {count:,}" for name, count in report["workers"].items()
    )
    done = report["submit_to_done_seconds"]
    wait, run = report["wait_seconds"], report["run_seconds"]
    return [
        ("workers", plain(workers)),
        ("submitted", f"{report['submits_per_second']:,.0f} tasks/s"),
        (
            "done",
            f"{report['tasks_per_second']:,.0f} tasks/s in {report['seconds']:.2f} s",
        ),
        ("submit to done", _lengths(done)),
        ("waiting for a worker", _lengths(wait)),
        ("with a worker", _lengths(run)),
    ]


def _lengths(shares: dict[str, float]) -> str:
    return f"p50 {shares['p50'] * 1e3:,.1f} ms, p95 {shares['p95'] * 1e3:,.1f} ms"


def _drawn(report: dict[str, Any]) -> RenderableType:
    parts: list[RenderableType] = [Text()]
    if report["largest"]:
        parts += [table(FILES, report["largest"]), Text()]
    if report["problems"]:
        parts += [table(PROBLEMS, report["problems"]), Text()]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in (*totals(report), *figures(report)):
        grid.add_row(label, Text(value))
    return Group(*parts, grid)
