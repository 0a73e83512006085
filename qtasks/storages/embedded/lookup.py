"""Looking at tasks, queues and sessions."""

from collections.abc import Collection, Sequence

from qtasks.abc.storage import AHEAD_COUNTED, PAGE_BYTES
from qtasks.core.records import (
    Ahead,
    HistoryEntry,
    Log,
    LogEntry,
    Page,
    QueueFigures,
    RecordFilter,
    Session,
    TaskRecord,
)
from qtasks.errors import InvalidField
from qtasks.storages.embedded.ledger import Ledger
from qtasks.storages.embedded.tables import Sketch

LOOKED_AT = 2_000
"""How many records one call of `find` looks at, whether they match or not."""

_DIGITS = 18
"""The longest page token: a number that any storage can compare."""


def get(ledger: Ledger, ids: Sequence[str]) -> list[TaskRecord | None]:
    """The records; see `Storage.get`."""
    tables = ledger.tables
    found = (tables.load(task_id, spec=True) for task_id in ids)
    return [record and tables.detach(record) for record in found]


def read(ledger: Ledger, task_id: str, after: int, limit: int) -> Log | None:
    """A record and a part of its events; see `Storage.read`."""
    record = ledger.tables.load(task_id, spec=True)
    if record is None:
        return None
    entries: list[LogEntry] = [each for each in record.history if each.seq > after]
    entries += ledger.tables.chunks(task_id, after, limit)
    entries.sort(key=lambda entry: entry.seq)
    first = ledger.tables.first_chunk(task_id)
    return Log(
        ledger.tables.detach(record),
        _cut(entries, limit),
        first=min(record.history[0].seq, first or record.history[0].seq),
    )


def _cut(entries: list[LogEntry], limit: int) -> list[LogEntry]:
    """As many of the first entries as hold `limit` events."""
    events = 0
    for index, entry in enumerate(entries):
        if events >= limit:
            return entries[:index]
        events += 1 if isinstance(entry, HistoryEntry) else entry.count
    return entries


def find(ledger: Ledger, which: RecordFilter, limit: int, token: str) -> Page:
    """Records that match; see `Storage.find`."""
    tables = ledger.tables
    before = _number(token) if token else None
    records: list[TaskRecord] = []
    room = PAGE_BYTES
    newest = tables.newest(which.app, which.group, before)
    for looked_at, sketch in enumerate(newest, start=1):
        record = tables.load(sketch.id, spec=True) if _matches(sketch, which) else None
        if record is not None:
            room -= len(record.spec) + len(record.outcome)
            if records and room < 0:
                return Page(records, str(sketch.number + 1))
            records.append(tables.detach(record))
        if len(records) >= limit or looked_at >= LOOKED_AT:
            return Page(records, str(sketch.number))
    return Page(records)


def _number(token: str) -> int:
    if not (token.isascii() and token.isdigit() and len(token) <= _DIGITS):
        raise InvalidField("the page token is not one of ours", field="page_token")
    return int(token)


def _matches(sketch: Sketch, which: RecordFilter) -> bool:
    """Whether a record of the right group matches in everything else too."""
    return (
        (not which.states or sketch.state in which.states)
        and which.queue in ("", sketch.lane.queue)
        and which.name in ("", sketch.lane.name)
    )


def ahead(ledger: Ledger, record: TaskRecord, names: Collection[str]) -> Ahead:
    """The ready tasks that come before one; see `Storage.ahead`."""
    app, queue, _ = record.lane
    lanes = ledger.tally.ready_lanes(app, [queue], frozenset(names), paused=True)

    def before(order: int) -> int:
        found = 0
        for lane in lanes:
            room = AHEAD_COUNTED - found
            found += ledger.tables.before(lane, record.priority, order, room)
        return found

    return Ahead(before(record.order), before(0))


def queues(ledger: Ledger, app: str) -> list[QueueFigures]:
    """The queues of an app; see `Storage.queues`."""
    return ledger.tally.figures(app)


def sessions(ledger: Ledger, app: str) -> list[Session]:
    """The live sessions of an app; see `Storage.sessions`."""
    live = [each for each in ledger.tables.sessions(app) if each.expires > ledger.now]
    for each in live:
        each.running = ledger.tables.running(each.id)
    return sorted(live, key=lambda each: each.worker)
