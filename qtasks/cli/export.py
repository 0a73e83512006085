"""`qtasks -A module:app export`: the tasks of an app for other languages."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from qtasks.cli.exits import ExitCode
from qtasks.cli.loading import load_app
from qtasks.cli.options import AppPath, AsJson, app_path_of
from qtasks.cli.output import Output, Style, complain
from qtasks.export.formats import Format
from qtasks.workers.registration import task_infos


def export(
    ctx: typer.Context,
    formats: Annotated[
        list[Format], typer.Argument(metavar="FORMAT...", help="What to write.")
    ],
    *,
    folder: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Where to; made if it is not there."
        ),
    ],
    app_path: AppPath = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; fail when what is there is out of date."
        ),
    ] = False,
    allow_breaking: Annotated[
        bool,
        typer.Option(
            "--allow-breaking",
            help="Write also when programs that use the last export would fail.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write an app's tasks as typed definitions for other languages.

    Each format is one file an app. Beside them is a lock file, to be checked in: it keeps
    the numbers of fields, and shows changes that would make callers fail. Those are
    listed, and nothing is written, unless they are allowed.
    """
    # Only here: no other command should wait for it.
    from qtasks.export import exporting  # noqa: PLC0415

    app = load_app(app_path_of(ctx, app_path))
    tasks = task_infos(app.asyncio.worker_plan())
    made = exporting.export(app.name, tasks, formats, folder)
    writes = not check and (allow_breaking or not made.breaking)
    if writes:
        made.write(allow_breaking=allow_breaking)
    _tell(made, folder, Output(as_json=as_json), writes=writes)
    if made.breaking and not allow_breaking:
        complain("nothing was written; --allow-breaking writes nevertheless")
        raise typer.Exit(ExitCode.FAILED)
    if check and made.stale:
        complain("the export is not up to date: run the command without --check")
        raise typer.Exit(ExitCode.FAILED)


def _tell(made: Any, folder: Path, output: Output, *, writes: bool) -> None:
    """Say what an `Export` has written, or would write; warnings go to stderr."""
    for one in made.untyped:
        complain(f"{one.where}: {one.what} is a qtasks.v1.Payload, because {one.why}")
    for line in made.breaking:
        complain(f"breaking: {line}")
    stale = {one.path for one in made.stale}
    files = [
        {
            "file": str(folder / one.path),
            "state": ("written" if writes else "stale")
            if one.path in stale
            else "fresh",
        }
        for one in made.files
    ]
    if output.style is Style.JSON:
        untyped = [dataclasses.asdict(one) for one in made.untyped]
        breaking = list(made.breaking)
        output.json(
            {
                "files": files,
                "imports": made.imports,
                "untyped": untyped,
                "breaking": breaking,
            }
        )
    else:
        output.lines(f"{one['state']}: {one['file']}" for one in files)
        if made.imports:
            output.line(f"imports: {made.imports}")
