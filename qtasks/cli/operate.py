"""`qtasks ping` and `qtasks flush`: is it there, and make it empty."""

import sys
import time
from typing import Annotated

import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.exits import ExitCode
from qtasks.cli.options import DEFAULT_BROKER_URL, AppName, AsJson, BrokerUrl
from qtasks.cli.output import Output, Style, complain

DEFAULT_APP = "QueueTasks"


def ping(
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Ask the broker whether it is there, and how many workers are.

    The exit code is 0 when it answers, 2 when it does not.
    """
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        request = v1.GetStatsRequest(app=app_name)
        await broker.get_stats(request)  # the first one also connects
        began = time.perf_counter()
        stats = (await broker.get_stats(request)).stats
        seconds = time.perf_counter() - began
        if output.style is Style.JSON:
            output.json(
                {
                    "broker": stats.broker_id,
                    "broker_version": stats.broker_version,
                    "storage": stats.storage,
                    "workers": stats.workers,
                    "seconds": round(seconds, 6),
                }
            )
        else:
            output.line(
                f"{stats.broker_id} {stats.broker_version} on {stats.storage} answered "
                f"in {seconds * 1000:.1f} ms; workers of {stats.app}: {stats.workers}"
            )

    call(broker, talk)


def flush(
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Forget everything of an app: all its tasks, also the running ones."""
    name = app_name or DEFAULT_APP
    if not yes and not _confirmed(name):
        raise typer.Exit(ExitCode.CANCELLED)
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        answer = await broker.flush(v1.FlushRequest(app=app_name))
        if output.style is Style.JSON:
            counts = {"deleted": answer.deleted, "running": answer.running}
            output.json({"app": name, **counts})
        else:
            output.line(f"{name}: {answer.deleted} tasks deleted")
        if answer.running:
            complain(f"{answer.running} tasks still run; flush again when they ended")

    call(broker, talk)


def _confirmed(name: str) -> bool:
    if not sys.stdin.isatty():
        complain("flush can't be undone; say --yes")
        raise typer.Exit(ExitCode.UNUSABLE)
    return typer.confirm(f"Forget everything of the app {name}?", err=True)
