"""`qtasks schedule`: tasks that the broker submits again and again."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.exits import ExitCode
from qtasks.cli.facts import moment as iso
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    duration,
    examples,
    moment,
)
from qtasks.cli.output import Output, Style
from qtasks.cli.schedule_view import (
    CATCH_UPS,
    COLUMNS,
    OVERLAPS,
    local_stamp,
    schedule_facts,
    told,
)
from qtasks.cli.submit import SubmitCommand, arguments, wait_for
from qtasks.cli.targets import ClientCommand, ClientGroup

Name = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.")]
Moment = Annotated[
    datetime | None,
    typer.Option(
        parser=moment,
        metavar="MOMENT",
        help="Like 2030-01-31T08:00; local time without an offset.",
    ),
]
Length = Annotated[
    float | None,
    typer.Option(parser=duration, metavar="TIME", help="Like 30s, 5m, 2h or 1d."),
]

schedules = typer.Typer(
    cls=ClientGroup,
    help="Have tasks submitted at certain times, by the broker.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@schedules.command(
    cls=SubmitCommand,
    epilog=examples(
        'qtasks schedule create report send_report --cron "0 8 * * mon-fri" '
        "--tz Europe/Berlin",
        "qtasks schedule create tidy tidy_up days=30 --every 6h --overlap allow",
        "qtasks schedule create party invite ann bob --at 2030-01-31T20:00",
    ),
)
def create(
    name: Name,
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's name.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARG|KEY=VALUE",
            help="Its arguments: JSON where it is JSON, else text.",
        ),
    ] = None,
    *,
    cron: Annotated[
        str,
        typer.Option(
            metavar="CRON",
            help="When: minute hour day month weekday, or six with seconds first.",
        ),
    ] = "",
    tz: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Whose clocks --cron means, like Europe/Berlin."
        ),
    ] = "",
    every: Length = None,
    at: Moment = None,
    start: Moment = None,
    end: Moment = None,
    jitter: Length = None,
    overlap: Annotated[
        Literal["skip", "allow", "cancel"],
        typer.Option(help="At a time while the task before has not ended."),
    ] = "skip",
    catch_up: Annotated[
        Literal["latest", "none", "all"],
        typer.Option(help="Which times are made up for that were missed."),
    ] = "latest",
    paused: Annotated[bool, typer.Option("--paused", help="Wait for resume.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace another one of the name.")
    ] = False,
    queue: Annotated[str, typer.Option(help="The queue.")] = "",
    priority: Annotated[
        int | None, typer.Option(min=-4096, max=4095, help="Lower runs first.")
    ] = None,
    attempts: Annotated[
        int | None, typer.Option(min=1, help="How many attempts there may be.")
    ] = None,
    max_time: Length = None,
    tag: Annotated[list[str] | None, typer.Option(help="A label; repeat it.")] = None,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Have the broker submit a task again and again.

    The same again changes nothing.
    """
    args, kwargs = arguments(words or ())
    submit = v1.TaskSubmit(
        name=task,
        args=v1.Payload(json=json.dumps(args)) if args else None,
        kwargs=v1.Payload(json=json.dumps(kwargs)) if kwargs else None,
        queue=queue,
        priority=priority,
        tags=tag or (),
    )
    if attempts:
        submit.retry.max_attempts = attempts
    if max_time is not None:
        submit.max_time.FromTimedelta(timedelta(seconds=max_time))
    schedule = v1.Schedule(
        app=app_name,
        name=name,
        task=submit,
        overlap=OVERLAPS.index(overlap),  # type: ignore[arg-type]  # in its order
        catch_up=CATCH_UPS.index(catch_up),  # type: ignore[arg-type]  # in its order
        paused=paused,
    )
    _set_when(schedule, cron, tz, every, at)
    _set_bounds(schedule, start, end, jitter)

    async def step(broker: Broker) -> v1.Schedule:
        request = v1.CreateScheduleRequest(schedule=schedule, replace=replace)
        return (await broker.create_schedule(request)).schedule

    _show_changed(broker, step, Output(as_json=as_json))


