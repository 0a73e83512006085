"""`qtasks submit`: hand in a task, and follow it if asked to."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NoReturn

import anyio
import typer

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.event_view import EventView
from qtasks.cli.exits import BY_STATE, ExitCode
from qtasks.cli.facts import state_word, task_facts
from qtasks.cli.follow import follow
from qtasks.cli.options import (
    DEFAULT_BROKER_URL,
    AppName,
    AsJson,
    BrokerUrl,
    duration,
    moment,
)
from qtasks.cli.output import Output, Style, complain
from qtasks.cli.targets import ClientCommand
from qtasks.errors import TaskNotFound
from qtasks.transport.status import from_item

LONGEST_WAIT_SECONDS = 3600.0
"""The longest a broker waits in one call."""

_NAMED = re.compile(r"([^\W\d]\w*)=(.*)", re.DOTALL)
_NEGATIVE = re.compile(r"-[.\d]")


class SubmitCommand(ClientCommand):
    """Takes `-1` for a number and not for an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line.

        A number with a space before it is the same number, and begins with no dash.
        """
        end = args.index("--") if "--" in args else len(args)
        head = [f" {word}" if _NEGATIVE.match(word) else word for word in args[:end]]
        return super().parse_args(ctx, [*head, *args[end:]])


def value(text: str) -> Any:
    """Read an argument: what is JSON as JSON, everything else as the text it is."""
    try:
        return json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return text


def arguments(words: Sequence[str]) -> tuple[list[Any], dict[str, Any]]:
    """Split words into positional and named arguments."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for word in words:
        named = _NAMED.fullmatch(word)
        if named is None:
            args.append(value(word))
        elif named[1] in kwargs:
            raise typer.BadParameter(f"{named[1]!r} is given twice")
        else:
            kwargs[named[1]] = value(named[2])
    return args, kwargs


def submit(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The task's name.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARG|KEY=VALUE",
            help="Its arguments: JSON where it is JSON, else text.",
        ),
    ] = None,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Follow it to its end.")
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Wait for its end so long."),
    ] = None,
    queue: Annotated[str, typer.Option(help="The queue.")] = "",
    priority: Annotated[int, typer.Option(help="Lower runs first.")] = 0,
    delay: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Start so long from now."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="MOMENT",
            help="Start then, like 2030-01-31T08:00; local time without an offset.",
        ),
    ] = None,
    expires: Annotated[
        float | None,
        typer.Option(
            parser=duration, metavar="TIME", help="Cancel it if not started by then."
        ),
    ] = None,
    max_time: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Longest an attempt runs."),
    ] = None,
    attempts: Annotated[
        int | None, typer.Option(min=1, help="How many attempts there may be.")
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option(parser=duration, metavar="TIME", help="Keep the record so long."),
    ] = None,
    task_id: Annotated[str, typer.Option("--id", help="An id of yours, a UUID.")] = "",
    key: Annotated[str, typer.Option(help="Idempotency key: submit once only.")] = "",
    group: Annotated[str, typer.Option(help="A label for tasks that belong.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A label; repeat it.")] = None,
    meta: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A fact; repeat it.")
    ] = None,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    app_name: AppName = "",
    as_json: AsJson = False,
) -> None:
    """Submit a task; print its id, or with --watch what happens to it.

    With --watch or --wait the exit code says how the task ended.
    """
    args, kwargs = arguments(words or ())
    task = v1.TaskSubmit(
        id=task_id,
        app=app_name,
        name=name,
        args=v1.Payload(json=json.dumps(args)) if args else None,
        kwargs=v1.Payload(json=json.dumps(kwargs)) if kwargs else None,
        queue=queue,
        priority=_priority(priority),
        idempotency_key=key,
        group=group,
        tags=tag or (),
        metadata=dict(_fact(pair) for pair in meta or ()),
    )
    _set_times(task, delay=delay, at=at, expires=expires, max_time=max_time, keep=keep)
    if attempts:
        task.retry.max_attempts = attempts
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> ExitCode:
        answer = await broker.submit(v1.SubmitRequest(tasks=[task]))
        receipt = answer.receipts[0]
        if receipt.HasField("error"):
            raise from_item(receipt.error)
        await _warn_unserved(broker, receipt)
        if watch:
            return await _watch(broker, receipt, output)
        if wait is not None:
            return await wait_for(broker, receipt.id, wait, output)
        _show_receipt(receipt, output)
        return ExitCode.OK

    raise typer.Exit(call(broker, talk))


