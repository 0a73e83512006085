"""What people do to tasks and queues."""

from collections.abc import Sequence

from qtasks.core import lifecycle
from qtasks.core.records import Change, Moved, Refusal, TaskRecord
from qtasks.core.states import State
from qtasks.storages.embedded.ledger import Ledger


def cancel(
    ledger: Ledger, ids: Sequence[str], reason: str, chunk: bytes
) -> list[Moved]:
    """Cancel waiting tasks, ask running ones to stop; see `Storage.cancel`."""
    return [_cancel(ledger, task_id, reason, chunk) for task_id in ids]


def _cancel(ledger: Ledger, task_id: str, reason: str, chunk: bytes) -> Moved:
    record = ledger.tables.load(task_id)
    if record is None:
        return Moved(task_id, Refusal.NOT_FOUND)
    if record.state.ended:
        return _moved(record, Refusal.ENDED)
    if record.state.waiting:
        _cancel_waiting(ledger, record, reason)
    else:
        entry = lifecycle.ask_to_stop(record, reason, chunk, ledger.now)
        if entry is not None:
            ledger.save(record, record.state, entry)
    return _moved(record)


def _cancel_waiting(ledger: Ledger, record: TaskRecord, reason: str) -> Change:
    was = record.state
    lifecycle.cancel(record, reason, ledger.now)
    change = ledger.save(record, was)
    ledger.count_end(record)
    return change


def answer(
    ledger: Ledger, task_id: str, ask_id: str, value: bytes, chunk: bytes
) -> Moved:
    """Answer an open question; see `Storage.answer`."""
    record = ledger.tables.load(task_id)
    if record is None:
        return Moved(task_id, Refusal.NOT_FOUND)
    if record.state is not State.PROCESS or ask_id not in record.asks:
        return _moved(record, Refusal.ASK_NOT_FOUND)
    if record.asks[ask_id] is not None:
        return _moved(record, Refusal.ASK_ANSWERED)
    entry = lifecycle.answer(record, ask_id, value, chunk, ledger.now)
    ledger.save(record, record.state, entry)
    return _moved(record)


def requeue(ledger: Ledger, ids: Sequence[str]) -> list[Moved]:
    """Make ended tasks ready again; see `Storage.requeue`."""
    return [_requeue(ledger, task_id) for task_id in ids]


def _requeue(ledger: Ledger, task_id: str) -> Moved:
    record = ledger.tables.load(task_id)
    if record is None:
        return Moved(task_id, Refusal.NOT_FOUND)
    if not record.state.ended:
        return _moved(record, Refusal.NOT_ENDED)
    was = record.state
    lifecycle.requeue(record, ledger.next_order(), ledger.now)
    ledger.save(record, was)
    return _moved(record)


def keep(ledger: Ledger, ids: Sequence[str], seconds: float) -> list[Moved]:
    """Keep ended tasks for another time; see `Storage.keep`."""
    return [_keep(ledger, task_id, seconds) for task_id in ids]


def _keep(ledger: Ledger, task_id: str, seconds: float) -> Moved:
    record = ledger.tables.load(task_id)
    if record is None:
        return Moved(task_id, Refusal.NOT_FOUND)
    if not record.state.ended:
        return _moved(record, Refusal.NOT_ENDED)
    lifecycle.keep(record, seconds)
    ledger.tables.save(record, record.state)
    return _moved(record)


def delete(ledger: Ledger, ids: Sequence[str]) -> list[Moved]:
    """Forget tasks; see `Storage.delete`."""
    return [_delete(ledger, task_id) for task_id in ids]


def _delete(ledger: Ledger, task_id: str) -> Moved:
    record = ledger.tables.load(task_id)
    if record is None:
        return Moved(task_id, Refusal.NOT_FOUND)
    if record.state is State.PROCESS:
        return _moved(record, Refusal.RUNNING)
    ledger.drop(record)
    return _moved(record)


def _moved(record: TaskRecord, refusal: Refusal | None = None) -> Moved:
    return Moved(
        id=record.id,
        refusal=refusal,
        state=record.state,
        seq=record.seq,
        lane=record.lane,
        session=record.session,
        lease=record.lease,
    )


def pause(ledger: Ledger, app: str, queue: str, *, paused: bool) -> None:
    """Stop or go on granting tasks of a queue; see `Storage.pause`."""
    ledger.tally.queue(app, queue).paused = paused


def purge(
    ledger: Ledger, app: str, queue: str, limit: int, reason: str
) -> list[Change]:
    """Cancel waiting tasks of a queue; see `Storage.purge`."""
    waiting = ledger.tables.waiting(app, queue, limit)
    records = (ledger.tables.load(task_id) for task_id in waiting)
    return [_cancel_waiting(ledger, each, reason) for each in records if each]
