"""`qtasks -A module:app run`: work."""

from functools import partial
from typing import Annotated

import typer

from qtasks.cli.calls import one_error
from qtasks.cli.loading import load_app
from qtasks.cli.logs import Level, LogLevel, log_to_stderr
from qtasks.cli.options import AppPath, app_path_of


def run(
    ctx: typer.Context,
    *,
    app_path: AppPath = None,
    processes: Annotated[
        int, typer.Option("--processes", "-p", min=1, help="Worker processes.")
    ] = 1,
    worker_id: Annotated[
        str | None,
        typer.Option(help="Names the worker; each process of several gets a number."),
    ] = None,
    queues: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Take from these queues only."),
    ] = None,
    max_tasks: Annotated[
        int | None, typer.Option(min=1, help="Tasks at once in each process.")
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            metavar="URL",
            help="Where the broker is, whatever the app says.",
        ),
    ] = None,
    log_level: LogLevel = Level.INFO,
) -> None:
    """Run the tasks of an app until SIGTERM or Ctrl-C.

    The first signal lets running tasks finish, a second one stops at once.
    """
    log_to_stderr(log_level, everything=True)
    path = app_path_of(ctx, app_path)
    app = load_app(path)
    with one_error():
        app.run_forever(
            processes=processes,
            queues=[name.strip() for name in (queues or "").split(",") if name.strip()],
            worker_id=worker_id,
            num_workers=max_tasks,
            broker_url=broker or ctx.find_root().params.get("broker"),
            app_path=path,
            prepare=partial(log_to_stderr, log_level, everything=True),
        )
