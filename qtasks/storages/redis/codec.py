"""How tasks look in Redis, and how scripts are spoken to: bytes to records and back.

The formats are those of `lua/_task.lua`: little endian, without padding.
"""

from collections.abc import Sequence
from struct import Struct

from qtasks.core.records import (
    Append,
    Appended,
    Change,
    ChunkEntry,
    Fate,
    HistoryEntry,
    Lane,
    Moved,
    NewTask,
    Refusal,
    Settled,
    Settlement,
    Submitted,
    TaskRecord,
)
from qtasks.core.states import State

STATES = (
    State.SCHEDULED,
    State.NEW,
    State.PROCESS,
    State.RETRY,
    State.SUCCESS,
    State.ERROR,
    State.CANCEL,
)
"""Redis keeps a state as its place in this list."""

CODES = {state: code for code, state in enumerate(STATES)}

_FATES = (Fate.CREATED, Fate.EXISTING, Fate.CONFLICT)
VOIDED = len(_FATES)
"""The fate of a task whose idempotency key went to another one."""

_REFUSALS = (
    None,
    Refusal.NOT_FOUND,
    Refusal.RUNNING,
    Refusal.ENDED,
    Refusal.NOT_ENDED,
    Refusal.ASK_NOT_FOUND,
    Refusal.ASK_ANSWERED,
)

_HEAD = Struct("<BBBBBhIIIQIIIIIdddI")
_SIZES = Struct("<HHHHHI")
_ENTRY = Struct("<BI")
_STATE_CHANGED, _GRANTED, _CANCEL_ASKED, _OUTCOME, _ASKED, _ANSWERED, _INPUTS = range(
    1, 8
)
_HELD = 2
_CHANGED = Struct("<IdBI")
_GRANT = Struct("<IdIH")
_SIZE = Struct("<H")

_NUMBERS = Struct("<QhddddIB")
_SUBMITTED = Struct("<BBIdd")
_REPORT = Struct("<III")
_APPENDED = Struct("<BBIIdI")
_SETTLEMENT = Struct("<IBdd")
_SETTLED = Struct("<BBBIdd")
_CHANGE = Struct("<BIHHH")
_MOVED = Struct("<BBIIHHH")
_CHUNK = Struct("<dI")

Numbers = int | float
Arg = str | bytes | Numbers
"""What a script takes as an argument."""


# -- what scripts are told --------------------------------------------------------


def pack_task(task: NewTask, order: int) -> tuple[Arg, ...]:
    """The arguments of `submit.lua` for a task."""
    app = task.lane.app.encode()
    queue = app + b"\n" + task.lane.queue.encode()
    lane = queue + b"\n" + task.lane.name.encode()
    key, group = task.key.encode(), task.group.encode()
    sizes = _SIZES.pack(
        len(app), len(queue), len(lane), len(key), len(group), len(task.spec)
    )
    numbers = _NUMBERS.pack(
        order,
        task.priority,
        task.start,
        task.delay,
        task.expires,
        task.keep,
        task.max_losses,
        task.watched + 2 * task.held,
    )
    return task.id, numbers, b"".join((sizes, lane, key, group, task.spec))


def pack_append(append: Append) -> tuple[Arg, ...]:
    """The arguments of `append.lua` for a report."""
    asks = [ask.encode() for ask in append.asks]
    return (
        append.token.id,
        _REPORT.pack(append.token.lease, append.first, append.count),
        append.token.session,
        b"".join(_SIZE.pack(len(ask)) + ask for ask in asks),
        append.chunk,
    )


def pack_settlement(settlement: Settlement) -> tuple[Arg, ...]:
    """The arguments of `settle.lua` for a settlement."""
    token = settlement.token
    keep = -1.0 if settlement.keep is None else settlement.keep
    numbers = _SETTLEMENT.pack(
        token.lease, CODES[settlement.state], settlement.delay, keep
    )
    return token.id, numbers, token.session, settlement.body


# -- what scripts answer ----------------------------------------------------------


def unpack_submitted(raw: bytes) -> Submitted | None:
    """A task's fate; `None` when its idempotency key went to another task."""
    fate, state, seq, time, due = _SUBMITTED.unpack_from(raw)
    if fate == VOIDED:
        return None
    id_ = raw[_SUBMITTED.size :].decode()
    return Submitted(id_, _FATES[fate], STATES[state], seq, time, due)


def unpack_appended(raw: bytes) -> Appended:
    """What became of reported events."""
    held, stored, reported, seq, time, attempt = _APPENDED.unpack(raw)
    if not held:
        return Appended(held=False)
    return Appended(
        held=True,
        reported=reported,
        stored=bool(stored),
        seq=seq,
        time=time,
        attempt=attempt,
    )


def unpack_settled(raw: bytes) -> Settled:
    """What became of a settlement."""
    accepted, repeated, state, seq, time, due = _SETTLED.unpack(raw)
    return Settled(bool(accepted), bool(repeated), STATES[state], seq, time, due)


