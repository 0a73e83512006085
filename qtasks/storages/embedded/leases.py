"""Sessions, and the tasks they hold."""

from collections.abc import Sequence
from dataclasses import replace

from qtasks.abc.storage import EXPIRED_AT_ONCE
from qtasks.core import lifecycle
from qtasks.core.records import (
    Append,
    Appended,
    Change,
    LeaseRequest,
    Opened,
    Session,
    Settled,
    Settlement,
    TaskRecord,
    Token,
)
from qtasks.core.states import State
from qtasks.errors import WorkerIdInUse
from qtasks.storages.embedded.ledger import Ledger

# Leases are few per session; this only keeps one answer from having no bound at all.
_MANY = 1_000_000


def open_session(ledger: Ledger, session: Session, ttl: float, owner: str) -> Opened:
    """Make or find a session; see `Storage.open_session`."""
    tables = ledger.tables
    for other in tables.sessions(session.app):
        rival = other.worker == session.worker and other.id != session.id
        if rival and other.expires > ledger.now:
            raise WorkerIdInUse(worker_id=session.worker)
    known = tables.session(session.id)
    connected = known.connected if known else ledger.now
    draining = known is not None and known.draining
    tables.keep_session(
        replace(
            session,
            connected=connected,
            expires=ledger.now + ttl,
            running=0,
            owner=owner,
            draining=draining,
        )
    )
    found = (tables.load(id_, spec=True) for id_ in tables.held(session.id, _MANY))
    held = [tables.detach(record) for record in found if record is not None]
    return Opened(held, draining)


def extend(ledger: Ledger, sessions: Sequence[str], ttl: float) -> list[str]:
    """Keep sessions; see `Storage.extend`."""
    unknown = []
    for session_id in sessions:
        session = ledger.tables.session(session_id)
        if session is None:
            unknown.append(session_id)
        elif session.owner:  # an ended one is known, but only opening brings it back
            session.expires = ledger.now + ttl
            ledger.tables.keep_session(session)
    return unknown


def end_session(ledger: Ledger, session_id: str, grace: float, owner: str) -> None:
    """Let a session end; see `Storage.end_session`."""
    session = ledger.tables.session(session_id)
    if session is not None and session.owner == owner:
        session.owner = ""
        session.expires = min(session.expires, ledger.now + grace)
        ledger.tables.keep_session(session)


def drain(ledger: Ledger, app: str, worker: str) -> str:
    """Note that a worker is to leave; see `Storage.drain`."""
    for session in ledger.tables.sessions(app):
        if session.worker == worker and session.expires > ledger.now:
            ledger.tables.keep_session(replace(session, draining=True))
            return session.id
    return ""


def lease(
    ledger: Ledger, request: LeaseRequest, owner: str, *, first: bool = True
) -> tuple[list[TaskRecord], bool]:
    """Grant ready tasks, in one of the steps of `Storage.lease`.

    The `first` task of all steps is granted at any size.

    Returns:
        What was granted, and whether there may be more behind what expired.
    """
    tables, now = ledger.tables, ledger.now
    granted: list[TaskRecord] = []
    if request.limit < 1 or not _is_ours(ledger, request.session, owner):
        return granted, False
    room, expired = request.max_bytes, 0
    lanes = ledger.tally.ready_lanes(request.app, request.queues, request.names)
    for task_id in tables.ready(lanes):
        record = tables.load(task_id, spec=True)
        if record is None:  # an index can't name what is not there
            raise LookupError(task_id)
        if lifecycle.is_expired(record, now):
            if expired == EXPIRED_AT_ONCE:
                return granted, True
            expired += 1
            _expire(ledger, record)
            continue
        room -= len(record.spec) + len(record.inputs)
        if room < 0 and not (first and not granted):
            break
        lifecycle.grant(record, request.session, request.worker, now)
        ledger.save(record, State.NEW)
        granted.append(tables.detach(record))
        if len(granted) == request.limit:
            break
    return granted, False


