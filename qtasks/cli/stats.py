"""`qtasks stats`: an app in figures, once or again and again; `inspect` is below it."""

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
from qtasks.cli.figures import length, rate, stats_facts
from qtasks.cli.inspect import inspect
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    duration,
    examples,
    refuse_misplaced,
)
from qtasks.cli.output import Column, Facts, Output, Style, plain, table
from qtasks.cli.queues import COLUMNS
from qtasks.cli.targets import ClientCommand, ClientGroup

SHORTEST_INTERVAL_SECONDS = 0.1

QUEUE_COLUMNS = (
    Column(heading="QUEUE", key="name"),
    Column(heading="STATE", key="state"),
    Column(heading="READY", key="ready", align="right"),
    Column(heading="LATER", key="scheduled", align="right"),
    Column(heading="RUNNING", key="running", align="right"),
    Column(heading="IN/S", key="submitted_rate", align="right", show=rate),
    Column(heading="OUT/S", key="ended_rate", align="right", show=rate),
    Column(heading="SUCCESS", key="success_total", align="right"),
    Column(heading="ERROR", key="error_total", align="right"),
    Column(heading="UNSERVED", key="unserved"),
)
TASK_COLUMNS = (
    Column(heading="TASK", key="name"),
    Column(heading="OUT/S", key="ended_rate", align="right", show=rate),
    Column(heading="FAIL/S", key="failed_rate", align="right", show=rate),
    Column(heading="WAIT p50", key="wait_p50", align="right", show=length),
    Column(heading="p95", key="wait_p95", align="right", show=length),
    Column(heading="p99", key="wait_p99", align="right", show=length),
    Column(heading="RUN p50", key="run_p50", align="right", show=length),
    Column(heading="p95", key="run_p95", align="right", show=length),
    Column(heading="p99", key="run_p99", align="right", show=length),
)


stats = typer.Typer(
    cls=ClientGroup, invoke_without_command=True, rich_markup_mode="rich"
)
stats.command(
    cls=ClientCommand,
    epilog=examples(
        "qtasks -A shop:app stats inspect app",
        "qtasks -A shop:app stats inspect task resize",
        "qtasks -A shop:app stats inspect tasks resize report json=true",
        "qtasks stats inspect tasks",
    ),
)(inspect)


@stats.callback(
    epilog=examples(
        "qtasks stats",
        "qtasks stats --watch --interval 500ms",
        "qtasks -A shop:app stats inspect tasks resize json=true",
    )
)
def show(
    ctx: typer.Context,
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
    """Show the figures of an app: its queues, tasks, workers and broker.

    Rates and latencies are those of the broker that answers, of the last seconds.
    """
    if ctx.invoked_subcommand is not None:
        refuse_misplaced(ctx, ctx.invoked_subcommand)
        return
    output = Output(as_json=as_json)
    pause = max(interval, SHORTEST_INTERVAL_SECONDS)

    async def ask(broker: Broker) -> Facts:
        answer = await broker.get_stats(v1.GetStatsRequest(app=app_name, details=True))
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
    activity = facts["activity"]
    flows = {one["name"]: one for one in activity["queues"]}
    queues = [{**flows.get(one["name"], {}), **one} for one in facts["queues"]]
    parts: list[RenderableType] = [
        Text(_headline(facts), "bold"),
        table(QUEUE_COLUMNS, queues) if queues else Text("no queues yet", "dim"),
    ]
    if activity["tasks"]:
        tasks = [_flat(one) for one in activity["tasks"]]
        parts += [Text(""), table(TASK_COLUMNS, tasks)]
    return Group(*parts)


def _flat(figures: Facts) -> Facts:
    """Figures with their latencies beside them, as `wait_p50`."""
    spans = {
        f"{kind}_{share}": figures[kind][share]
        for kind in ("wait", "run")
        for share in ("p50", "p95", "p99")
    }
    return {**figures, **spans}


def _headline(facts: Facts) -> str:
    """Say in one line who answers and what there is."""
    return plain(
        f"{facts['app']}: workers {facts['workers']}, slots {facts['slots']}, "
        f"tasks {facts['tasks']}; broker {facts['broker']} {facts['broker_version']}, "
        f"{facts['storage']}, up {facts['uptime_seconds']:.0f} s"
    )
