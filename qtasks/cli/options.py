"""Options and arguments that several commands share."""

import re
from datetime import UTC, datetime
from typing import Annotated

import typer

DEFAULT_BROKER_URL = "grpc://127.0.0.1:50051"

LONGEST_SECONDS = 100 * 366 * 86_400.0

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(ms|s|m|h|d)?")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def duration(text: str | float) -> float:
    """Read a length of time: `90`, `1.5`, `500ms`, `30s`, `5m`, `2h`, `1d`."""
    if isinstance(text, float):
        return text  # an option's default
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is not a length of time; write 90, 500ms, 30s, 5m, 2h or 1d"
        )
    seconds = float(match[1]) * _UNIT_SECONDS[match[2] or "s"]
    if seconds > LONGEST_SECONDS:
        raise typer.BadParameter(f"{text!r} is too long; a hundred years are the most")
    return seconds


def moment(text: str) -> datetime:
    """Read a moment in ISO 8601; without an offset it is local time."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is not a moment; write it like 2030-01-31T08:00"
        ) from None


def examples(*lines: str) -> str:
    """Lay out example calls below a command's help."""
    return "\n".join(("Examples:", *(f"  {line}" for line in lines)))


def refuse_misplaced(ctx: typer.Context, subcommand: str) -> None:
    """Refuse options before the subcommand, which would have no effect."""
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"put the options after {subcommand!r}")


def app_path_of(ctx: typer.Context, app_path: str | None) -> str:
    """Say which app is meant: `-A` counts after the command and before it."""
    source = ctx.get_parameter_source("app_path")
    before = ctx.find_root().params.get("app_path")
    after_it = source is not None and source.name == "COMMANDLINE"
    path = app_path if after_it else before or app_path
    if not path:
        raise typer.BadParameter("say which app: qtasks -A module:variable ...")
    return str(path)


BrokerUrl = Annotated[
    str,
    typer.Option(
        "--broker",
        envvar="QTASKS_BROKER_URL",
        metavar="URL",
        help="Where the broker is.",
    ),
]
AppName = Annotated[
    str,
    typer.Option(
        "--app-name",
        envvar="QTASKS_APP_NAME",
        metavar="NAME",
        help="The namespace; an app's `name`. Empty: QueueTasks.",
        show_default=False,
    ),
]
AppPath = Annotated[
    str | None,
    typer.Option(
        "--app",
        "-A",
        envvar="QTASKS_APP",
        metavar="MODULE:VAR",
        help="The app: a module and the variable in it. Before the command or after "
        "it; commands that talk to a broker take the app's name and broker from it.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one line a thing.")]
TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id.")]
TaskIds = Annotated[list[str], typer.Argument(metavar="ID", help="Ids of tasks.")]
