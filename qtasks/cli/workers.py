"""`qtasks workers`: who works now, and who shall leave."""

from typing import Annotated

import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.facts import worker_facts
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    examples,
    refuse_misplaced,
)
from qtasks.cli.output import Column, Facts, Output, Style, clock_time
from qtasks.cli.targets import ClientCommand, ClientGroup

COLUMNS = (
    Column(heading="WORKER", key="id", whole=True),
    Column(heading="STATE", key="state"),
    Column(heading="HOST", key="host", wide=True),
    Column(heading="PID", key="pid", align="right", wide=True),
    Column(heading="RUNNING", key="running", align="right"),
    Column(heading="SLOTS", key="slots", align="right"),
    Column(heading="QUEUES", key="queues", cut=True),
    Column(heading="TASKS", key="tasks", cut=True),
    Column(heading="CONNECTED", key="connected", show=clock_time, whole=True),
)

workers = typer.Typer(
    cls=ClientGroup,
    help="Show and drain workers.",
    invoke_without_command=True,
    rich_markup_mode="rich",
)


@workers.callback(
    epilog=examples(
        "qtasks workers", "qtasks workers --json", "qtasks workers drain mail-1"
    )
)
def show(
    ctx: typer.Context,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show the live workers of an app; or drain one."""
    if ctx.invoked_subcommand is not None:
        refuse_misplaced(ctx, ctx.invoked_subcommand)
        return
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        live: list[Facts] = []
        request = v1.ListWorkersRequest(app=app_name)
        while True:
            answer = await broker.list_workers(request)
            live += map(worker_facts, answer.workers)
            if not answer.next_page_token:
                break
            request.page_token = answer.next_page_token
        output.listing(
            COLUMNS,
            live,
            empty="no live workers; start one with: qtasks -A module:app run",
        )

    call(broker, talk)


@workers.command(cls=ClientCommand, epilog=examples("qtasks workers drain mail-1"))
def drain(
    worker_id: Annotated[str, typer.Argument(metavar="ID", help="The worker's id.")],
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Let a worker take no more tasks, finish what it runs, and end.

    Returns when it was told. `qtasks workers` shows it as long as it is there.
    """
    output = Output(as_json=as_json)
    request = v1.DrainWorkerRequest(app=app_name, worker_id=worker_id)

    async def talk(broker: Broker) -> None:
        running = (await broker.drain_worker(request)).running
        if output.style is Style.JSON:
            output.json({"id": worker_id, "state": "draining", "running": running})
        else:
            output.line(f"{worker_id} draining, tasks it still has: {running}")

    call(broker, talk)