def _is_ours(ledger: Ledger, session_id: str, owner: str) -> bool:
    session = ledger.tables.session(session_id)
    return (
        session is not None and session.owner == owner and session.expires > ledger.now
    )


def _expire(ledger: Ledger, record: TaskRecord) -> None:
    was = record.state
    lifecycle.expire(record, ledger.now)
    ledger.save(record, was)
    ledger.count_end(record)
    ledger.speak_up(record.id)


def begin(ledger: Ledger, tokens: Sequence[Token]) -> list[bool]:
    """Note that attempts began; see `Storage.begin`."""
    held = []
    for token in tokens:
        record = ledger.tables.load(token.id)
        holds = record is not None and lifecycle.is_held(record, token)
        if record is not None and holds and not record.started:
            lifecycle.begin(record)
            ledger.tables.save(record, record.state)
        held.append(holds)
    return held


def append(ledger: Ledger, batch: Sequence[Append]) -> list[Appended]:
    """Store events under leases; see `Storage.append`."""
    return [_append(ledger, each) for each in batch]


def _append(ledger: Ledger, reported: Append) -> Appended:
    record = ledger.tables.load(reported.token.id)
    if record is None or not lifecycle.is_held(record, reported.token):
        return Appended(held=False)
    entry = lifecycle.report(record, reported, ledger.now)
    if entry is not None:
        ledger.save(record, record.state, entry)
    return Appended(
        held=True,
        reported=record.reported,
        stored=entry is not None,
        seq=record.seq,
        time=ledger.now,
        attempt=record.attempt,
    )


def settle(ledger: Ledger, batch: Sequence[Settlement]) -> list[Settled]:
    """End attempts under leases; see `Storage.settle`."""
    return [_settle(ledger, each) for each in batch]


def _settle(ledger: Ledger, settlement: Settlement) -> Settled:
    record = ledger.tables.load(settlement.token.id)
    if record is None:
        return Settled(accepted=False)
    if lifecycle.is_held(record, settlement.token):
        entry = lifecycle.settle(record, settlement, ledger.now)
        ledger.save(record, State.PROCESS, entry)
        if entry is not None:
            ledger.tally.queue(record.lane.app, record.lane.queue).retry += 1
        if record.state.ended:
            ledger.count_end(record)
        return _settled(ledger, record, repeated=False)
    if lifecycle.was_settled(record, settlement.token):
        return _settled(ledger, record, repeated=True)
    ledger.tally.queue(record.lane.app, record.lane.queue).refused += 1
    return Settled(accepted=False, state=record.state, seq=record.seq, time=ledger.now)


def _settled(ledger: Ledger, record: TaskRecord, *, repeated: bool) -> Settled:
    return Settled(
        accepted=True,
        repeated=repeated,
        state=record.state,
        seq=record.seq,
        time=ledger.now,
        due=record.due,
    )


def reclaim(
    ledger: Ledger, limit: int, *, retry: bytes, failure: bytes
) -> list[Change]:
    """Take back the tasks of sessions that are over; see `Storage.reclaim`."""
    tables = ledger.tables
    changes: list[Change] = []
    for session in tables.over(ledger.now, limit):
        for task_id in tables.held(session.id, limit - len(changes)):
            record = tables.load(task_id)
            if record is not None:
                changes.append(_lose(ledger, record, retry, failure))
        if len(changes) >= limit:
            break  # the session may hold more; it is forgotten once it holds none
        tables.drop_session(session.id)
    return changes


def _lose(ledger: Ledger, record: TaskRecord, retry: bytes, failure: bytes) -> Change:
    if record.started:
        ledger.tally.queue(record.lane.app, record.lane.queue).lost += 1
    entry = lifecycle.lose(record, retry=retry, failure=failure, now=ledger.now)
    change = ledger.save(record, State.PROCESS, entry)
    if record.state.ended:
        ledger.count_end(record)
    return change