def unpack_change(raw: bytes) -> Change:
    """A move somebody else asked for."""
    state, seq, app, queue, lane = _CHANGE.unpack_from(raw)
    text = raw[_CHANGE.size :]
    return Change(
        text[lane:].decode(), _lane(text[:lane], app, queue), STATES[state], seq
    )


def unpack_moved(id_: str, raw: bytes) -> Moved:
    """What became of an operation on a task."""
    refusal, state, seq, lease, app, queue, lane = _MOVED.unpack_from(raw)
    text = raw[_MOVED.size :]
    if _REFUSALS[refusal] is Refusal.NOT_FOUND:
        return Moved(id_, Refusal.NOT_FOUND)
    return Moved(
        id=id_,
        refusal=_REFUSALS[refusal],
        state=STATES[state],
        seq=seq,
        lane=_lane(text[:lane], app, queue),
        session=text[lane:].decode(),
        lease=lease,
    )


def unpack_chunk(entry_id: bytes, raw: bytes) -> ChunkEntry:
    """An entry of a task's event stream."""
    seq, count = map(int, entry_id.split(b"-"))
    time, attempt = _CHUNK.unpack_from(raw)
    return ChunkEntry(seq, count, time, attempt, raw[_CHUNK.size :])


# -- a task -------------------------------------------------------------------------


def unpack_record(id_: str, raw: bytes) -> TaskRecord:
    """A task, as it stands."""
    (
        state,
        started,
        settled,
        marks,
        drops,
        priority,
        losses,
        max_losses,
        _,
        order,
        *rest,
    ) = _HEAD.unpack_from(raw)
    seq, attempt, lease, reported, _, due, expires, keep, _ = rest
    app, queue, lane, key, group, spec = _SIZES.unpack_from(raw, _HEAD.size)
    at = _HEAD.size + _SIZES.size
    key_at = at + lane
    group_at = key_at + key
    spec_at = group_at + group
    record = TaskRecord(
        id=id_,
        lane=_lane(raw[at:key_at], app, queue),
        spec=raw[spec_at : spec_at + spec],
        state=STATES[state],
        priority=priority,
        order=order,
        seq=seq,
        attempt=attempt,
        lease=lease,
        losses=losses,
        drops=drops,
        started=bool(started),
        reported=reported,
        due=due,
        expires=expires,
        keep=keep,
        max_losses=max_losses,
        key=raw[key_at:group_at].decode(),
        group=raw[group_at:spec_at].decode(),
        held=bool(marks & _HELD),
    )
    grantee = _replay(record, raw, spec_at + spec)
    record.settler = grantee if settled else ""
    return record


def _replay(record: TaskRecord, raw: bytes, at: int) -> str:
    """Fill in what the log knows; the session that the last lease was granted to."""
    grantee = ""
    while at < len(raw):
        kind, size = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        if kind == _STATE_CHANGED:
            _change_state(record, _CHANGED.unpack_from(raw, at))
        elif kind == _GRANTED:
            grantee = _grant(record, raw[at : at + size])
        else:
            _take_note(record, kind, raw[at : at + size])
        at += size
    record.created = record.history[0].time
    return grantee


def _take_note(record: TaskRecord, kind: int, body: bytes) -> None:
    """Replay what changes no state."""
    if kind == _CANCEL_ASKED:
        record.cancel_reason = body.decode()
    elif kind == _OUTCOME:
        record.outcome = body
    elif kind == _INPUTS:
        record.inputs = body
    elif kind == _ASKED:
        record.asks.setdefault(body.decode(), None)
    elif kind == _ANSWERED:
        (name,) = _SIZE.unpack_from(body)
        ask = body[_SIZE.size : _SIZE.size + name].decode()
        record.asks[ask] = body[_SIZE.size + name :]


def _change_state(record: TaskRecord, values: tuple[int, float, int, int]) -> None:
    """Replay a bare change of state: it releases the lease, whatever the state is."""
    seq, time, code, attempt = values
    state = STATES[code]
    if state.ended:
        record.ended = time
    elif record.ended:  # requeued: as if it had never run
        record.ended = record.begun = 0.0
        record.worker = ""
    record.history.append(HistoryEntry(seq, time, state, attempt))
    _release(record)


def _grant(record: TaskRecord, body: bytes) -> str:
    seq, time, attempt, worker = _GRANT.unpack_from(body)
    _release(record)
    record.worker = body[_GRANT.size : _GRANT.size + worker].decode()
    record.session = body[_GRANT.size + worker :].decode()
    record.begun = time
    record.history.append(
        HistoryEntry(seq, time, State.PROCESS, attempt, record.worker)
    )
    return record.session


def _release(record: TaskRecord) -> None:
    record.session = record.cancel_reason = ""
    record.asks = {}


def unpack_records(pairs: Sequence[bytes]) -> list[TaskRecord]:
    """Tasks from id and record, again and again."""
    return [
        unpack_record(id_.decode(), raw)
        for id_, raw in zip(pairs[::2], pairs[1::2], strict=True)
    ]


def _lane(raw: bytes, app: int, queue: int) -> Lane:
    return Lane(
        raw[:app].decode(), raw[app + 1 : queue].decode(), raw[queue + 1 :].decode()
    )
