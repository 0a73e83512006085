"""Messages of the wire, and events as Python shows them, as documents of the protocol."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.asyncio import QueueTasks
from qtasks.schemas import Event, TaskFailure


def document_of(message: Message) -> dict[str, Any]:
    """A message in the proto3 JSON form."""
    document: dict[str, Any] = json_format.MessageToDict(message)
    return document


def document_of_event(event: Event, app: QueueTasks) -> dict[str, Any]:
    """An event as the message it was made of."""
    message = v1.TaskEvent(
        task_id=event.task_id,
        seq=event.seq,
        time=_stamp(event.time),
        attempt=event.attempt,
    )
    _BODIES[event.kind](message, event, app)
    return document_of(message)


def _state(message: v1.TaskEvent, event: Event, _: QueueTasks) -> None:
    body = message.state_changed
    body.state = v1.TaskState.Value(f"TASK_STATE_{event.state.upper()}")
    body.worker_id = event.worker_id
    if event.due_at is not None:
        body.due_time.CopyFrom(_stamp(event.due_at))
    if event.failure is not None:
        body.failure.CopyFrom(_failure(event.failure))


def _yield(message: v1.TaskEvent, event: Event, app: QueueTasks) -> None:
    message.yielded.value.CopyFrom(app.serializer.encode(event.value))


def _ask(message: v1.TaskEvent, event: Event, app: QueueTasks) -> None:
    message.asked.ask_id = event.ask_id
    message.asked.prompt.CopyFrom(app.serializer.encode(event.value))
    if event.deadline is not None:
        message.asked.deadline.CopyFrom(_stamp(event.deadline))


def _answer(message: v1.TaskEvent, event: Event, app: QueueTasks) -> None:
    message.answered.ask_id = event.ask_id
    message.answered.value.CopyFrom(app.serializer.encode(event.value))


def _log(message: v1.TaskEvent, event: Event, _: QueueTasks) -> None:
    message.log.level = v1.LogLevel.Value(f"LOG_LEVEL_{event.level.upper()}")
    message.log.message = event.message
    message.log.logger = event.logger
    message.log.fields.update(event.fields)


def _progress(message: v1.TaskEvent, event: Event, _: QueueTasks) -> None:
    message.progress.done = event.done
    message.progress.total = event.total
    message.progress.note = event.message


def _gap(message: v1.TaskEvent, event: Event, _: QueueTasks) -> None:
    message.gap.from_seq = event.from_seq
    message.gap.to_seq = event.to_seq


def _end(message: v1.TaskEvent, event: Event, _: QueueTasks) -> None:
    message.finished.status.CopyFrom(event.task.seen)


def _cancel(message: v1.TaskEvent, event: Event, _: QueueTasks) -> None:
    message.cancel_requested.reason = event.message


_BODIES: dict[str, Callable[[v1.TaskEvent, Event, QueueTasks], None]] = {
    "state": _state,
    "yield": _yield,
    "ask": _ask,
    "answer": _answer,
    "log": _log,
    "progress": _progress,
    "gap": _gap,
    "end": _end,
    "cancel": _cancel,
}


def _failure(failure: TaskFailure) -> v1.Failure:
    reason = f"FAILURE_REASON_{failure.reason.upper()}"
    return v1.Failure(
        kind=failure.kind,
        message=failure.message,
        traceback=failure.traceback,
        reason=v1.FailureReason.Value(reason),
        details=failure.details,
        cause=_failure(failure.cause) if failure.cause is not None else None,
    )


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
