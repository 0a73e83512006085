"""Every move of a task record, as pure functions: the rules of the queue, once.

Each function changes the record it is given, checks the move against the table of
states, numbers the event and notes it. What needs a body comes back as a `ChunkEntry`
for the storage to keep. Indexes, counters and signals are the storage's own affair.
"""

from qtasks.core.records import (
    Append,
    ChunkEntry,
    HistoryEntry,
    NewTask,
    Settlement,
    TaskRecord,
    Token,
)
from qtasks.core.states import ENDED, MOVES, WAITING, State
from qtasks.core.waiting import Release
from qtasks.errors import IllegalMove

MAX_DROPS = 10
"""A task that loses this many workers before it ever begins ends as ERROR: more
likely it breaks them while it is handed over than that all of them had bad luck."""

MAX_ASKS = 64
"""Questions of a lease that a record keeps: it must not grow without bound."""

EXPIRED = "expired"
"""The reason of a task cancelled because its time to start had passed."""

CANCELLED = "cancelled"
"""The reason where nobody gave one; a request to stop needs a word to be noted by."""

READY = frozenset({State.NEW})
RUNNING = frozenset({State.PROCESS})
DELAYED = frozenset({State.SCHEDULED, State.RETRY})


# -- questions ------------------------------------------------------------------


def is_held(record: TaskRecord, token: Token) -> bool:
    """Whether the lease that the token stands for is the current one."""
    return record.state is State.PROCESS and _is_of(token, record, record.session)


def was_settled(record: TaskRecord, token: Token) -> bool:
    """Whether the token's holder settled its lease, and no later one was granted."""
    return record.settler != "" and _is_of(token, record, record.settler)


def _is_of(token: Token, record: TaskRecord, session: str) -> bool:
    return record.lease == token.lease and token.session in ("", session)


def is_expired(record: TaskRecord, now: float) -> bool:
    """Whether the task should have started by now, and never did.

    A task between two attempts has started; its expiry is history.
    """
    return can_expire(record) and record.expires <= now


def can_expire(record: TaskRecord) -> bool:
    """Whether the task will expire if it goes on waiting."""
    return record.state.waiting and record.attempt == 0 and record.expires > 0.0


# -- in ---------------------------------------------------------------------------


def make(task: NewTask, order: int, now: float) -> TaskRecord:
    """The record of a new task: SCHEDULED, NEW, or at once CANCEL if it expired.

    `order` is its place in the queue, used if it is ready.
    """
    due = task.start or (now + task.delay if task.delay > 0.0 else 0.0)
    later = due > now and not task.held
    state = State.SCHEDULED if later or task.held else State.NEW
    record = TaskRecord(
        id=task.id,
        lane=task.lane,
        spec=task.spec,
        state=state,
        priority=task.priority,
        order=order if state is State.NEW else 0,
        seq=1,
        created=now,
        due=due if later else 0.0,
        expires=task.expires,
        keep=task.keep,
        max_losses=task.max_losses,
        key=task.key,
        group=task.group,
        history=[HistoryEntry(1, now, state, 0)],
        held=task.held,
    )
    if is_expired(record, now):
        expire(record, now)
    return record


# -- leases -----------------------------------------------------------------------


def grant(record: TaskRecord, session: str, worker: str, now: float) -> None:
    """Give a ready task to a worker's session: a new attempt under a new lease."""
    _require(record, READY)
    record.attempt += 1
    record.lease += 1
    record.session = session
    record.worker = worker
    record.begun = now
    record.started = False
    record.settler = ""
    record.reported = 0
    record.asks = {}
    _move(record, State.PROCESS, now)


def begin(record: TaskRecord) -> None:
    """Note that the attempt began to run; from here on its loss counts."""
    _require(record, RUNNING)
    record.started = True


def report(record: TaskRecord, append: Append, now: float) -> ChunkEntry | None:
    """Number events that the worker sent.

    `None` if any of them is known already, or there are none.
    """
    _require(record, RUNNING)
    if append.first <= record.reported or append.count < 1:
        return None
    record.reported = append.first + append.count - 1
    _ask(record, append.asks)
    return _chunk(record, append.chunk, append.count, now)


def settle(record: TaskRecord, settlement: Settlement, now: float) -> ChunkEntry | None:
    """End the attempt under the current lease."""
    _require(record, RUNNING)
    if settlement.state not in MOVES[State.PROCESS]:
        raise IllegalMove(f"an attempt can't end as {settlement.state}")
    record.settler = record.session
    if settlement.keep is not None:
        record.keep = settlement.keep
    if settlement.state.ended:
        _end(record, settlement.state, settlement.body, now)
    elif record.cancel_reason:
        _end(record, State.CANCEL, record.cancel_reason.encode(), now)
    elif settlement.state is State.RETRY:
        return _retry(record, settlement.body, settlement.delay, now)
    else:
        _give_back(record, now)
    return None


def lose(
    record: TaskRecord, *, retry: bytes, failure: bytes, now: float
) -> ChunkEntry | None:
    """Take a task back from a session that is over.

    Who asked it to stop gets what they asked for, however often it was lost.
    """
    _require(record, RUNNING)
    if record.started:
        record.losses += 1
        hopeless = record.losses >= record.max_losses
    else:
        record.drops += 1
        hopeless = record.drops >= MAX_DROPS
    if record.cancel_reason:
        _end(record, State.CANCEL, record.cancel_reason.encode(), now)
    elif hopeless:
        _end(record, State.ERROR, failure, now)
    elif record.started:
        return _retry(record, retry, 0.0, now)
    else:
        _give_back(record, now)
    return None


