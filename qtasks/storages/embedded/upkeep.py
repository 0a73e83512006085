"""What becomes due, expires, or was kept long enough."""

from qtasks.core import lifecycle
from qtasks.core.records import Change, Promoted, Swept, TaskRecord
from qtasks.storages.embedded.ledger import Ledger


def promote(ledger: Ledger, limit: int) -> Promoted:
    """Make due tasks ready; see `Storage.promote`."""
    changes: list[Change] = []
    for task_id in ledger.tables.due(ledger.now, limit):
        record = _loaded(ledger, task_id)
        was = record.state
        order = record.order or ledger.next_order()
        lifecycle.promote(record, order, ledger.now)
        changes.append(ledger.save(record, was))
    moment = ledger.tables.next_due()
    # A task that is due already still needs a positive wait: 0 says that none waits.
    wait = 0.0 if moment is None else max(moment - ledger.now, 0.001)
    return Promoted(changes, next_due_in=wait, more=len(changes) >= limit)


def sweep(ledger: Ledger, limit: int) -> Swept:
    """Cancel the expired, forget the outlived; see `Storage.sweep`."""
    tables, now = ledger.tables, ledger.now
    changes: list[Change] = []
    for task_id in tables.expired(now, limit):
        record = _loaded(ledger, task_id)
        was = record.state
        lifecycle.expire(record, now)
        changes.append(ledger.save(record, was))
        ledger.count_end(record)
    outlived = tables.outlived(now, limit - len(changes))
    for task_id in outlived:
        ledger.drop(_loaded(ledger, task_id))
    done = len(changes) + len(outlived)
    return Swept(changes, deleted=len(outlived), more=done >= limit)


def _loaded(ledger: Ledger, task_id: str) -> TaskRecord:
    record = ledger.tables.load(task_id)
    if record is None:  # an index can't name what is not there
        raise LookupError(task_id)
    return record
