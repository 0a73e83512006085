"""`qtasks explain`: why a task does not run."""

import typer
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.cli.calls import call
from qtasks.cli.exits import BY_STATE, ExitCode
from qtasks.cli.facts import moment, seconds, state_word
from qtasks.cli.options import DEFAULT_BROKER_URL, AsJson, BrokerUrl, TaskId
from qtasks.cli.output import Facts, Output, Style, printable


def explain(
    task_id: TaskId,
    *,
    broker: BrokerUrl = DEFAULT_BROKER_URL,
    as_json: AsJson = False,
) -> None:
    """Say why a task does not run, and what to do about it.

    All that holds, a line each, the most decisive first. The exit code says how the task
    ended; 0 while it has not.
    """
    output = Output(as_json=as_json)

    async def talk(broker: Broker) -> ExitCode:
        answer = await broker.explain(v1.ExplainRequest(id=task_id))
        _show(answer, output)
        return BY_STATE.get(answer.status.state, ExitCode.OK)

    raise typer.Exit(call(broker, talk))


def _show(answer: v1.ExplainResponse, output: Output) -> None:
    status = answer.status
    state = state_word(status.state)
    if output.style is Style.JSON:
        output.json(
            {
                "id": status.id,
                "name": status.name,
                "state": state,
                "queue": status.queue,
                "reasons": [_facts(reason) for reason in answer.reasons],
            }
        )
    else:
        output.line(f"{printable(status.name)} is {state}")
        output.lines(f"- {printable(reason.message)}" for reason in answer.reasons)


def _facts(reason: v1.Reason) -> Facts:
    """Describe a reason; one that is newer than this command has its line alone."""
    kind = reason.WhichOneof("kind")
    facts: Facts = {"kind": kind, "message": reason.message}
    if kind is not None:
        found = getattr(reason, kind)
        for field in found.DESCRIPTOR.fields:
            facts[field.name] = _fact(getattr(found, field.name), field.enum_type)
    return facts


def _fact(value: object, enum: object) -> object:
    match value:
        case Timestamp():
            return moment(value)
        case Duration():
            return seconds(value)
        case int() if enum is v1.TaskState.DESCRIPTOR:
            return state_word(v1.TaskState.ValueType(value))
        case bool() | int() | str():
            return value
    return list(value)  # type: ignore[call-overload]  # repeated
