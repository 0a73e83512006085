"""Typed services: a call for each task, made of what workers registered."""

import re
from typing import Any

import grpc

from qtasks import v1
from qtasks.abc import Broker
from qtasks.errors import (
    ArgumentInvalid,
    InvalidField,
    TaskCancelled,
    TaskFailed,
    ValueMisfit,
)
from qtasks.typed import TypedTask
from qtasks_broker.servicers.answering import OpenStreams, guarded, write
from qtasks_broker.typed.directory import Directory
from qtasks_broker.typed.headers import TASK_ID, header_of, run_request
from qtasks_broker.typed.made import Call, MadeApp

_PATH = re.compile(r"/(\w+)\.tasks\.v1\.(\w+/\w+)")


class TypedServicer(grpc.GenericRpcHandler):
    """Answers the calls of every typed service.

    Which there are is known when one is called, so each is taken as bytes, and as one that
    may answer with many messages: to gRPC one answer is the same on the wire.
    """

    def __init__(
        self, broker: Broker, directory: Directory, streams: OpenStreams
    ) -> None:
        self._broker = broker
        self._directory = directory
        self._streams = streams

    def service(self, handler_call_details: Any) -> Any:
        """Who answers a call; `None` for one that is none of these."""
        path = _PATH.fullmatch(handler_call_details.method)
        if path is None:
            return None
        part, name = path.groups()

        async def answer(request: bytes, context: Any) -> None:
            app = await self._directory.app_of(part)
            await self._answer(app, app.call(name), request, context)

        return grpc.unary_stream_rpc_method_handler(guarded(path[0], answer))

    async def _answer(
        self, app: MadeApp, call: Call, data: bytes, context: Any
    ) -> None:
        task = app.arguments.submit_of(call.task, app.request(call, data))
        task.app = app.typed.app
        request = run_request(task, context.invocation_metadata() or ())
        with self._streams.open():
            try:
                await self._run(app, call, request, context)
            except InvalidField as error:
                # Of the request to run: those of the arguments were read before.
                if error.field:
                    error.facts["field"] = header_of(error.field)
                raise

    async def _run(
        self, app: MadeApp, call: Call, request: v1.RunRequest, context: Any
    ) -> None:
        told = False
        async with self._broker.run(request) as responses:
            async for response in responses:
                for event in response.events:
                    if not told:
                        await context.send_initial_metadata(((TASK_ID, event.task_id),))
                        told = True
                    message = _message(app, call, event)
                    if message is not None:
                        await write(context, message.SerializeToString())


def _message(app: MadeApp, call: Call, event: v1.TaskEvent) -> Any:
    """What a caller is told of an event; `None` for nothing.

    Raises:
        TaskFailed, TaskCancelled, ArgumentInvalid: it is the end, and not a good one.
        ValueMisfit: a value is not what the task was registered with.
    """
    if event.HasField("finished"):
        _check_success(call.task, event.finished.status)
    try:
        if call.streams:
            return _told(app, call.task, event)
        return _ended(app, call.task, event) if event.HasField("finished") else None
    except ValueMisfit as error:
        error.facts["task_id"] = event.task_id
        raise


def _ended(app: MadeApp, task: TypedTask, event: v1.TaskEvent) -> Any:
    response: Any = app.message(task.response.name)
    response.task_id = event.task_id
    result = event.finished.status.result
    app.results.fill(response, task.response, "result", result)
    return response


def _told(app: MadeApp, task: TypedTask, event: v1.TaskEvent) -> Any:
    response: Any = app.message(task.stream_response)
    response.task_id, response.seq = event.task_id, event.seq
    response.attempt = event.attempt
    response.time.MergeFromString(event.time.SerializeToString())
    kind = event.WhichOneof("event")
    if kind is None:
        return None
    inner = getattr(response, kind)
    inner.SetInParent()
    if kind == "yielded":
        app.results.fill(inner, task.yielded, "value", event.yielded.value)
    elif kind == "finished":
        result = event.finished.status.result
        app.results.fill(inner, task.finished, "result", result)
    else:
        inner.MergeFromString(getattr(event, kind).SerializeToString())
    return response


def _check_success(task: TypedTask, status: v1.TaskStatus) -> None:
    """Raise what a task ended with that did not succeed."""
    if status.state == v1.TASK_STATE_CANCEL:
        raise TaskCancelled(
            f"the task was cancelled: {status.cancel_reason}",
            task_id=status.id,
            cancel_reason=status.cancel_reason,
        )
    if status.state != v1.TASK_STATE_ERROR:
        return
    failure = status.failure
    facts = {
        "task_id": status.id,
        "kind": failure.kind,
        "failure": v1.FailureReason.Name(failure.reason),
        "attempt": str(status.attempt),
    }
    message = f"{failure.kind}: {failure.message}" if failure.kind else failure.message
    if failure.reason == v1.FAILURE_REASON_REJECTED:
        names = {one.key: one.name for one in task.request.fields}
        parameter = failure.details.get("parameter", "")
        facts["field"] = names.get(parameter, parameter)
        raise ArgumentInvalid(message, **facts)
    raise TaskFailed(message, **facts)