@schedules.command(
    "list",
    cls=ClientCommand,
    epilog=examples("qtasks schedule list", "qtasks schedule list --json"),
)
def list_schedules(
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show the schedules of an app."""
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        found = [schedule_facts(one) async for one in _all(broker, app_name)]
        output.listing(COLUMNS, found, empty="no schedules yet")

    call(broker, talk)


@schedules.command(
    cls=ClientCommand,
    epilog=examples(
        "qtasks schedule show report", "qtasks schedule show report --upcoming 20"
    ),
)
def show(
    name: Name,
    *,
    upcoming: Annotated[
        int, typer.Option(min=0, max=1000, help="How many next times to show.")
    ] = 5,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Show a schedule, and its next times as the clocks here show them."""
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        request = v1.GetScheduleRequest(app=app_name, name=name, upcoming=upcoming)
        answer = await broker.get_schedule(request)
        if output.style is Style.JSON:
            times = [iso(one) for one in answer.upcoming]
            output.json(schedule_facts(answer.schedule) | {"upcoming": times})
            return
        output.facts(told(answer.schedule))
        output.lines(f"  {local_stamp(one)}" for one in answer.upcoming)

    call(broker, talk)


@schedules.command(cls=ClientCommand, epilog=examples("qtasks schedule pause report"))
def pause(
    name: Name,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Let a schedule fire no more, until it is resumed."""

    async def step(broker: Broker) -> v1.Schedule:
        request = v1.PauseScheduleRequest(app=app_name, name=name)
        return (await broker.pause_schedule(request)).schedule

    _show_changed(broker, step, Output(as_json=as_json))


@schedules.command(cls=ClientCommand, epilog=examples("qtasks schedule resume report"))
def resume(
    name: Name,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Let a paused schedule fire again."""

    async def step(broker: Broker) -> v1.Schedule:
        request = v1.ResumeScheduleRequest(app=app_name, name=name)
        return (await broker.resume_schedule(request)).schedule

    _show_changed(broker, step, Output(as_json=as_json))


@schedules.command(cls=ClientCommand, epilog=examples("qtasks schedule delete report"))
def delete(
    name: Name,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Forget a schedule; tasks it submitted stay."""
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> None:
        request = v1.DeleteScheduleRequest(app=app_name, name=name)
        await broker.delete_schedule(request)
        if output.style is Style.JSON:
            output.json({"name": name, "deleted": True})
        else:
            output.line(f"{name} deleted")

    call(broker, talk)


@schedules.command(
    cls=ClientCommand,
    epilog=examples(
        "qtasks schedule run report", "qtasks schedule run report --wait 1m"
    ),
)
def run(
    name: Name,
    *,
    wait: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Wait for its end so long."),
    ] = None,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Submit a schedule's task now, beside its times; print the task's id.

    With --wait the exit code says how the task ended.
    """
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> ExitCode:
        request = v1.RunScheduleRequest(app=app_name, name=name)
        task_id = (await broker.run_schedule(request)).task_id
        if wait is not None:
            return await wait_for(broker, task_id, wait, output)
        if output.style is Style.JSON:
            output.json({"name": name, "id": task_id})
        else:
            output.line(task_id)
        return ExitCode.OK

    raise typer.Exit(call(broker, talk))


def _set_when(
    schedule: v1.Schedule, cron: str, tz: str, every: float | None, at: datetime | None
) -> None:
    if sum((bool(cron), every is not None, at is not None)) != 1:
        raise typer.BadParameter("say when: one of --cron, --every and --at")
    if tz and not cron:
        raise typer.BadParameter("--tz belongs to --cron")
    if cron:
        schedule.cron.expression = cron
        schedule.cron.time_zone = tz
    elif every is not None:
        schedule.interval.FromTimedelta(timedelta(seconds=every))
    elif at is not None:
        schedule.once.FromDatetime(at)


def _set_bounds(
    schedule: v1.Schedule,
    start: datetime | None,
    end: datetime | None,
    jitter: float | None,
) -> None:
    if start is not None:
        schedule.start_time.FromDatetime(start)
    if end is not None:
        schedule.end_time.FromDatetime(end)
    if jitter is not None:
        schedule.jitter.FromTimedelta(timedelta(seconds=jitter))


async def _all(broker: Broker, app_name: str) -> AsyncIterator[v1.Schedule]:
    request = v1.ListSchedulesRequest(app=app_name)
    while True:
        answer = await broker.list_schedules(request)
        for one in answer.schedules:
            yield one
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def _show_changed(
    broker_url: str, step: Callable[[Broker], Awaitable[v1.Schedule]], output: Output
) -> None:
    async def talk(broker: Broker) -> None:
        schedule = await step(broker)
        if output.style is Style.JSON:
            output.json(schedule_facts(schedule))
            return
        facts = told(schedule)
        line = f"{facts['name']} {facts['state']}"
        if facts["state"] == "active":
            line += f", next {facts['next']}"
        output.line(line)

    call(broker_url, talk)
