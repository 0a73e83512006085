"""`qtasks stats inspect`: what an app and its tasks are."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.exits import ExitCode
from qtasks.cli.loading import load_app
from qtasks.cli.options import DEFAULT_BROKER_URL, AppName, BrokerUrl
from qtasks.cli.output import Output, printable
from qtasks.cli.registered import registered_app, registered_task
from qtasks.cli.targets import said_app
from qtasks.errors import TaskNameUnknown
from qtasks.stats import AsyncStats, InspectStats, SyncStats
from qtasks.stats.sheets import Sheet, as_json, as_text

_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})


class Target(StrEnum):
    """What is inspected."""

    APP = "app"
    TASK = "task"
    TASKS = "tasks"


def inspect(
    ctx: typer.Context,
    target: Annotated[Target, typer.Argument(help="What is looked at.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME|json=true", help="Names of tasks."),
    ] = None,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; `json=true` does so too.")
    ] = False,
) -> None:
    """Show what an app or its tasks are: settings, components, arguments, options.

    With -A it is the app of that module; without, what its workers told the broker.
    """
    names, json_word = _split(words or ())
    _check_names(target, names)
    json = as_json or json_word
    path = said_app(ctx)
    if path is not None:
        app = load_app(path)
        stats = SyncStats(app) if app.colour == "sync" else AsyncStats(app)
        text, known = _of_module(stats.inspect(), target, names, json=json)
    else:
        text, known = _of_broker(broker, app_name, target, names, json=json)
    Output().lines(text.splitlines() if json else map(printable, text.splitlines()))
    if not known:
        raise typer.Exit(ExitCode.FAILED)


def _split(words: Sequence[str]) -> tuple[list[str], bool]:
    """The names among the words, and whether JSON is wanted."""
    names: list[str] = []
    json = False
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            names.append(word)
        elif key != "json" or value.lower() not in _YES | _NO:
            raise typer.BadParameter(
                f"{word!r}: only json=true and json=false are known"
            )
        else:
            json = value.lower() in _YES
    return names, json


def _check_names(target: Target, names: Sequence[str]) -> None:
    if target is Target.APP and names:
        raise typer.BadParameter("an app is inspected whole; name no task")
    if target is Target.TASK and len(names) != 1:
        raise typer.BadParameter("name one task, or inspect `tasks`")


def _of_module(
    inspected: InspectStats, target: Target, names: Sequence[str], *, json: bool
) -> tuple[str, bool]:
    """What there is to say, and whether all that was named is there."""
    if target is Target.APP:
        return inspected.app(json=json), True
    known = not inspected.unknown(*names)
    if target is Target.TASK:
        return inspected.task(names[0], json=json), known
    return inspected.tasks(*names, json=json), known


def _of_broker(
    url: str, app_name: str, target: Target, names: Sequence[str], *, json: bool
) -> tuple[str, bool]:
    """The same of what workers told the broker."""

    async def ask(broker: Broker) -> list[Sheet]:
        if target is Target.APP:
            request = v1.InspectAppRequest(app=app_name)
            return [registered_app(await broker.inspect_app(request))]
        if target is Target.TASK:
            return [await _one(broker, app_name, names[0])]
        return await _many(broker, app_name, names)

    sheets = call(url, ask)
    known = not any("error" in sheet for sheet in sheets)
    if json:
        return as_json(sheets if target is Target.TASKS else sheets[0]), known
    if not sheets:
        return "No registered tasks.", known
    return "\n".join(one.get("error") or as_text([one]) for one in sheets), known


async def _one(broker: Broker, app_name: str, name: str) -> Sheet:
    request = v1.InspectTaskRequest(app=app_name, name=name)
    try:
        answer = await broker.inspect_task(request)
    except TaskNameUnknown as error:
        return {"error": error.message}
    return {**registered_task(answer.task), "Workers": answer.workers}


async def _many(broker: Broker, app_name: str, names: Sequence[str]) -> list[Sheet]:
    if names:
        return [await _one(broker, app_name, name) for name in names]
    sheets: list[Sheet] = []
    request = v1.InspectTasksRequest(app=app_name)
    while True:
        answer = await broker.inspect_tasks(request)
        sheets += map(registered_task, answer.tasks)
        if not answer.next_page_token:
            return sheets
        request.page_token = answer.next_page_token
