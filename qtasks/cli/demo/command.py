"""`qtasks demo`: see real work being done."""

from pathlib import Path
from typing import Annotated

import typer

from qtasks.cli.calls import run
from qtasks.cli.children import until_told_to_end
from qtasks.cli.demo.processes import demo_processes
from qtasks.cli.demo.report import show_report
from qtasks.cli.demo.run import MOST_FILES, Plan, find_files, measure_files
from qtasks.cli.demo.screen import LiveScreen, PlainScreen, Screen, SilentScreen
from qtasks.cli.demo.seen import Seen
from qtasks.cli.output import Output, Style, printable


def demo(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            show_default="the current folder",
            help="Whose files are measured.",
        ),
    ] = Path(),
    *,
    limit: Annotated[
        int, typer.Option(min=0, max=MOST_FILES, help="At most so many files.")
    ] = Plan.limit,
    max_bytes: Annotated[
        int, typer.Option(min=0, metavar="BYTES", help="Larger files are only told.")
    ] = Plan.max_bytes,
    everything: Annotated[
        bool, typer.Option("--all", help="Hidden and tools' folders too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as one line of JSON.")
    ] = False,
) -> None:
    """Measure every file of a folder on two worker processes, over gRPC.

    Starts a broker on a store of its own and two workers, submits a task for every
    file and one that merges what they return, shows them at work, and ends
    everything it began.
    """
    output = Output(as_json=as_json)
    plan = Plan(
        folder=folder.absolute(),
        limit=limit,
        max_bytes=max_bytes,
        everything=everything,
    )

    async def work() -> None:
        seen = await find_files(plan)
        with _screen(output, plan, seen) as screen:
            screen.say(f"{len(seen.files)} files in {printable(str(plan.folder))}")
            async with demo_processes(plan.workers) as url:
                screen.say(f"broker at {url}, {len(plan.workers)} workers")
                await measure_files(url, plan, seen, screen)
        report = seen.report()
        if output.style is Style.JSON:
            output.json(report)
        else:
            show_report(report, output)

    run(lambda: until_told_to_end(work))


def _screen(output: Output, plan: Plan, seen: Seen) -> Screen:
    if output.style is Style.JSON:
        return SilentScreen()
    if output.style is Style.PLAIN:
        return PlainScreen(output)
    return LiveScreen(output, plan.workers, len(seen.files))
