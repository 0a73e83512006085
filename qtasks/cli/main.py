"""The `qtasks` command: its commands, and how it ends."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer
from typer.core import TyperCommand

from qtasks.cli import (
    dev,
    explain,
    export,
    operate,
    queues,
    run,
    schedules,
    serve,
    stats,
    submit,
    tasks,
    top,
    workers,
)
from qtasks.cli.demo import command as demo
from qtasks.cli.exits import EXIT_CODES, ExitCode, exit_code
from qtasks.cli.options import AppPath, examples
from qtasks.cli.output import complain, flush_quietly, prepare_streams
from qtasks.cli.targets import ClientCommand, take_broker
from qtasks.errors import QtasksError
from qtasks.version import __version__

app = typer.Typer(
    name="qtasks",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # Typer calls it so
    if wanted:
        typer.echo(f"qtasks {__version__}")
        raise typer.Exit


@app.callback(
    epilog="\n".join(
        (
            examples(
                "qtasks demo",
                "qtasks serve",
                "qtasks -A shop:app run",
                "qtasks submit resize cat.png width=200 --watch",
                "qtasks top",
            ),
            "\nExit codes:",
            *(f"  {line}" for line in EXIT_CODES),
        )
    )
)
def root(
    *,
    app_path: AppPath = None,
    broker: Annotated[
        str | None,
        typer.Option("--broker", metavar="URL", help="Where the broker is."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Tasks over gRPC: serve a broker, run workers, submit and follow tasks."""
    del app_path, version  # read from the context, and answered by a callback
    take_broker(broker)


def _add(
    panel: str,
    command: Callable[..., None],
    *lines: str,
    name: str | None = None,
    cls: type[TyperCommand] = ClientCommand,
) -> None:
    """Add a command with example calls; by default one that talks to a broker."""
    add = app.command(name, cls=cls, epilog=examples(*lines), rich_help_panel=panel)
    add(command)


START = "Run things"
_add(
    START, demo.demo, "qtasks demo", "qtasks demo ~/Documents --json", cls=TyperCommand
)
_add(
    START,
    serve.serve,
    "qtasks serve",
    "qtasks serve --port 6000 --storage redis://localhost:6379/0",
    "qtasks serve --storage memory:// --strict",
    cls=TyperCommand,
)
_add(
    START,
    run.run,
    "qtasks -A shop:app run",
    "qtasks -A shop:app run --processes 4 --max-tasks 50",
    "qtasks -A shop:app run --queues mail,slow --worker-id mail-1",
    cls=TyperCommand,
)
_add(
    START,
    dev.dev,
    "qtasks -A shop:app dev",
    "qtasks -A shop:app dev --watch src --port 6000",
    cls=TyperCommand,
)

_add(
    START,
    export.export,
    "qtasks -A shop:app export proto -o api",
    "qtasks -A shop:app export jsonschema go typescript java -o api",
    "qtasks -A shop:app export proto -o api --check",
    cls=TyperCommand,
)

TASKS = "Tasks"
_add(
    TASKS,
    submit.submit,
    "qtasks submit add 1 2",
    "qtasks submit resize cat.png width=200 --watch",
    "qtasks submit report --delay 10m --priority -5 --queue slow",
    """qtasks submit notify '{"to": "ann"}' --wait 30s --json""",
    "qtasks submit grep -- --pattern",
    cls=submit.SubmitCommand,
)
_add(TASKS, tasks.watch, "qtasks watch ID", "qtasks watch ID --after 17 --json")
_add(TASKS, tasks.get, "qtasks get ID", "qtasks get ID --wait 30s --json | jq .result")
_add(
    TASKS,
    explain.explain,
    "qtasks explain ID",
    "qtasks explain ID --json | jq -r '.reasons[].kind'",
)
_add(
    TASKS,
    tasks.list_tasks,
    "qtasks list --state error --limit 20",
    "qtasks list --group nightly --json | jq -r .id",
    name="list",
)
_add(TASKS, tasks.cancel, "qtasks cancel ID", "qtasks cancel ID1 ID2 --reason late")
_add(TASKS, tasks.reply, "qtasks reply ID approve true")
_add(TASKS, tasks.requeue, "qtasks requeue ID")
_add(TASKS, tasks.delete, "qtasks delete ID1 ID2")

LOOK = "Look and operate"
_add(LOOK, top.top, "qtasks top", "qtasks top --once --json")
app.add_typer(stats.stats, name="stats", rich_help_panel=LOOK)
app.add_typer(queues.queues, name="queues", rich_help_panel=LOOK)
app.add_typer(schedules.schedules, name="schedule", rich_help_panel=LOOK)
app.add_typer(workers.workers, name="workers", rich_help_panel=LOOK)
_add(LOOK, operate.ping, "qtasks ping", "qtasks --broker grpc://10.0.0.5 ping")
_add(LOOK, operate.flush, "qtasks flush", "qtasks flush --app-name shop --yes")


def main() -> None:
    """Run the command line; what goes wrong is one line on stderr and an exit code."""
    prepare_streams()
    code: int | str | None = ExitCode.OK
    try:
        app(prog_name="qtasks")
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except QtasksError as error:
        complain(error.message)
        code = exit_code(error)
    except UnicodeEncodeError as error:
        complain(f"{error.object!r} is not UTF-8 text, so it can't be sent")
        code = ExitCode.UNUSABLE
    finally:
        flush_quietly()
    sys.exit(code)
