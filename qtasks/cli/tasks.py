"""`qtasks watch get list cancel requeue delete reply`: tasks that were submitted."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from enum import StrEnum
from typing import Annotated

import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.event_view import EventView
from qtasks.cli.exits import BY_STATE, ExitCode, exit_code, worst
from qtasks.cli.facts import state_word, task_facts
from qtasks.cli.follow import follow
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    TaskId,
    TaskIds,
    duration,
)
from qtasks.cli.output import Column, Facts, Output, Style, clock_time, complain
from qtasks.cli.submit import value, wait_for
from qtasks.transport.status import from_item

PAGE = 1_000
"""Tasks asked for at once."""

BATCH = 1_000
"""Ids sent at once."""

WAITING = (v1.TASK_STATE_SCHEDULED, v1.TASK_STATE_NEW, v1.TASK_STATE_RETRY)
"""The states of tasks that no worker has, and that have not ended."""

COLUMNS = (
    Column(heading="ID", key="id", whole=True),
    Column(heading="NAME", key="name", cut=True),
    Column(heading="STATE", key="state", whole=True),
    Column(heading="QUEUE", key="queue", wide=True),
    Column(heading="PRIO", key="priority", align="right", wide=True),
    Column(heading="TRY", key="attempt", align="right", wide=True),
    Column(heading="CREATED", key="created", show=clock_time, whole=True),
    Column(
        heading="SECONDS",
        key="seconds",
        align="right",
        show=lambda seconds: f"{seconds:.3f}",
    ),
    Column(heading="WORKER", key="worker", wide=True),
)


class StateWord(StrEnum):
    """The states a user may name."""

    SCHEDULED = "scheduled"
    NEW = "new"
    PROCESS = "process"
    RETRY = "retry"
    SUCCESS = "success"
    ERROR = "error"
    CANCEL = "cancel"

    @property
    def wire(self) -> "v1.TaskState.ValueType":
        """The state on the wire."""
        return v1.TaskState.Value(f"TASK_STATE_{self.name}")


def watch(
    task_id: TaskId,
    *,
    after: Annotated[
        int, typer.Option(min=0, help="Show events with greater numbers only.")
    ] = 0,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Follow a task to its end: what happened first, then what happens.

    The exit code says how the task ended.
    """
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> ExitCode:
        with EventView(output) as view:
            status = await follow(broker, task_id, view.see, after_seq=after)
        return BY_STATE[status.state]

    raise typer.Exit(call(broker, talk))


def get(
    task_id: TaskId,
    *,
    wait: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Wait for its end so long."),
    ] = None,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Show a task as it stands.

    The exit code says how it ended; 0 while it has not, or 4 when --wait was given.
    """
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> ExitCode:
        if wait is not None:
            return await wait_for(broker, task_id, wait, output)
        status = (await broker.get(v1.GetRequest(id=task_id))).status
        output.facts(task_facts(status))
        if output.style is Style.TABLE and status.state in WAITING:
            complain(f"to see why it waits: qtasks explain {task_id}")
        return BY_STATE.get(status.state, ExitCode.OK)

    raise typer.Exit(call(broker, talk))


def list_tasks(
    *,
    state: Annotated[
        list[StateWord] | None, typer.Option(help="Only these; repeat it.")
    ] = None,
    queue: Annotated[str, typer.Option(help="Only of this queue.")] = "",
    name: Annotated[str, typer.Option(help="Only of this task name.")] = "",
    group: Annotated[str, typer.Option(help="Only of this group.")] = "",
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first."""
    output = Output(as_json=as_json)
    wanted = v1.TaskFilter(
        app=app_name,
        states=[word.wire for word in state or ()],
        queue=queue,
        name=name,
        group=group,
        tag=tag,
    )

    async def talk(broker: Broker) -> None:
        held: list[Facts] = []
        async for page in _pages(broker, wanted, limit):
            if output.style is Style.TABLE:
                held += page  # a table needs them all; `limit` bounds them
            else:
                output.listing(COLUMNS, page, empty="")
        if output.style is Style.TABLE:
            output.listing(COLUMNS, held, empty="no such tasks")

    call(broker, talk)


async def _pages(
    broker: Broker, wanted: v1.TaskFilter, limit: int
) -> AsyncIterator[list[Facts]]:
    request = v1.ListRequest(filter=wanted)
    while limit > 0:
        request.page_size = min(limit, PAGE)
        answer = await broker.list(request)
        yield [task_facts(status) for status in answer.tasks]
        limit -= len(answer.tasks)
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def cancel(
    task_ids: TaskIds,
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks later.")] = "",
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Cancel tasks; a running one is told to stop."""

    async def step(broker: Broker, ids: list[str]) -> Iterable[v1.ItemResult]:
        request = v1.CancelRequest(ids=ids, reason=reason)
        return (await broker.cancel(request)).results

    _each(broker, task_ids, step, Output(as_json=as_json))


def requeue(
    task_ids: TaskIds,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Run ended tasks again, under the same ids."""

    async def step(broker: Broker, ids: list[str]) -> Iterable[v1.ItemResult]:
        return (await broker.requeue(v1.RequeueRequest(ids=ids))).results

    _each(broker, task_ids, step, Output(as_json=as_json))


def delete(
    task_ids: TaskIds,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Forget tasks that are not running: their records, results and events."""

    async def step(broker: Broker, ids: list[str]) -> Iterable[v1.ItemResult]:
        return (await broker.delete(v1.DeleteRequest(ids=ids))).results

    _each(broker, task_ids, step, Output(as_json=as_json), done="deleted")


def reply(
    task_id: TaskId,
    ask_id: Annotated[
        str, typer.Argument(metavar="ASK", help="The question, as `watch` shows it.")
    ],
    answer: Annotated[
        str,
        typer.Argument(
            metavar="VALUE", help="The answer: JSON where it is, else text."
        ),
    ],
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Answer a question that a running task asked; the first answer counts."""
    output = Output(as_json=as_json)
    request = v1.ReplyRequest(
        id=task_id, ask_id=ask_id, value=v1.Payload(json=json.dumps(value(answer)))
    )

    async def talk(broker: Broker) -> None:
        stored = await broker.reply(request)
        if output.style is Style.JSON:
            output.json({"id": task_id, "ask_id": ask_id, "seq": stored.seq})
        else:
            output.line(f"{task_id} answered")

    call(broker, talk)


def _each(
    broker_url: str,
    task_ids: list[str],
    step: Callable[[Broker, list[str]], Awaitable[Iterable[v1.ItemResult]]],
    output: Output,
    *,
    done: str = "",
) -> None:
    """Do one thing with many tasks; a bad one does not spoil the others."""

    async def talk(broker: Broker) -> ExitCode:
        codes = []
        for start in range(0, len(task_ids), BATCH):
            results = await step(broker, task_ids[start : start + BATCH])
            codes += [_show_item(result, output, done) for result in results]
        return worst(codes)

    raise typer.Exit(call(broker_url, talk))


def _show_item(result: v1.ItemResult, output: Output, done: str) -> ExitCode:
    if result.HasField("error"):
        error = from_item(result.error)
        if output.style is Style.JSON:
            output.json(
                {"id": result.id, "error": error.reason, "message": error.message}
            )
        else:
            complain(f"{result.id}: {error.message}")
        return exit_code(error)
    state = done or state_word(result.state)
    if output.style is Style.JSON:
        output.json({"id": result.id, "state": state})
    else:
        output.line(f"{result.id} {state}")
    return ExitCode.OK
