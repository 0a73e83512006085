"""The storage contract over a ledger: one line for every operation."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Concatenate, ParamSpec, TypeVar
from uuid import uuid4

import anyio
from anyio.lowlevel import checkpoint

from qtasks.abc import Storage
from qtasks.clock import SYSTEM_CLOCK, Clock
from qtasks.core.records import (
    Ahead,
    Append,
    Appended,
    Change,
    Fate,
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
from qtasks.errors import StorageUnavailable
from qtasks.storages.embedded import intake, leases, lookup, steering, upkeep, waiting
from qtasks.storages.embedded.hub import Hub, Mailbox
from qtasks.storages.embedded.ledger import Ledger

T = TypeVar("T")
P = ParamSpec("P")

Operation = Callable[Concatenate[Ledger, P], T]
"""Something a ledger can be asked: synchronous, and atomic as a whole."""


class EmbeddedStorage(Storage):
    """A storage of this process; subclasses say where the ledger is and runs."""

    def __init__(self, hub: Hub, clock: Callable[[], float]) -> None:
        self._hub = hub
        self.clock = clock if isinstance(clock, Clock) else SYSTEM_CLOCK
        self._mailbox = Mailbox()
        self._name = str(uuid4())
        """Whose sessions are this handle's."""

    @abstractmethod
    async def _run(
        self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run an operation, and tell the hub what it touched."""

    # -- tasks in ---------------------------------------------------------------

    async def submit(self, tasks: Sequence[NewTask]) -> list[Submitted]:
        """Store tasks."""
        results = await self._run(intake.submit, tasks)
        self._hub.watch(
            self._mailbox,
            (
                result.id
                for task, result in zip(tasks, results, strict=True)
                if task.watched
                and result.fate is not Fate.CONFLICT
                and not result.state.ended
            ),
        )
        return results

    # -- leases -----------------------------------------------------------------

    async def open_session(self, session: Session, ttl: float) -> Opened:
        """Make a session, or find it again."""
        return await self._run(leases.open_session, session, ttl, self._name)

    async def extend(self, sessions: Sequence[str], ttl: float) -> list[str]:
        """Keep sessions."""
        return await self._run(leases.extend, sessions, ttl)

    async def end_session(self, session: str, grace: float) -> None:
        """Let a session end."""
        await self._run(leases.end_session, session, grace, self._name)

    async def drain(self, app: str, worker: str) -> str:
        """Note that a worker is to leave."""
        return await self._run(leases.drain, app, worker)

    async def lease(self, request: LeaseRequest) -> list[TaskRecord]:
        """Grant ready tasks, step by step: others get their turn between."""
        granted, more = await self._run(leases.lease, request, self._name)
        # What was granted is the caller's, whatever happens to the later steps.
        with anyio.CancelScope(shield=bool(granted)) as scope:
            while more:
                await checkpoint()
                size = sum(len(record.spec) for record in granted)
                rest = replace(
                    request,
                    limit=request.limit - len(granted),
                    max_bytes=request.max_bytes - size,
                )
                try:
                    found, more = await self._run(
                        leases.lease, rest, self._name, first=not granted
                    )
                except StorageUnavailable:
                    if not granted:
                        raise
                    break
                granted += found
                scope.shield = bool(granted)
        return granted

    async def begin(self, tokens: Sequence[Token]) -> list[bool]:
        """Note that attempts began."""
        return await self._run(leases.begin, tokens)

    async def append(self, batch: Sequence[Append]) -> list[Appended]:
        """Store events under leases."""
        return await self._run(leases.append, batch)

    async def settle(self, batch: Sequence[Settlement]) -> list[Settled]:
        """End attempts under leases."""
        return await self._run(leases.settle, batch)

    # -- time -------------------------------------------------------------------

    async def reclaim(
        self, limit: int, *, retry: bytes, failure: bytes
    ) -> list[Change]:
        """Take back the tasks of sessions that are over."""
        return await self._run(leases.reclaim, limit, retry=retry, failure=failure)

    async def promote(self, limit: int) -> Promoted:
        """Make due tasks ready."""
        return await self._run(upkeep.promote, limit)

    async def sweep(self, limit: int) -> Swept:
        """Cancel the expired, forget the outlived."""
        return await self._run(upkeep.sweep, limit)

    # -- waiting for others -----------------------------------------------------

    async def pending(self, limit: int) -> list[Follower]:
        """Held tasks whose turn has come."""
        return await self._run(waiting.pending, limit)

    async def follow(self, batch: Sequence[Following]) -> list[bool]:
        """Let held tasks wait for others."""
        return await self._run(waiting.follow, batch)

    async def dismiss(self, batch: Sequence[Follower]) -> None:
        """Forget turns that were taken."""
        await self._run(waiting.dismiss, batch)

    async def release(self, batch: Sequence[Release]) -> list[Change | None]:
        """Let held tasks run, or cancel them."""
        return await self._run(waiting.release, batch)

    # -- looking ----------------------------------------------------------------

    async def get(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """The records."""
        return await self._run(lookup.get, ids)

    async def read(self, id: str, after: int, limit: int) -> Log | None:  # noqa: A002
        """A record and a part of its events."""
        return await self._run(lookup.read, id, after, limit)

    async def watch(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """Ask for `Touched` signals; from before the records are read, so none lack."""
        self._hub.watch(self._mailbox, ids)
        records = await self._run(lookup.get, ids)
        self._hub.unwatch(
            self._mailbox,
            (
                task_id
                for task_id, record in zip(ids, records, strict=True)
                if record is None or record.state.ended
            ),
        )
        return records

    async def unwatch(self, ids: Sequence[str]) -> None:
        """Ask for no more `Touched` signals."""
        self._hub.unwatch(self._mailbox, ids)

    async def find(self, which: RecordFilter, limit: int, token: str) -> Page:
        """Records that match."""
        return await self._run(lookup.find, which, limit, token)

    async def ahead(self, record: TaskRecord, names: Collection[str]) -> Ahead:
        """Count the ready tasks that come before one."""
        return await self._run(lookup.ahead, record, names)

    # -- steering ---------------------------------------------------------------

    async def cancel(
        self, ids: Sequence[str], reason: str, chunk: bytes
    ) -> list[Moved]:
        """Cancel waiting tasks, ask running ones to stop."""
        return await self._run(steering.cancel, ids, reason, chunk)

    async def answer(
        self,
        id: str,  # noqa: A002
        ask_id: str,
        value: bytes,
        chunk: bytes,
    ) -> Moved:
        """Answer an open question."""
        return await self._run(steering.answer, id, ask_id, value, chunk)

    async def requeue(self, ids: Sequence[str]) -> list[Moved]:
        """Make ended tasks ready again."""
        return await self._run(steering.requeue, ids)

    async def keep(self, ids: Sequence[str], seconds: float) -> list[Moved]:
        """Keep the records of ended tasks for another time."""
        return await self._run(steering.keep, ids, seconds)

    async def delete(self, ids: Sequence[str]) -> list[Moved]:
        """Forget tasks."""
        return await self._run(steering.delete, ids)

    # -- queues -----------------------------------------------------------------

    async def queues(self, app: str) -> list[QueueFigures]:
        """The queues of an app."""
        return await self._run(lookup.queues, app)

    async def pause(self, app: str, queue: str, *, paused: bool) -> None:
        """Stop or go on granting tasks of a queue."""
        await self._run(steering.pause, app, queue, paused=paused)

    async def purge(
        self, app: str, queue: str, limit: int, reason: str
    ) -> list[Change]:
        """Cancel waiting tasks of a queue."""
        return await self._run(steering.purge, app, queue, limit, reason)

    # -- registry ---------------------------------------------------------------

    async def sessions(self, app: str) -> list[Session]:
        """The live sessions of an app."""
        return await self._run(lookup.sessions, app)

    async def put(self, space: str, values: Mapping[str, bytes | None]) -> None:
        """Set values in a space."""
        await self._run(_put, space, values)

    async def now(self) -> float:
        """The moment it is."""
        return await self._run(_now)

    async def fetch(self, space: str) -> dict[str, bytes]:
        """All values of a space."""
        return await self._run(_fetch, space)

    async def swap(
        self, space: str, name: str, expected: bytes | None, value: bytes | None
    ) -> bool:
        """Set a value if it is what is expected."""
        return await self._run(_swap, space, name, expected, value)

    # -- signals ----------------------------------------------------------------

    async def publish(self, signal: Signal) -> None:
        """Send a signal to every other handle."""
        self._hub.publish(self._mailbox, signal)

    def signals(self) -> AbstractAsyncContextManager[AsyncIterator[Signal]]:
        """What other handles send."""
        return self._signals()

    @asynccontextmanager
    async def _signals(self) -> AsyncIterator[AsyncIterator[Signal]]:
        with self._mailbox.reading() as mailbox:
            yield mailbox


def _put(ledger: Ledger, space: str, values: Mapping[str, bytes | None]) -> None:
    ledger.tables.put(space, values)


def _now(ledger: Ledger) -> float:
    return ledger.now


def _fetch(ledger: Ledger, space: str) -> dict[str, bytes]:
    return ledger.tables.fetch(space)


def _swap(
    ledger: Ledger, space: str, name: str, expected: bytes | None, value: bytes | None
) -> bool:
    if ledger.tables.fetch(space).get(name) != expected:
        return False
    ledger.tables.put(space, {name: value})
    return True
