"""The `qtasks` command: its commands, and how it ends."""

import sys
from typing import Annotated

import typer

from qtasks.cli import dev, queues, run, schedules, serve, stats, submit, tasks, workers
from qtasks.cli.demo import command as demo
from qtasks.cli.exits import EXIT_CODES, ExitCode, exit_code
from qtasks.cli.options import AppPath, examples
from qtasks.cli.output import complain, flush_quietly, prepare_streams
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
            ),
            "\nExit codes:",
            *(f"  {line}" for line in EXIT_CODES),
        )
    )
)
def root(
    *,
    app_path: AppPath = None,  # commands read it from the context
    version: Annotated[  # its callback answers
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Tasks over gRPC: serve a broker, run workers, submit and follow tasks."""


app.command(
    epilog=examples(
        "qtasks serve",
        "qtasks serve --port 6000 --storage redis://localhost:6379/0",
        "qtasks serve --storage memory:// --strict",
    )
)(serve.serve)
app.command(
    epilog=examples(
        "qtasks -A shop:app run",
        "qtasks -A shop:app run --processes 4 --max-tasks 50",
        "qtasks -A shop:app run --queues mail,slow --worker-id mail-1",
    )
)(run.run)
app.command(
    epilog=examples(
        "qtasks -A shop:app dev", "qtasks -A shop:app dev --watch src --port 6000"
    )
)(dev.dev)
app.command(
    epilog=examples(
        "qtasks demo", "qtasks demo ~/Documents", "qtasks demo /usr/share/doc --json"
    )
)(demo.demo)
app.command(
    cls=submit.SubmitCommand,
    epilog=examples(
        "qtasks submit add 1 2",
        "qtasks submit resize cat.png width=200 --watch",
        "qtasks submit report --delay 10m --priority -5 --queue slow",
        """qtasks submit notify '{"to": "ann"}' --wait 30s --json""",
        "qtasks submit grep -- --pattern",
    ),
)(submit.submit)
app.command(epilog=examples("qtasks watch ID", "qtasks watch ID --after 17 --json"))(
    tasks.watch
)
app.command(
    epilog=examples("qtasks get ID", "qtasks get ID --wait 30s --json | jq .result")
)(tasks.get)
app.command(epilog=examples("qtasks cancel ID", "qtasks cancel ID1 ID2 --reason late"))(
    tasks.cancel
)
app.command(epilog=examples("qtasks reply ID approve true"))(tasks.reply)
app.command(
    "list",
    epilog=examples(
        "qtasks list --state error --limit 20",
        "qtasks list --group nightly --json | jq -r .id",
    ),
)(tasks.list_tasks)
app.command(epilog=examples("qtasks requeue ID"))(tasks.requeue)
app.command(epilog=examples("qtasks delete ID1 ID2"))(tasks.delete)
app.add_typer(queues.queues, name="queues")
app.add_typer(schedules.schedules, name="schedule")
app.command(epilog=examples("qtasks workers", "qtasks workers --json"))(workers.workers)
app.command(epilog=examples("qtasks stats", "qtasks stats --watch --interval 500ms"))(
    stats.stats
)


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
