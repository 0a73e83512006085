"""Records as rows, and rows as records."""

import json
from typing import Any

from qtasks.core.records import HistoryEntry, Lane, Session, TaskRecord
from qtasks.core.states import State

COLUMNS = (
    "id",
    "app",
    "queue",
    "name",
    "created",
    "max_losses",
    "key",
    "label",
    "priority",
    "state",
    "place",
    "seq",
    "attempt",
    "lease",
    "losses",
    "drops",
    "keep",
    "started",
    "reported",
    "settler",
    "session",
    "worker",
    "due",
    "begun",
    "ended",
    "expires",
    "cancel_reason",
    "history",
    "asks",
    "outcome",
    "held",
)
_FIXED = COLUMNS.index("state")
"""How many of the columns, the first ones, never change."""

_SELECT = f"SELECT {', '.join(COLUMNS)}"
_CHANGES = ", ".join(f"{column} = ?" for column in COLUMNS[_FIXED:])

# All names here are our own: nothing of a user's stands in a statement.
SELECT = f"{_SELECT} FROM tasks WHERE id = ?"
SELECT_WHOLE = (
    f"{_SELECT}, spec, inputs FROM tasks JOIN specs ON task = number WHERE id = ?"
)
SELECT_NEWEST = (
    "SELECT number, id, queue, name, state FROM tasks"
    " WHERE app = ?1 AND number < ?2 ORDER BY number DESC"
)
SELECT_NEWEST_LABELLED = (
    "SELECT number, id, queue, name, state FROM tasks"
    " WHERE app = ?1 AND label = ?3 AND label <> '' AND number < ?2"
    " ORDER BY number DESC"
)
INSERT = (
    f"INSERT INTO tasks ({', '.join(COLUMNS)})"  # noqa: S608
    f" VALUES ({', '.join('?' * len(COLUMNS))})"
)
UPDATE = f"UPDATE tasks SET {_CHANGES} WHERE id = ?"  # noqa: S608
# What can change while the state does not: none of it is in an index, so none is
# written again.
UPDATE_RUNNING = (
    "UPDATE tasks SET seq = ?, started = ?, reported = ?, cancel_reason = ?, asks = ?"
    " WHERE id = ?"
)


def inserted(record: TaskRecord) -> tuple[Any, ...]:
    """The values of `INSERT`."""
    lane = record.lane
    return (
        record.id,
        lane.app,
        lane.queue,
        lane.name,
        record.created,
        record.max_losses,
        record.key,
        record.group,
        record.priority,
        *_changing(record),
    )


def updated(record: TaskRecord) -> tuple[Any, ...]:
    """The values of `UPDATE`."""
    return (*_changing(record), record.id)


def updated_running(record: TaskRecord) -> tuple[Any, ...]:
    """The values of `UPDATE_RUNNING`."""
    return (
        record.seq,
        record.started,
        record.reported,
        record.cancel_reason,
        _asks_text(record.asks),
        record.id,
    )


def _changing(record: TaskRecord) -> tuple[Any, ...]:
    return (
        record.state,
        record.order,
        record.seq,
        record.attempt,
        record.lease,
        record.losses,
        record.drops,
        record.keep,
        record.started,
        record.reported,
        record.settler,
        record.session,
        record.worker,
        record.due,
        record.begun,
        record.ended,
        record.expires,
        record.cancel_reason,
        _history_text(record.history),
        _asks_text(record.asks),
        record.outcome,
        record.held,
    )


def record_of(
    row: tuple[Any, ...], spec: bytes = b"", inputs: bytes = b""
) -> TaskRecord:
    """The record of a row of `SELECT`; spec and inputs where they were read too."""
    id_, app, queue, name, created, max_losses, key, label, priority = row[:_FIXED]
    (state, place, seq, attempt, lease, losses, drops, keep, *rest) = row[_FIXED:]
    (started, reported, settler, session, worker, due, begun, *rest) = rest
    (ended, expires, cancel_reason, history, asks, outcome, held) = rest[:7]
    return TaskRecord(
        id=id_,
        lane=Lane(app, queue, name),
        spec=spec,
        state=State(state),
        priority=priority,
        order=place,
        seq=seq,
        attempt=attempt,
        lease=lease,
        losses=losses,
        drops=drops,
        started=bool(started),
        reported=reported,
        settler=settler,
        session=session,
        worker=worker,
        created=created,
        due=due,
        begun=begun,
        ended=ended,
        expires=expires,
        keep=keep,
        max_losses=max_losses,
        key=key,
        group=label,
        cancel_reason=cancel_reason,
        outcome=outcome,
        history=_history(history),
        asks=_asks(asks),
        held=bool(held),
        inputs=inputs,
    )


def _history_text(history: list[HistoryEntry]) -> str:
    return json.dumps(
        [
            (entry.seq, entry.time, entry.state, entry.attempt, entry.worker)
            for entry in history
        ],
        separators=(",", ":"),
    )


def _history(text: str) -> list[HistoryEntry]:
    return [
        HistoryEntry(seq, time, State(state), attempt, worker)
        for seq, time, state, attempt, worker in json.loads(text)
    ]


def _asks_text(asks: dict[str, bytes | None]) -> str:
    if not asks:
        return ""
    return json.dumps(
        {id_: None if value is None else value.hex() for id_, value in asks.items()}
    )


def _asks(text: str) -> dict[str, bytes | None]:
    if not text:
        return {}
    return {
        id_: None if value is None else bytes.fromhex(value)
        for id_, value in json.loads(text).items()
    }


KEEP_SESSION = "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def kept(session: Session) -> tuple[Any, ...]:
    """The values of `KEEP_SESSION`."""
    return (
        session.id,
        session.worker,
        session.app,
        session.info,
        session.connected,
        session.expires,
        session.owner,
        session.draining,
    )


def session_of(row: tuple[Any, ...]) -> Session:
    """The session of a row of `sessions`."""
    id_, worker, app, info, connected, expires, owner, draining = row
    return Session(
        id_,
        worker,
        app,
        info,
        connected,
        expires,
        owner=owner,
        draining=bool(draining),
    )
