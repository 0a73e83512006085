"""The storage contract: where tasks live.

A storage keeps records, event logs, leases, queues and a small registry, and makes
every move of a task atomic. It decides nothing that `qtasks.core` does not say, and it
knows no wire message: what it stores for others is bytes.

What is promised, for every method:

* **Batches.** A method takes many items and answers for each, in order. Each item is
  atomic by itself; a batch need not be.
* **Stored means stored.** When a call returns, its effect survives the death of this
  process, and of the storage's own as far as the storage's settings promise.
* **One clock.** All times are read from the storage's clock, in epoch seconds; callers
  pass moments only where a user chose them.
* **Cancellation.** A call that is cancelled has either happened or not, never half.
* **Fencing.** What a worker says counts under its lease alone: a token stands for the
  task, the number of the grant and the session it was granted to, and all three must
  be those of the record, or the lease is lost. A session that is over holds none.
* **Failure.** What can't be reached raises `StorageUnavailable`; the call may or may
  not have happened, and may be repeated.

Events: every event takes the next number of its task. A bare change of state is kept in
the record's history; events with a body are kept as chunks. At most about `keep_events`
events of a task are kept; older chunks go first, history stays.

Signals: a storage shared by several brokers carries short messages between them. They
may get lost when a connection breaks; then `Resync` tells. Operations that change a task
send `Touched` to every *other* broker that watches it, not to the caller's own: the
caller sees the result (but for one case of `lease`).
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, ClassVar, Self

from qtasks.abc.component import Component
from qtasks.clock import SYSTEM_CLOCK, Clock
from qtasks.core.records import (
    Ahead,
    Append,
    Appended,
    Change,
    LeaseRequest,
    Log,
    Moved,
    NewTask,
    Opened,
    Page,
    Promoted,
    QueueFigures,
    RecordFilter,
    Session,
    Settled,
    Settlement,
    Submitted,
    Swept,
    TaskRecord,
    Token,
)
from qtasks.core.signals import Signal
from qtasks.core.waiting import Follower, Following, Release

EXPIRED_AT_ONCE = 512
"""Expired tasks that one step of `Storage.lease` ends at most: it keeps others waiting."""

AHEAD_COUNTED = 10_000
"""As far as `Storage.ahead` counts, where counting costs."""

PAGE_BYTES = 2 * 1024 * 1024
"""What the records of a page of `Storage.find` are together, about."""


class Storage(Component, ABC):
    """Where tasks live; see the module for what every method promises.

    An async context manager: entered when it is ready for use. Once it was left it may
    be entered again, in any loop.
    """

    component: ClassVar[str] = "storage"
    global_config: Any = None
    """The shared variables kept beside the tasks; may be `None`."""
    kind: ClassVar[str]
    """One word for people: `memory`, `sqlite`, `redis`."""

    clock: Clock = SYSTEM_CLOCK
    """How the engine waits until it is later here. Whoever tells the time in another way
    than the machine does gives one that waits by it."""

    def parts(self) -> Mapping[str, Component | None]:
        """The global config."""
        return {"global_config": self.global_config}

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Connect; raises `StorageUnavailable` or `StorageInUse`."""

    @abstractmethod
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Finish what is under way and disconnect."""

    # -- tasks in ---------------------------------------------------------------

    @abstractmethod
    async def submit(self, tasks: Sequence[NewTask]) -> list[Submitted]:
        """Store tasks.

        An id or an idempotency key (per app) that is known stores nothing, and answers
        with the task it names. A task whose expiry has passed is stored as CANCEL with
        the reason `expired`. First event: the state it has, SCHEDULED or NEW (then
        CANCEL for an expired one). A held task is pending at once, though nobody is told
        for a while: see `pending`.
        """

    # -- leases -----------------------------------------------------------------

    @abstractmethod
    async def open_session(self, session: Session, ttl: float) -> Opened:
        """Make a session, or find it again, live for `ttl` seconds from now.

        Returns the records it holds, and whether it drains. The session belongs to this handle of the storage
        (to this broker) from now on: only its owner leases for it and ends it, so that
        a broker that has not noticed the worker's move can't harm it. Raises
        `WorkerIdInUse` when another live session of the app has the worker id.
        """

    @abstractmethod
    async def extend(self, sessions: Sequence[str], ttl: float) -> list[str]:
        """Keep sessions, and so all their leases, for `ttl` seconds from now.

        Returns those that are not known any more: their leases are lost.
        """

    @abstractmethod
    async def end_session(self, session: str, grace: float) -> None:
        """Let a session end `grace` seconds from now unless it is opened again.

        Does nothing when the session belongs to another broker.
        """

    @abstractmethod
    async def drain(self, app: str, worker: str) -> str:
        """Note that the worker of a live session is to leave, for as long as that lives.

        Returns the session; empty when no live one of the app has the worker. Whoever
        opens the session again learns it: no broker need be told for the note to count.
        """

    @abstractmethod
    async def lease(self, request: LeaseRequest) -> list[TaskRecord]:
        """Grant the session ready tasks it serves: NEW becomes PROCESS.

        In the order of priority, then of `order`, over all its queues that are not
        paused and all its names. Each grant adds one to `attempt` and `lease`, sets
        `begun` and clears `started`, `reported` and `asks`. A task whose expiry has
        passed becomes CANCEL (`expired`) instead; every broker that watches it is sent
        `Touched`, this one included, since the answer does not name it. Grants nothing
        to a session that is not live or belongs to another broker. Fewer than `limit`
        (and `max_bytes`) means that no more are ready, however many had expired; but
        no one step of the storage ends more than `EXPIRED_AT_ONCE` of those.
        """

    @abstractmethod
    async def begin(self, tokens: Sequence[Token]) -> list[bool]:
        """Note that attempts began to run; False where the lease is lost."""

    @abstractmethod
    async def append(self, batch: Sequence[Append]) -> list[Appended]:
        """Store events under leases.

        A report of no events stores nothing and says whether the lease stands.
        Stored when `first` is greater than what was reported before; not stored again
        when all are known; not stored when they overlap what is known: the caller cuts
        and calls again. Of a lease's questions the record keeps the newest
        `qtasks.core.lifecycle.MAX_ASKS`; of older ones, answered ones go first, and
        one that went is not found by `answer` any more.
        """

    @abstractmethod
    async def settle(self, batch: Sequence[Settlement]) -> list[Settled]:
        """End attempts under leases.

        The final event is the final state in the history. RETRY with a delay waits
        until due; without, the task is NEW at once (two events). Giving back takes the
        attempt's number away again, and the task keeps its place in the queue. A task
        that somebody asked to cancel becomes CANCEL instead of RETRY or NEW. Accepted
        again, without effect, from the session that settled the same lease before,
        while no later one was granted. What is refused is counted (`refused`).
        """

    # -- time -------------------------------------------------------------------

    @abstractmethod
    async def now(self) -> float:
        """The moment it is, in epoch seconds."""

    @abstractmethod
    async def reclaim(
        self, limit: int, *, retry: bytes, failure: bytes
    ) -> list[Change]:
        """Take back the tasks of sessions that are over.

        A task that had begun gets `losses + 1`, and one that had not `drops + 1` and
        its attempt number back. CANCEL when that was asked for; else ERROR with
        `failure` (an encoded `Failure`) once `losses` reaches the record's
        `max_losses` or `drops` reaches `qtasks.core.lifecycle.MAX_DROPS`; else NEW at
        once, for a begun one over RETRY with the chunk `retry` (one event).
        """

    @abstractmethod
    async def promote(self, limit: int) -> Promoted:
        """Make due tasks ready: SCHEDULED and RETRY become NEW."""

    @abstractmethod
    async def sweep(self, limit: int) -> Swept:
        """Cancel waiting tasks past their expiry; forget ended ones past `keep`."""

    # -- waiting for others -----------------------------------------------------

    @abstractmethod
    async def pending(self, limit: int) -> list[Follower]:
        """Held tasks whose turn has come, longest first; they stay until dismissed.

        A held task's turn comes `qtasks.core.waiting.SUBMIT_GRACE` after it was stored
        (its broker does not wait for that), when it is requeued, and when the task it
        follows ends or is deleted, atomically with that. The broker whose call that was
        is sent `Pending`; the others find out by asking.
        """

    @abstractmethod
    async def follow(self, batch: Sequence[Following]) -> list[bool]:
        """Let held tasks wait for the end of others; False: that has ended, or is not."""

    @abstractmethod
    async def dismiss(self, batch: Sequence[Follower]) -> None:
        """Forget turns that were taken: the child follows another task, or is decided."""

    @abstractmethod
    async def release(self, batch: Sequence[Release]) -> list[Change | None]:
        """Let held tasks run, or cancel them; `None` where one is not held any more.

        One to start later is SCHEDULED with a `due` (one more event), else it is NEW.
        `inputs` become part of the record, and stay when it is requeued.
        """

    # -- looking ----------------------------------------------------------------

    @abstractmethod
    async def get(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """The records, `None` where there is none."""

    @abstractmethod
    async def read(self, id: str, after: int, limit: int) -> Log | None:  # noqa: A002
        """The record and its events after number `after`, at most about `limit`.

        `limit` counts events; a chunk is returned whole. `None` for an unknown task.
        """

    @abstractmethod
    async def watch(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """Ask for `Touched` signals about tasks, until they end or `unwatch`.

        Returns the records as they are once no later change can be missed.
        """

    @abstractmethod
    async def unwatch(self, ids: Sequence[str]) -> None:
        """Ask for no more `Touched` signals about tasks."""

    @abstractmethod
    async def find(self, which: RecordFilter, limit: int, token: str) -> Page:
        """Records that match, newest first.

        Looks at a bounded number of records a call, and gives back about `PAGE_BYTES`
        of them, though always one if one was found: a page may be short, even empty,
        while a token is given. Raises `InvalidField` for a token that is none.
        """

    @abstractmethod
    async def ahead(self, record: TaskRecord, names: Collection[str]) -> Ahead:
        """Count the ready tasks that come before a ready one in its queue.

        Only tasks of these names. Atomic for each name, not over all of them, and as of
        where the record stood: it may have moved since. Where counting costs more the
        more there are, both numbers end at `AHEAD_COUNTED`, which then means "or more".
        """

    # -- steering ---------------------------------------------------------------

    @abstractmethod
    async def cancel(
        self, ids: Sequence[str], reason: str, chunk: bytes
    ) -> list[Moved]:
        """Cancel waiting tasks; ask running ones to stop.

        A running task keeps its state, gets `cancel_reason` and the event `chunk`
        (once: asking again changes nothing), and `session` and `lease` tell whom to
        notify. An ended one is refused with ENDED.
        """

    @abstractmethod
    async def answer(
        self,
        id: str,  # noqa: A002
        ask_id: str,
        value: bytes,
        chunk: bytes,
    ) -> Moved:
        """Answer an open question of the current lease, once; `chunk` is the event."""

    @abstractmethod
    async def requeue(self, ids: Sequence[str]) -> list[Moved]:
        """Make ended tasks NEW again; one that is still held waits again (SCHEDULED).

        Attempt, losses, drops, outcome and expiry start afresh; lease numbers and
        events go on.
        """

    @abstractmethod
    async def keep(self, ids: Sequence[str], seconds: float) -> list[Moved]:
        """Keep the records of ended tasks this long after their end."""

    @abstractmethod
    async def delete(self, ids: Sequence[str]) -> list[Moved]:
        """Forget tasks that are not running, with their events, keys and places."""

    # -- queues -----------------------------------------------------------------

    @abstractmethod
    async def queues(self, app: str) -> list[QueueFigures]:
        """The queues that ever had a task, or are paused, by name."""

    @abstractmethod
    async def pause(self, app: str, queue: str, *, paused: bool) -> None:
        """Grant no more tasks of a queue, or grant them again."""

    @abstractmethod
    async def purge(
        self, app: str, queue: str, limit: int, reason: str
    ) -> list[Change]:
        """Cancel waiting tasks of a queue; call again while `limit` come back."""

    # -- registry ---------------------------------------------------------------

    @abstractmethod
    async def sessions(self, app: str) -> list[Session]:
        """The live sessions of an app, by worker id."""

    @abstractmethod
    async def put(self, space: str, values: Mapping[str, bytes | None]) -> None:
        """Set values in a named space that all brokers share; `None` removes one."""

    @abstractmethod
    async def fetch(self, space: str) -> dict[str, bytes]:
        """All values of a space."""

    @abstractmethod
    async def swap(
        self, space: str, name: str, expected: bytes | None, value: bytes | None
    ) -> bool:
        """Set a value if it is what is expected; `None` stands for no value.

        False, and nothing is changed, when it is not. Atomic over all brokers.
        """

    # -- signals ----------------------------------------------------------------

    @abstractmethod
    async def publish(self, signal: Signal) -> None:
        """Send a signal to every other broker on this storage."""

    @abstractmethod
    def signals(self) -> AbstractAsyncContextManager[AsyncIterator[Signal]]:
        """What other brokers send; nothing is missed once it is entered.

        One reader a storage.
        """


__all__ = ["AHEAD_COUNTED", "EXPIRED_AT_ONCE", "PAGE_BYTES", "Storage"]