async def _warn_unserved(broker: Broker, receipt: v1.Receipt) -> None:
    """Say so when the task waits for a worker that is not there."""
    try:
        status = (await broker.get(v1.GetRequest(id=receipt.id))).status
    except TaskNotFound:
        return  # it ended, and was not to be kept
    if status.unserved:
        complain(
            f"no live worker serves {status.name!r} in queue {status.queue!r}: the task "
            "waits until one does (see: qtasks workers)"
        )


async def wait_for(
    broker: Broker, task_id: str, seconds: float, output: Output
) -> ExitCode:
    """Wait for a task's end, show how it stands, and say so as an exit code."""
    give_up = anyio.current_time() + seconds
    while True:
        left = max(0.0, give_up - anyio.current_time())
        request = v1.GetRequest(id=task_id)
        request.wait.FromTimedelta(timedelta(seconds=min(left, LONGEST_WAIT_SECONDS)))
        status = (await broker.get(request)).status
        if status.state in BY_STATE or left <= LONGEST_WAIT_SECONDS:
            break
    output.facts(task_facts(status))
    return BY_STATE.get(status.state, ExitCode.TIMEOUT)


async def _watch(broker: Broker, receipt: v1.Receipt, output: Output) -> ExitCode:
    if output.style is not Style.JSON:
        output.line(receipt.id)
    try:
        with EventView(output) as view:
            status = await follow(broker, receipt.id, view.see)
    except BaseException:
        complain(f"the task goes on; follow it with: qtasks watch {receipt.id}")
        raise
    return BY_STATE[status.state]


def _show_receipt(receipt: v1.Receipt, output: Output) -> None:
    if output.style is Style.PLAIN:
        output.line(receipt.id)
    elif output.style is Style.TABLE:
        known = " (was known)" if receipt.existing else ""
        output.line(f"{receipt.id} {state_word(receipt.state)}{known}")
    else:
        output.json(
            {
                "id": receipt.id,
                "state": state_word(receipt.state),
                "seq": receipt.seq,
                "existing": receipt.existing,
            }
        )


def _set_times(
    task: v1.TaskSubmit,
    *,
    delay: float | None,
    at: datetime | None,
    expires: float | None,
    max_time: float | None,
    keep: float | None,
) -> None:
    if delay is not None and at is not None:
        raise typer.BadParameter("give --delay or --at, not both")
    if delay is not None:
        task.delay.FromTimedelta(timedelta(seconds=delay))
    if at is not None:
        task.start_time.FromDatetime(at)
    if expires is not None:
        now = datetime.now(UTC)  # noqa: TID251  # the wire takes a moment
        task.expire_time.FromDatetime(now + timedelta(seconds=expires))
    if max_time is not None:
        task.max_time.FromTimedelta(timedelta(seconds=max_time))
    if keep is not None:
        task.keep_result.FromTimedelta(timedelta(seconds=keep))


def _priority(priority: int) -> int:
    """Refuse what does not even fit the wire; the broker judges the rest."""
    if not -(2**31) <= priority < 2**31:
        raise typer.BadParameter(f"{priority} is no priority; it is -4096 to 4095")
    return priority


def _fact(pair: str) -> tuple[str, str]:
    key, equals, fact = pair.partition("=")
    if not equals or not key:
        raise typer.BadParameter(f"--meta takes KEY=VALUE, not {pair!r}")
    return key, fact


def _not_json(word: str) -> NoReturn:
    raise ValueError(word)  # NaN and Infinity, which Python reads and JSON has not
