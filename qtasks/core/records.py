"""What a storage keeps of a task, and the values its contract is spoken in.

The engine and the storages handle these; `spec`, `outcome` and event chunks are
encoded wire messages that no storage looks into.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from qtasks.core.states import State


class Lane(NamedTuple):
    """The ready tasks of one name in one queue of one app.

    A queue spans the lanes of its names, so that a worker is given only what it
    serves and a name that nobody serves holds up no other.
    """

    app: str
    queue: str
    name: str


@dataclass(slots=True)
class HistoryEntry:
    """A bare change of state: an event that needs no body.

    `state` is never RETRY: such a change carries its failure and is a chunk.
    """

    seq: int
    time: float
    state: State
    attempt: int
    worker: str = ""


@dataclass(slots=True)
class ChunkEntry:
    """Events in the encoded form they came in (an `EventChunk` message).

    Its events are numbered `seq - count + 1` to `seq`.
    """

    seq: int
    count: int
    time: float
    attempt: int
    chunk: bytes


LogEntry = HistoryEntry | ChunkEntry


@dataclass(slots=True)
class TaskRecord:
    """Everything a storage keeps of a task, but for its event chunks.

    Times are epoch seconds by the storage's clock; 0 means "not set".
    """

    id: str
    lane: Lane
    spec: bytes
    """The `TaskSubmit` as it was accepted, id and defaults filled in."""
    state: State
    priority: int = 0
    order: int = 0
    """Place among equal priorities: given when first ready, kept until requeued."""
    seq: int = 0
    """Number of the last event."""
    attempt: int = 0
    """Number of the current or last attempt, from 1; 0 before the first."""
    lease: int = 0
    """Counts the grants; with the id it is the fencing token."""
    losses: int = 0
    """How often its worker was lost after the task had begun."""
    drops: int = 0
    """How often its worker was lost before the task had begun."""
    started: bool = False
    """Whether the worker said that the current attempt began."""
    reported: int = 0
    """Number of the last event the worker sent under the current lease."""
    settler: str = ""
    """The session that settled the last lease; empty while it is held, or was lost."""
    session: str = ""
    """The session that holds the lease; empty unless PROCESS."""
    worker: str = ""
    """The worker of the current or last attempt."""
    created: float = 0.0
    due: float = 0.0
    """When it may start (SCHEDULED, RETRY)."""
    begun: float = 0.0
    """When the last lease was granted."""
    ended: float = 0.0
    expires: float = 0.0
    """Cancelled if it has not started by then."""
    keep: float = 0.0
    """Seconds the record is kept after the end."""
    max_losses: int = 3
    key: str = ""
    """Idempotency key."""
    group: str = ""
    cancel_reason: str = ""
    """Set while a running task is asked to stop."""
    outcome: bytes = b""
    """An encoded `Payload` (SUCCESS) or `Failure` (ERROR), or the reason (CANCEL)."""
    history: list[HistoryEntry] = field(default_factory=list)
    asks: dict[str, bytes | None] = field(default_factory=dict)
    """The newest questions of the current lease; `None` until answered (`Payload`)."""
    held: bool = False
    """Whether it waits for other tasks: SCHEDULED without a `due`, until released. One
    that is cancelled before that stays held: requeued, it waits again."""
    inputs: bytes = b""
    """What the release gave it: more of the encoded `spec`, to be read behind it."""

    @property
    def size(self) -> int:
        """Bytes of what a worker is given."""
        return len(self.spec) + len(self.inputs)


@dataclass(slots=True)
class NewTask:
    """A task to store."""

    id: str
    lane: Lane
    spec: bytes
    priority: int = 0
    start: float = 0.0
    """Not before this moment, in epoch seconds; 0: at once."""
    delay: float = 0.0
    """Not before this many seconds from now; used when `start` is 0."""
    expires: float = 0.0
    keep: float = 86_400.0
    max_losses: int = 3
    key: str = ""
    group: str = ""
    held: bool = False
    """It waits for other tasks: SCHEDULED until `Storage.release`, which says when it
    may start."""
    watched: bool = False
    """Follow it from the start, as `Storage.watch` would."""


class Ahead(NamedTuple):
    """Ready tasks that come before another one."""

    tasks: int
    """How many there are."""
    urgent: int
    """Those of them that have a higher priority (a lower number)."""


class Fate(StrEnum):
    """What became of a submitted task."""

    CREATED = "created"
    EXISTING = "existing"
    """The same id with the same spec, or a known idempotency key."""
    CONFLICT = "conflict"
    """The id belongs to a task with another spec."""


@dataclass(slots=True)
class Submitted:
    """What became of a submitted task, and where it stands."""

    id: str
    fate: Fate
    state: State
    seq: int
    time: float
    due: float = 0.0


@dataclass(slots=True)
class LeaseRequest:
    """Room for tasks."""

    session: str
    worker: str
    app: str
    queues: tuple[str, ...]
    names: frozenset[str]
    limit: int
    max_bytes: int = 64 * 1024 * 1024
    """The most the specs and inputs of what is granted are together; the first is granted
    at any size."""


class Token(NamedTuple):
    """A fencing token: the task, the number of the grant, and who it was given to."""

    id: str
    lease: int
    session: str = ""
    """Empty: any; only where the caller knows the grant from the record itself."""


@dataclass(slots=True)
class Append:
    """Events a worker reports under its lease."""

    token: Token
    first: int
    """Number of the first of them among the lease's events, from 1."""
    count: int
    chunk: bytes
    asks: tuple[str, ...] = ()
    """Ids of the questions among them."""


