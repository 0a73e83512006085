"""Wire messages as plain values, for JSON and for tables."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.cli.output import Facts


def state_word(state: "v1.TaskState.ValueType") -> str:
    """Write a state as the Python face writes it."""
    return v1.TaskState.Name(state).removeprefix("TASK_STATE_").lower()


def moment(time: Timestamp) -> str | None:
    """Write a time as ISO 8601 in UTC; None when it is not set."""
    at = instant(time)
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(time: Timestamp) -> datetime | None:
    """Read a time; None when it is not set."""
    if not time.seconds and not time.nanos:
        return None
    return time.ToDatetime(tzinfo=UTC)


def seconds(length: Duration) -> float:
    """Read a length in seconds."""
    return length.seconds + length.nanos / 1e9


def value_of(payload: v1.Payload) -> Any:
    """Read a payload: its JSON, or its bytes in base64 under the encoding's name."""
    if payload.WhichOneof("body") == "data":
        return {
            "encoding": payload.encoding,
            "base64": base64.b64encode(payload.data).decode("ascii"),
        }
    if not payload.json:
        return None
    try:
        return json.loads(payload.json)
    except (ValueError, RecursionError):
        return payload.json  # an integer of thousands of digits, or nested too deep


def failure_facts(failure: v1.Failure) -> Facts:
    """Describe why an attempt failed."""
    reason = v1.FailureReason.Name(failure.reason)
    return {
        "kind": failure.kind,
        "message": failure.message,
        "reason": reason.removeprefix("FAILURE_REASON_").lower(),
        "retryable": failure.retryable,
        "details": dict(failure.details),
        "cause": failure_facts(failure.cause) if failure.HasField("cause") else None,
        "traceback": failure.traceback,
    }


def failure_line(failure: v1.Failure) -> str:
    """Say why an attempt failed in one line."""
    if failure.kind and failure.message:
        return f"{failure.kind}: {failure.message}"
    return failure.kind or failure.message or "failed"


def task_facts(status: v1.TaskStatus) -> Facts:
    """Describe a task as it stands."""
    outcome = status.WhichOneof("outcome")
    return {
        "id": status.id,
        "name": status.name,
        "state": state_word(status.state),
        "queue": status.queue,
        "priority": status.priority,
        "attempt": status.attempt,
        "max_attempts": status.max_attempts,
        "losses": status.losses,
        "created": moment(status.create_time),
        "due": moment(status.due_time),
        "started": moment(status.start_time),
        "finished": moment(status.finish_time),
        "expires": moment(status.expire_time),
        "seconds": _run_seconds(status),
        "worker": status.worker_id or None,
        "args": value_of(status.args),
        "kwargs": value_of(status.kwargs),
        "result": value_of(status.result) if outcome == "result" else None,
        "failure": failure_facts(status.failure) if outcome == "failure" else None,
        "cancel_reason": status.cancel_reason if outcome == "cancel_reason" else None,
        "cancel_requested": status.cancel_requested,
        "unserved": status.unserved,
        "app": status.app,
        "group": status.group or None,
        "tags": list(status.tags),
        "metadata": dict(status.metadata),
        "parent_id": status.parent_id or None,
        "last_seq": status.last_seq,
    }


def queue_facts(queue: v1.QueueStatus) -> Facts:
    """Describe a queue in figures."""
    return {
        "name": queue.name,
        "state": "paused" if queue.paused else "open",
        "ready": queue.ready,
        "scheduled": queue.scheduled,
        "running": queue.running,
        "submitted_total": queue.submitted_total,
        "success_total": queue.success_total,
        "error_total": queue.error_total,
        "cancel_total": queue.cancel_total,
        "retry_total": queue.retry_total,
        "lost_total": queue.lost_total,
        "refused_total": queue.refused_total,
        "unserved": [item.name for item in queue.backlog if item.unserved],
        "backlog": {item.name: item.ready for item in queue.backlog},
        "app": queue.app,
    }


def worker_facts(worker: v1.WorkerStatus) -> Facts:
    """Describe a live worker."""
    return {
        "id": worker.worker_id,
        "state": "draining" if worker.draining else "open",
        "host": worker.host,
        "pid": worker.pid,
        "running": worker.running,
        "slots": worker.slots,
        "queues": list(worker.queues),
        "tasks": list(worker.tasks),
        "language": worker.language,
        "sdk_version": worker.sdk_version,
        "connected": moment(worker.connect_time),
        "lease_expires": moment(worker.lease_expire_time),
        "session": worker.session,
    }


def _run_seconds(status: v1.TaskStatus) -> float | None:
    started, finished = instant(status.start_time), instant(status.finish_time)
    if started is None or finished is None:
        return None
    return round(max(0.0, (finished - started).total_seconds()), 6)
