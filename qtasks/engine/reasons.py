"""The reasons why a task does not run: each with its line for a person.

A line says what it is and what to do about it; programs read the fields beside it.
"""

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from qtasks import v1
from qtasks.abc.storage import AHEAD_COUNTED
from qtasks.core.records import Ahead, Lane, TaskRecord
from qtasks.core.states import State
from qtasks.engine.admission import DEFAULT_APP
from qtasks.engine.events import WIRE_STATES, timestamp

MAX_LISTED = 100
"""Tasks that are named among those one waits for."""

MAX_SHOWN = 200
"""Characters shown of what somebody else wrote."""

SHORT = 60.0
"""Seconds below which a length is told with a fraction."""


def dependencies(waiting: Sequence[str], total: int) -> v1.Reason:
    """It waits for other tasks; `waiting` are those that have not ended."""
    if waiting:
        message = (
            f"waits for {len(waiting)} of {total} tasks that have not ended; see the "
            f"first: qtasks explain {waiting[0]}"
        )
    else:
        message = f"all {total} tasks it waited for have ended: its turn comes at once"
    found = v1.Dependencies(
        task_ids=waiting[:MAX_LISTED], waiting=len(waiting), total=total
    )
    return v1.Reason(message=message, dependencies=found)


def starts_later(record: TaskRecord, now: float) -> v1.Reason:
    """It waits for its time."""
    wait = max(0.0, record.due - now)
    retry = record.state is State.RETRY
    why = f"attempt {record.attempt} failed; the next one is" if retry else "it is"
    found = v1.StartsLater(due_time=timestamp(record.due), retry=retry)
    found.wait.FromMicroseconds(round(wait * 1e6))
    return v1.Reason(
        message=f"{why} due at {_moment(record.due)}, in {_length(wait)}",
        starts_later=found,
    )


def queue_paused(lane: Lane) -> v1.Reason:
    """Its queue gives out no tasks."""
    resume = f"qtasks queues resume {shlex.quote(lane.queue)}{_of_app(lane.app)}"
    return v1.Reason(
        message=f"queue {lane.queue!r} is paused; to go on: {resume}",
        queue_paused=v1.QueuePaused(queue=lane.queue),
    )


def unserved(
    lane: Lane, *, registered: bool, served: Sequence[str], similar: str
) -> v1.Reason:
    """No live worker serves it; `served` are the queues where one serves its name."""
    if served:
        message = (
            f"no live worker serves {lane.name!r} in queue {lane.queue!r}, only in "
            f"{', '.join(map(repr, served))}; start one that takes from it: qtasks -A "
            f"module:app run --queues {shlex.quote(lane.queue)}"
        )
    elif registered:
        message = (
            f"no live worker serves {lane.name!r}; start one: qtasks -A module:app run"
        )
    elif similar:
        message = (
            f"no worker ever registered a task {lane.name!r}; did you mean "
            f"{similar!r}? Then cancel this one and submit that"
        )
    else:
        message = (
            f"no worker ever registered a task {lane.name!r}; is the name right? If it "
            "is, start a worker that has it: qtasks -A module:app run"
        )
    return v1.Reason(
        message=message,
        unserved=v1.Unserved(
            name=lane.name,
            queue=lane.queue,
            registered=registered,
            served_queues=served,
            similar_name=similar,
        ),
    )


def workers_busy(workers: Sequence[v1.WorkerStatus]) -> v1.Reason:
    """All workers that serve it are busy."""
    found = v1.WorkersBusy(
        workers=len(workers),
        slots=sum(worker.slots for worker in workers),
        running=sum(worker.running for worker in workers),
    )
    return v1.Reason(
        message=f"all workers that serve it are busy ({found.workers} with "
        f"{found.slots} slots have {found.running} tasks); start more of them, or wait",
        workers_busy=found,
    )


def behind(lane: Lane, ahead: Ahead) -> v1.Reason:
    """Others come first."""
    message = f"{_counted(ahead.tasks)} of queue {lane.queue!r} come before it"
    if ahead.urgent:
        message += f", {_counted(ahead.urgent)} with a higher priority"
    return v1.Reason(
        message=f"{message}; more workers would get there sooner",
        behind=v1.Behind(tasks=ahead.tasks, higher_priority=ahead.urgent),
    )


def ready(workers: int) -> v1.Reason:
    """Nothing stands in its way."""
    return v1.Reason(
        message="nothing stands in its way: a worker gets it at once",
        ready=v1.Ready(workers=workers),
    )


def leased(record: TaskRecord, expires: float) -> v1.Reason:
    """A worker has it, until `expires`; 0 when that worker is not there any more."""
    worker = repr(record.worker)
    if not expires:
        message = f"its worker {worker} is lost: another one gets it in a moment"
    elif record.cancel_reason:
        message = (
            f"worker {worker} was asked to stop it ({_cut(record.cancel_reason)}) and "
            "has not said yet that it did"
        )
    elif record.started:
        message = f"runs in worker {worker}; follow it: qtasks watch {record.id}"
    else:
        message = f"worker {worker} has it, and begins when a slot is free there"
    if expires:
        message += f" (attempt {record.attempt}, lease until {_moment(expires)})"
    found = v1.Leased(
        worker_id=record.worker,
        attempt=record.attempt,
        started=record.started,
        cancel_requested=bool(record.cancel_reason),
    )
    if expires:
        found.expire_time.CopyFrom(timestamp(expires))
    return v1.Reason(message=message, leased=found)


def ended(record: TaskRecord, status: v1.TaskStatus) -> v1.Reason:
    """It has ended."""
    message = f"ended at {_moment(record.ended)} with {record.state}"
    if status.HasField("failure"):
        message += f" ({_cut(f'{status.failure.kind}: {status.failure.message}')})"
    elif status.cancel_reason:
        message += f" ({_cut(status.cancel_reason)})"
    return v1.Reason(
        message=f"{message}; to run it again: qtasks requeue {record.id}",
        ended=v1.Ended(state=WIRE_STATES[record.state]),
    )


def _of_app(app: str) -> str:
    return "" if app == DEFAULT_APP else f" --app-name {shlex.quote(app)}"


def _counted(tasks: int) -> str:
    words = "1 task" if tasks == 1 else f"{tasks} tasks"
    return f"{words} or more" if tasks == AHEAD_COUNTED else words


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _length(seconds: float) -> str:
    if seconds < SHORT:
        return f"{seconds:.1f} s"
    return str(timedelta(seconds=round(seconds)))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}…"