# -- time -------------------------------------------------------------------------


def promote(record: TaskRecord, order: int, now: float) -> None:
    """Make a due task ready.

    It takes the place `order` if it has none yet: a task that comes back from a
    retry keeps the place it had.
    """
    _require(record, DELAYED)
    if record.held:
        raise IllegalMove("it waits for other tasks", task_id=record.id)
    record.order = record.order or order
    record.due = 0.0
    _move(record, State.NEW, now)


def expire(record: TaskRecord, now: float) -> None:
    """Cancel a task that did not start in time."""
    cancel(record, EXPIRED, now)


# -- waiting for others -------------------------------------------------------------


def release(record: TaskRecord, decided: Release, order: int, now: float) -> bool:
    """Let a held task run, at once or when it is due, or cancel it; False if not held.

    Whatever becomes of it, it is decided once.
    """
    if not (record.held and record.state is State.SCHEDULED):
        return False
    if decided.refusal:
        cancel(record, decided.refusal, now)
        return True
    record.held = False
    record.inputs = decided.inputs
    if decided.due > now:
        record.due = decided.due
        _move(record, State.SCHEDULED, now)
    else:
        record.order = order
        _move(record, State.NEW, now)
    return True


# -- steering ---------------------------------------------------------------------


def cancel(record: TaskRecord, reason: str, now: float) -> None:
    """Cancel a waiting task."""
    _require(record, WAITING)
    _end(record, State.CANCEL, (reason or CANCELLED).encode(), now)


def ask_to_stop(
    record: TaskRecord, reason: str, chunk: bytes, now: float
) -> ChunkEntry | None:
    """Ask a running task to stop; `None` if it was asked before."""
    _require(record, RUNNING)
    if record.cancel_reason:
        return None
    record.cancel_reason = reason or CANCELLED
    return _chunk(record, chunk, 1, now)


def answer(
    record: TaskRecord, ask_id: str, value: bytes, chunk: bytes, now: float
) -> ChunkEntry:
    """Answer an open question of the current lease."""
    _require(record, RUNNING)
    record.asks[ask_id] = value
    return _chunk(record, chunk, 1, now)


def keep(record: TaskRecord, seconds: float) -> None:
    """Keep the record of an ended task this long after its end."""
    _require(record, ENDED)
    record.keep = seconds


def requeue(record: TaskRecord, order: int, now: float) -> None:
    """Make an ended task ready again, as if new; leases and events count on.

    One that waited for other tasks keeps what it was given of them; one that ended
    before it was released waits for them again.
    """
    _require(record, ENDED)
    record.order = 0 if record.held else order
    record.attempt = record.losses = record.drops = 0
    record.begun = record.ended = record.expires = 0.0
    record.worker = record.cancel_reason = ""
    record.outcome = b""
    record.started = False
    _move(record, State.SCHEDULED if record.held else State.NEW, now)


# -- the moves themselves ---------------------------------------------------------


def _require(record: TaskRecord, states: frozenset[State]) -> None:
    """Refuse before anything is changed: a refused move leaves the record as it was."""
    if record.state not in states:
        raise IllegalMove(f"not a move for a task in {record.state}", task_id=record.id)


def _check(record: TaskRecord, state: State) -> None:
    if state not in MOVES[record.state]:
        raise IllegalMove(
            f"a task can't move from {record.state} to {state}", task_id=record.id
        )


def _move(record: TaskRecord, state: State, now: float) -> None:
    """Change the state, as an event that needs no body."""
    _check(record, state)
    record.state = state
    record.seq += 1
    worker = record.worker if state is State.PROCESS else ""
    record.history.append(HistoryEntry(record.seq, now, state, record.attempt, worker))


def _chunk(record: TaskRecord, chunk: bytes, count: int, now: float) -> ChunkEntry:
    record.seq += count
    return ChunkEntry(record.seq, count, now, record.attempt, chunk)


def _ask(record: TaskRecord, asks: tuple[str, ...]) -> None:
    """Keep the newest questions; of older ones, those that were answered go first."""
    for ask_id in asks:
        record.asks.setdefault(ask_id, None)
    surplus = len(record.asks) - MAX_ASKS
    if surplus > 0:
        # A sort that is stable: by age among the answered, and among the open.
        by_use = sorted(record.asks, key=lambda ask_id: record.asks[ask_id] is None)
        for ask_id in by_use[:surplus]:
            del record.asks[ask_id]


def _end(record: TaskRecord, state: State, outcome: bytes, now: float) -> None:
    _move(record, state, now)
    _release(record)
    record.due = 0.0
    record.ended = now
    record.outcome = outcome
    record.cancel_reason = ""


def _retry(record: TaskRecord, chunk: bytes, delay: float, now: float) -> ChunkEntry:
    """Wait for another attempt; without a delay, straight on to NEW."""
    _check(record, State.RETRY)
    record.state = State.RETRY
    entry = _chunk(record, chunk, 1, now)
    _release(record)
    if delay > 0.0:
        record.due = now + delay
    else:
        _move(record, State.NEW, now)
    return entry


def _give_back(record: TaskRecord, now: float) -> None:
    """Back to its place in the queue, as if this attempt had never been."""
    record.attempt -= 1
    _move(record, State.NEW, now)
    _release(record)


def _release(record: TaskRecord) -> None:
    record.session = ""
    record.started = False
    record.asks = {}
