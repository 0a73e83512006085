"""`qtasks queues`: what waits where, and who gets work."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.exits import ExitCode
from qtasks.cli.facts import queue_facts
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    examples,
    refuse_misplaced,
)
from qtasks.cli.output import Column, Output, Style, complain
from qtasks.cli.targets import ClientCommand, ClientGroup
from qtasks.errors import QueueNotFound
from qtasks.transport.status import from_item

COLUMNS = (
    Column(heading="QUEUE", key="name"),
    Column(heading="STATE", key="state"),
    Column(heading="READY", key="ready", align="right"),
    Column(heading="SCHEDULED", key="scheduled", align="right"),
    Column(heading="RUNNING", key="running", align="right"),
    Column(heading="SUBMITTED", key="submitted_total", align="right"),
    Column(heading="SUCCESS", key="success_total", align="right"),
    Column(heading="ERROR", key="error_total", align="right"),
    Column(heading="CANCEL", key="cancel_total", align="right", wide=True),
    Column(heading="RETRY", key="retry_total", align="right", wide=True),
    Column(heading="LOST", key="lost_total", align="right", wide=True),
    Column(heading="UNSERVED", key="unserved"),
)

QueueName = Annotated[str, typer.Argument(metavar="NAME", help="The queue.")]

queues = typer.Typer(
    cls=ClientGroup,
    help="Show, pause, resume and purge queues.",
    invoke_without_command=True,
    rich_markup_mode="rich",
)


@queues.callback(
    epilog=examples(
        "qtasks queues",
        "qtasks queues --json",
        "qtasks queues pause mail",
        "qtasks queues purge mail --yes",
    )
)
def show(
    ctx: typer.Context,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show the queues of an app; or pause, resume or purge one."""
    if ctx.invoked_subcommand is not None:
        refuse_misplaced(ctx, ctx.invoked_subcommand)
        return
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        answer = await broker.list_queues(v1.ListQueuesRequest(app=app_name))
        output.listing(COLUMNS, map(queue_facts, answer.queues), empty="no queues yet")

    call(broker, talk)


@queues.command(
    cls=ClientCommand,
    epilog=examples("qtasks queues pause mail", "qtasks queues pause new --create"),
)
def pause(
    name: QueueName,
    *,
    create: Annotated[
        bool, typer.Option("--create", help="Also a queue that nobody knows yet.")
    ] = False,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Give out no more tasks of a queue; running ones go on."""

    async def step(broker: Broker) -> v1.QueueStatus:
        if not create:
            await _check_known(broker, app_name, name)
        request = v1.PauseQueueRequest(app=app_name, name=name)
        return (await broker.pause_queue(request)).queue

    _show_changed(broker, step, Output(as_json=as_json))


@queues.command(cls=ClientCommand, epilog=examples("qtasks queues resume mail"))
def resume(
    name: QueueName,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Give out tasks of a paused queue again."""

    async def step(broker: Broker) -> v1.QueueStatus:
        request = v1.ResumeQueueRequest(app=app_name, name=name)
        return (await broker.resume_queue(request)).queue

    _show_changed(broker, step, Output(as_json=as_json))


@queues.command(cls=ClientCommand, epilog=examples("qtasks queues purge mail --yes"))
def purge(
    name: QueueName,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Cancel everything that waits in a queue; running tasks stay."""
    if not yes and not _confirmed(name):
        raise typer.Exit(ExitCode.CANCELLED)
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        request = v1.PurgeQueueRequest(app=app_name, name=name)
        answer = await broker.purge_queue(request)
        if output.style is Style.JSON:
            output.json({"name": name, "cancelled": answer.cancelled})
        else:
            output.line(f"{name}: {answer.cancelled} cancelled")
        if answer.HasField("error"):
            raise from_item(answer.error)

    call(broker, talk)


async def _check_known(broker: Broker, app_name: str, name: str) -> None:
    """Refuse a name that is most likely a slip of the pen."""
    app = await broker.inspect_app(v1.InspectAppRequest(app=app_name))
    if name not in app.queues:
        known = ", ".join(app.queues) or "none"
        raise QueueNotFound(
            f"{app.app} has no queue {name!r} (it has: {known}); say --create to pause "
            "it before its first task"
        )


def _confirmed(name: str) -> bool:
    if not sys.stdin.isatty():
        complain("purge can't be undone; say --yes")
        raise typer.Exit(ExitCode.UNUSABLE)
    return typer.confirm(f"Cancel everything that waits in {name}?", err=True)


def _show_changed(
    broker_url: str, step: Callable[[Broker], Awaitable[v1.QueueStatus]], output: Output
) -> None:
    async def talk(broker: Broker) -> None:
        facts = queue_facts(await step(broker))
        if output.style is Style.JSON:
            output.json(facts)
        else:
            output.line(f"{facts['name']} {facts['state']}")

    call(broker_url, talk)
