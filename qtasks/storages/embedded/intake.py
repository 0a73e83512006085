"""Tasks come in."""

from collections.abc import Sequence

from qtasks.core import lifecycle
from qtasks.core.records import Fate, NewTask, Submitted, TaskRecord
from qtasks.storages.embedded.ledger import Ledger


def submit(ledger: Ledger, tasks: Sequence[NewTask]) -> list[Submitted]:
    """Store tasks; see `Storage.submit`."""
    return [_submit(ledger, task) for task in tasks]


def _submit(ledger: Ledger, task: NewTask) -> Submitted:
    known = ledger.tables.load(task.id, spec=True)
    if known is not None:
        same = known.spec == task.spec
        return _answer(known, Fate.EXISTING if same else Fate.CONFLICT)
    named = ledger.tables.keyed(task.lane.app, task.key) if task.key else None
    if named is not None and (known := ledger.tables.load(named)) is not None:
        return _answer(known, Fate.EXISTING)
    record = lifecycle.make(task, ledger.next_order(), ledger.now)
    ledger.add(record)
    ledger.tally.queue(task.lane.app, task.lane.queue).submitted += 1
    if record.state.ended:
        ledger.count_end(record)
    return _answer(record, Fate.CREATED)


def _answer(record: TaskRecord, fate: Fate) -> Submitted:
    return Submitted(
        id=record.id,
        fate=fate,
        state=record.state,
        seq=record.seq,
        time=record.created,
        due=record.due,
    )