@dataclass(slots=True)
class Appended:
    """What became of reported events."""

    held: bool
    """False: the lease is lost, nothing was stored."""
    reported: int = 0
    """Number of the lease's last stored event, after this call."""
    stored: bool = False
    """False: they were known already, or overlap known ones (send the rest)."""
    seq: int = 0
    """Number of the task's last event, after this call."""
    time: float = 0.0
    attempt: int = 0


@dataclass(slots=True)
class Settlement:
    """How an attempt ended.

    `state` is SUCCESS, ERROR or CANCEL with the outcome as `body`; RETRY with a chunk
    of one event as `body`; or NEW to give the task back without burning the attempt.
    """

    token: Token
    state: State
    body: bytes = b""
    delay: float = 0.0
    """RETRY: seconds until the next attempt."""
    keep: float | None = None
    """When this ends the task: seconds its record is kept, if not as it was submitted."""


@dataclass(slots=True)
class Settled:
    """What became of a settlement."""

    accepted: bool
    """False: the lease is lost; nothing changed but the queue's count of refusals."""
    repeated: bool = False
    """This lease was settled before; nothing changed."""
    state: State = State.PROCESS
    """Where it stands: NEW for a RETRY without delay, CANCEL if that was asked."""
    seq: int = 0
    time: float = 0.0
    due: float = 0.0


@dataclass(slots=True)
class Change:
    """A task that was moved, for those who watch it or wait for work."""

    id: str
    lane: Lane
    state: State
    seq: int


class Refusal(StrEnum):
    """Why an operation on one task did nothing."""

    NOT_FOUND = "not_found"
    RUNNING = "running"
    ENDED = "ended"
    NOT_ENDED = "not_ended"
    ASK_NOT_FOUND = "ask_not_found"
    ASK_ANSWERED = "ask_answered"


@dataclass(slots=True)
class Moved:
    """What became of an operation on one task (cancel, requeue, delete, answer)."""

    id: str
    refusal: Refusal | None = None
    state: State = State.NEW
    seq: int = 0
    lane: Lane = Lane("", "", "")
    session: str = ""
    """Who must be told, for a running task."""
    lease: int = 0


@dataclass(slots=True)
class Log:
    """A task with a part of its events."""

    record: TaskRecord
    entries: list[LogEntry]
    """In order; the first one may begin before the number asked for."""
    first: int
    """Number of the oldest event still kept."""


@dataclass(slots=True)
class RecordFilter:
    """Which records; every set field must match."""

    app: str
    states: frozenset[State] = frozenset()
    queue: str = ""
    name: str = ""
    group: str = ""


@dataclass(slots=True)
class Page:
    """Records, newest first, and the token for more."""

    records: list[TaskRecord]
    next_token: str = ""


@dataclass(slots=True)
class Swept:
    """What a clean-up did."""

    changes: list[Change]
    """Tasks that expired before they started, now CANCEL."""
    deleted: int = 0
    more: bool = False
    """Whether the limit was reached."""


@dataclass(slots=True)
class Promoted:
    """What a promotion did."""

    changes: list[Change]
    next_due_in: float = 0.0
    """Seconds from now until the next one; 0 when none waits."""
    more: bool = False


@dataclass(slots=True)
class Session:
    """A worker's session as the storage knows it."""

    id: str
    worker: str
    app: str
    info: bytes
    """The encoded `Hello`."""
    connected: float = 0.0
    expires: float = 0.0
    running: int = 0
    owner: str = ""
    """The broker it belongs to, as the storage names it; empty once it was ended."""
    draining: bool = False
    """Whether somebody drains its worker; so it stays, whichever broker it goes to."""


class Opened(NamedTuple):
    """A session that was opened."""

    held: list[TaskRecord]
    """The records it holds."""
    draining: bool
    """Whether its worker was told to leave, by `Storage.drain`."""


@dataclass(slots=True)
class QueueFigures:
    """A queue in numbers; totals since the storage was made."""

    app: str
    queue: str
    paused: bool = False
    scheduled: int = 0
    running: int = 0
    backlog: dict[str, int] = field(default_factory=dict)
    """Ready tasks by name."""
    submitted: int = 0
    success: int = 0
    error: int = 0
    cancel: int = 0
    retry: int = 0
    lost: int = 0
    refused: int = 0
