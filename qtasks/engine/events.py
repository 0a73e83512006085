"""From records and logs to what watchers see."""

from google.protobuf.timestamp_pb2 import Timestamp

from qtasks import v1
from qtasks.core.records import ChunkEntry, HistoryEntry, Log, TaskRecord
from qtasks.core.states import ENDED, State

WIRE_STATES = {
    State.SCHEDULED: v1.TASK_STATE_SCHEDULED,
    State.NEW: v1.TASK_STATE_NEW,
    State.PROCESS: v1.TASK_STATE_PROCESS,
    State.RETRY: v1.TASK_STATE_RETRY,
    State.SUCCESS: v1.TASK_STATE_SUCCESS,
    State.ERROR: v1.TASK_STATE_ERROR,
    State.CANCEL: v1.TASK_STATE_CANCEL,
}
STATES = {wire: state for state, wire in WIRE_STATES.items()}


def timestamp(seconds: float) -> Timestamp:
    """Epoch seconds as a wire timestamp, to the microsecond."""
    micros = round(seconds * 1e6)
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)


def status_of(record: TaskRecord, task: v1.TaskSubmit | None = None) -> v1.TaskStatus:
    """The whole status of a record; `task` spares decoding its spec."""
    if task is None:
        task = v1.TaskSubmit.FromString(record.spec)
    status = v1.TaskStatus(
        id=record.id,
        app=task.app,
        name=task.name,
        queue=task.queue,
        state=WIRE_STATES[record.state],
        priority=record.priority,
        attempt=record.attempt,
        create_time=timestamp(record.created),
        worker_id=record.worker,
        last_seq=record.seq,
        args=task.args if task.HasField("args") else None,
        kwargs=task.kwargs if task.HasField("kwargs") else None,
        group=task.group,
        tags=task.tags,
        metadata=task.metadata,
        parent_id=task.parent_id,
        max_attempts=max(1, task.retry.max_attempts),
        losses=record.losses,
        cancel_requested=bool(record.cancel_reason),
    )
    if record.due:
        status.due_time.CopyFrom(timestamp(record.due))
    if record.begun:
        status.start_time.CopyFrom(timestamp(record.begun))
    if record.expires:
        status.expire_time.CopyFrom(timestamp(record.expires))
    if record.state in ENDED:
        status.finish_time.CopyFrom(timestamp(record.ended))
        if record.state is State.SUCCESS:
            status.result.ParseFromString(record.outcome)
            status.result.SetInParent()
        elif record.state is State.ERROR:
            status.failure.ParseFromString(record.outcome)
            status.failure.SetInParent()
        else:
            status.cancel_reason = record.outcome.decode()
    return status


def finished_event(
    record: TaskRecord, task: v1.TaskSubmit | None = None
) -> v1.TaskEvent:
    """The last event of an ended task."""
    return v1.TaskEvent(
        task_id=record.id,
        seq=record.seq,
        time=timestamp(record.ended),
        attempt=record.attempt,
        finished=v1.Finished(status=status_of(record, task)),
    )


def state_event(record: TaskRecord, entry: HistoryEntry) -> v1.TaskEvent:
    """A change to a state that is not, or not any more, the end of the task."""
    changed = v1.StateChanged(state=WIRE_STATES[entry.state], worker_id=entry.worker)
    if entry.state is State.SCHEDULED and record.due:
        changed.due_time.CopyFrom(timestamp(record.due))
    return v1.TaskEvent(
        task_id=record.id,
        seq=entry.seq,
        time=timestamp(entry.time),
        attempt=entry.attempt,
        state_changed=changed,
    )


def number_events(
    events: list[v1.TaskEvent], task_id: str, first: int, time: float, attempt: int
) -> None:
    """Write onto events what their storage gave them."""
    moment = timestamp(time)
    for seq, event in enumerate(events, first):
        event.task_id = task_id
        event.seq = seq
        event.time.CopyFrom(moment)
        event.attempt = attempt


def events_of(log: Log, after: int) -> list[v1.TaskEvent]:
    """The events of a log after number `after`, with gaps where some are gone."""
    record = log.record
    events: list[v1.TaskEvent] = []
    expected = after + 1
    for entry in log.entries:
        if isinstance(entry, ChunkEntry):
            part = list(v1.EventChunk.FromString(entry.chunk).events)
            first = entry.seq - entry.count + 1
            number_events(part, record.id, first, entry.time, entry.attempt)
            if first < expected:
                part = part[expected - first :]
                first = expected
        else:
            first = entry.seq
            if entry.state in ENDED and entry.seq == record.seq:
                part = [finished_event(record)]
            else:
                part = [state_event(record, entry)]
        if not part or entry.seq < expected:
            continue
        if first > expected:
            gap = v1.Gap(from_seq=expected, to_seq=first - 1)
            events.append(v1.TaskEvent(task_id=record.id, seq=first - 1, gap=gap))
        events.extend(part)
        expected = entry.seq + 1
    return events
