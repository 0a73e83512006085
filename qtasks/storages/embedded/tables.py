"""How rows are kept and found: what a ledger needs of its storage.

Every index follows from the record alone, so `add`, `save` and `drop` are all that
keeps them right. All calls come from one thread at a time.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from qtasks.core.records import (
    ChunkEntry,
    Lane,
    QueueFigures,
    Session,
    TaskRecord,
)
from qtasks.core.states import State
from qtasks.core.waiting import Follower, Following


class Sketch(NamedTuple):
    """What tells whether a record is wanted, without reading the record."""

    number: int
    """Grows with every record added."""
    id: str
    lane: Lane
    state: State


class Tables(ABC):
    """Rows, and the orders they are found in."""

    # -- records ----------------------------------------------------------------

    @abstractmethod
    def load(self, task_id: str, *, spec: bool = False) -> TaskRecord | None:
        """The record, to be changed and saved.

        Its `spec` and `inputs` may be missing unless asked for.

        Nobody else holds it, or whoever does is this ledger's current operation.
        """

    @abstractmethod
    def detach(self, record: TaskRecord) -> TaskRecord:
        """A form of a loaded record that later operations do not change."""

    @abstractmethod
    def add(self, record: TaskRecord) -> None:
        """Keep a new record."""

    @abstractmethod
    def save(self, record: TaskRecord, was: State) -> None:
        """Keep a loaded record that was changed, and that stood at `was` before.

        Where it still runs, its history has not grown.
        """

    @abstractmethod
    def drop(self, record: TaskRecord) -> None:
        """Forget a loaded record with everything that belongs to it."""

    @abstractmethod
    def keyed(self, app: str, key: str) -> str | None:
        """The id of the task with an idempotency key."""

    @abstractmethod
    def last_order(self) -> int:
        """The number that was kept last; at first 0."""

    @abstractmethod
    def keep_order(self, order: int) -> None:
        """Keep the greatest `order` ever given."""

    # -- finding ----------------------------------------------------------------

    @abstractmethod
    def ready(self, lanes: Iterable[Lane]) -> Iterator[str]:
        """Ids of NEW tasks of these lanes, by priority and then order.

        Lazily: before taking the next id, the caller moves the last one out of NEW.
        """

    @abstractmethod
    def before(self, lane: Lane, priority: int, order: int, limit: int) -> int:
        """How many NEW tasks of a lane come before a place, counted to a limit."""

    @abstractmethod
    def due(self, now: float, limit: int) -> list[str]:
        """Ids of SCHEDULED and RETRY tasks that are due, earliest first."""

    @abstractmethod
    def next_due(self) -> float | None:
        """When the next one is due."""

    @abstractmethod
    def expired(self, now: float, limit: int) -> list[str]:
        """Ids of waiting tasks that should have started by now and never did."""

    @abstractmethod
    def outlived(self, now: float, limit: int) -> list[str]:
        """Ids of ended tasks that were kept long enough."""

    @abstractmethod
    def waiting(self, app: str, queue: str, limit: int) -> list[str]:
        """Ids of waiting tasks of a queue."""

    @abstractmethod
    def held(self, session: str, limit: int) -> list[str]:
        """Ids of tasks a session holds."""

    @abstractmethod
    def running(self, session: str) -> int:
        """How many tasks a session holds."""

    @abstractmethod
    def newest(self, app: str, group: str, before: int | None) -> Iterator[Sketch]:
        """Sketches of records, newest first; of all groups if it is empty.

        Lazily; only numbers below `before` are wanted.
        """

    # -- events -----------------------------------------------------------------

    @abstractmethod
    def add_chunk(self, task_id: str, entry: ChunkEntry) -> None:
        """Keep a task's newest chunk."""

    @abstractmethod
    def trim(self, task_id: str, through: int) -> None:
        """Forget a task's chunks whose last event is numbered `through` or less."""

    @abstractmethod
    def chunks(self, task_id: str, after: int, limit: int) -> list[ChunkEntry]:
        """Chunks with events after a number, in order; enough for `limit` events."""

    @abstractmethod
    def first_chunk(self, task_id: str) -> int | None:
        """The number of the oldest event kept in a chunk."""

    # -- waiting for others -------------------------------------------------------

    @abstractmethod
    def follow(self, following: Following) -> None:
        """Keep a follower of a task; again changes nothing."""

    @abstractmethod
    def turn(self, parent: str, now: float) -> bool:
        """Make the followers of a task pending since now; whether there were any."""

    @abstractmethod
    def add_pending(self, follower: Follower, since: float) -> None:
        """Make a held task pending from a moment on."""

    @abstractmethod
    def pending(self, now: float, limit: int) -> list[Follower]:
        """Those pending since now or earlier, longest first."""

    @abstractmethod
    def dismiss(self, follower: Follower) -> None:
        """Forget one that is pending."""

    @abstractmethod
    def keep_inputs(self, record: TaskRecord) -> None:
        """Keep the `inputs` of a loaded record, which `save` leaves alone."""

    # -- sessions, queues, registry ------------------------------------------------

    @abstractmethod
    def session(self, session_id: str) -> Session | None:
        """A session as it was last kept."""

    @abstractmethod
    def keep_session(self, session: Session) -> None:
        """Keep a new or changed session."""

    @abstractmethod
    def drop_session(self, session_id: str) -> None:
        """Forget a session."""

    @abstractmethod
    def sessions(self, app: str) -> list[Session]:
        """All sessions of an app, in no order."""

    @abstractmethod
    def over(self, now: float, limit: int) -> list[Session]:
        """Sessions that are over, of all apps."""

    @abstractmethod
    def figures(self) -> list[QueueFigures]:
        """The figures of all queues, counted from the records where that is possible."""

    @abstractmethod
    def keep_figures(self, figures: QueueFigures) -> None:
        """Keep what can't be counted again: whether it is paused, and its totals."""

    @abstractmethod
    def put(self, space: str, values: Mapping[str, bytes | None]) -> None:
        """Set values of a space; `None` removes one."""

    @abstractmethod
    def fetch(self, space: str) -> dict[str, bytes]:
        """All values of a space."""
