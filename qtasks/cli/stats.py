"""`qtasks stats`: an app in figures, once or again and again."""

from contextlib import nullcontext
from typing import Annotated

import anyio
import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.facts import stats_facts
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    duration,
)
from qtasks.cli.output import Facts, Output, Style, plain, table
from qtasks.cli.queues import COLUMNS

SHORTEST_INTERVAL_SECONDS = 0.1


def stats(
    *,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Again and again, until Ctrl-C.")
    ] = False,
    interval: Annotated[
        float, typer.Option(parser=duration, metavar="TIME", help="How often.")
    ] = 1.0,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show the figures of an app: its queues, workers and broker."""
    output = Output(as_json=as_json)
    pause = max(interval, SHORTEST_INTERVAL_SECONDS)

    async def ask(broker: Broker) -> Facts:
        answer = await broker.get_stats(v1.GetStatsRequest(app=app_name))
        return stats_facts(answer.stats)

    async def once(broker: Broker) -> None:
        _show(await ask(broker), output)

    async def again(broker: Broker) -> None:
        screen = Live(console=output.console, auto_refresh=False)
        with screen if output.live else nullcontext():
            while True:
                facts = await ask(broker)
                if output.live:
                    screen.update(_drawn(facts), refresh=True)
                else:
                    _show(facts, output)
                await anyio.sleep(pause)

    call(broker, again if watch else once)


def _show(facts: Facts, output: Output) -> None:
    if output.style is Style.JSON:
        output.json(facts)
    elif output.style is Style.TABLE:
        output.console.print(_drawn(facts))
    else:
        output.line(_headline(facts))
        output.listing(COLUMNS, facts["queues"], empty="")


def _drawn(facts: Facts) -> RenderableType:
    queues = facts["queues"]
    body = table(COLUMNS, queues) if queues else Text("no queues yet", "dim")
    return Group(Text(_headline(facts), "bold"), body)


def _headline(facts: Facts) -> str:
    """Say in one line who answers and what there is."""
    return plain(
        f"{facts['app']}: workers {facts['workers']}, slots {facts['slots']}, "
        f"tasks {facts['tasks']}; broker {facts['broker']} {facts['broker_version']}, "
        f"{facts['storage']}, up {facts['uptime_seconds']:.0f} s"
    )
