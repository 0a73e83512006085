"""The storage contract over Redis: each method belongs to a role."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from secrets import randbelow
from types import TracebackType
from typing import ClassVar, Self

from qtasks.abc import Storage
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
from qtasks.errors import SettingsError, StorageUnavailable
from qtasks.storages.redis import scripts
from qtasks.storages.redis.address import Address
from qtasks.storages.redis.intake import Intake
from qtasks.storages.redis.keys import VERSION, Layout
from qtasks.storages.redis.leasing import Leasing
from qtasks.storages.redis.link import Link
from qtasks.storages.redis.looking import Looking
from qtasks.storages.redis.signals import GONE_SECONDS, Signals
from qtasks.storages.redis.steering import Steering
from qtasks.storages.redis.upkeep import Upkeep
from qtasks.storages.redis.waiting import Waiting

_NUMBERS = 2**32 - 2
"""Of brokers; 0 and the highest have meanings of their own in a task's head."""


class RedisStorage(Storage):
    """Keeps tasks in Redis 6.2 or newer, or Valkey; any number of brokers share it.

    What survives a crash of Redis is what its persistence keeps: `appendfsync always`
    keeps all that was acknowledged, `everysec` all but the last second.

    Args:
        url: Where Redis is; `qtasks.storages.redis.address` names the kinds.
        partitions: Into how many parts the keys are divided; a Redis Cluster spreads
            them over its nodes. Fixed once there are tasks.
        prefix: What all keys and channels begin with.
        keep_events: About how many events of a task are kept.
        clock_shift: Seconds added to the server's clock, for tests.
    """

    kind: ClassVar[str] = "redis"

    def __init__(
        self,
        url: str,
        *,
        partitions: int = 1,
        prefix: str = "qtasks",
        keep_events: int = 100_000,
        clock_shift: float = 0.0,
    ) -> None:
        if partitions < 1:
            raise SettingsError("there must be at least one partition")
        if not prefix or set("{}\n") & set(prefix):
            raise SettingsError("a prefix is not empty, and has no braces or newlines")
        self._address = Address.parse(url)
        self._layout = Layout(prefix, partitions, self._address.db)
        self._keep_events = keep_events
        self._entered = False
        self._begin(clock_shift)

    def _begin(self, clock_shift: float) -> None:
        """Make what belongs to one stay in one loop."""
        self._link = Link(self._address, self._layout, 1 + randbelow(_NUMBERS))
        self._link.clock_shift = clock_shift
        self._looking = Looking(self._link)
        self._intake = Intake(self._link, self._looking)
        self._leasing = Leasing(self._link, self._keep_events)
        self._upkeep = Upkeep(self._link, self._intake)
        self._steering = Steering(self._link, self._intake)
        self._waiting = Waiting(self._link)
        self._signals = Signals(self._link)

    @property
    def clock_shift(self) -> float:
        """Seconds added to the server's clock, for tests."""
        return self._link.clock_shift

    @clock_shift.setter
    def clock_shift(self, seconds: float) -> None:
        self._link.clock_shift = seconds

    async def __aenter__(self) -> Self:
        """Connect; raises `StorageUnavailable`."""
        if self._entered:
            self._begin(self.clock_shift)
        self._entered = True
        try:
            await self._check_layout()
        except BaseException:
            await self._link.close()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect."""
        await self._link.close()

    async def _check_layout(self) -> None:
        ours = self._layout.signature()
        before = self._layout.signature(VERSION - 1)
        found = await self._link.home(scripts.LAYOUT, ours, before, GONE_SECONDS)
        theirs = found.decode()
        if theirs == before:
            raise StorageUnavailable(
                f"brokers of an older version use the keys in Redis at "
                f"{self._link.address.label}: stop them, wait {GONE_SECONDS:.0f} s if "
                "they were killed, and start this one again"
            )
        if theirs != ours:
            raise StorageUnavailable(
                f"the keys in Redis at {self._link.address.label} are laid out with "
                f"{theirs}, and this broker wants {ours}: use the same settings, or "
                "another prefix"
            )

    # -- tasks in ---------------------------------------------------------------

    async def submit(self, tasks: Sequence[NewTask]) -> list[Submitted]:
        """Store tasks."""
        return await self._intake.submit(tasks)

    # -- leases -----------------------------------------------------------------

    async def open_session(self, session: Session, ttl: float) -> Opened:
        """Make a session, or find it again."""
        return await self._leasing.open_session(session, ttl)

    async def extend(self, sessions: Sequence[str], ttl: float) -> list[str]:
        """Keep sessions."""
        return await self._leasing.extend(sessions, ttl)

    async def end_session(self, session: str, grace: float) -> None:
        """Let a session end."""
        await self._leasing.end_session(session, grace)

    async def drain(self, app: str, worker: str) -> str:
        """Note that a worker is to leave."""
        return await self._leasing.drain(app, worker)

    async def lease(self, request: LeaseRequest) -> list[TaskRecord]:
        """Grant ready tasks."""
        return await self._leasing.lease(request)

    async def begin(self, tokens: Sequence[Token]) -> list[bool]:
        """Note that attempts began."""
        return await self._leasing.begin(tokens)

    async def append(self, batch: Sequence[Append]) -> list[Appended]:
        """Store events under leases."""
        return await self._leasing.append(batch)

    async def settle(self, batch: Sequence[Settlement]) -> list[Settled]:
        """End attempts under leases."""
        return await self._leasing.settle(batch)

    # -- time -------------------------------------------------------------------

    async def reclaim(
        self, limit: int, *, retry: bytes, failure: bytes
    ) -> list[Change]:
        """Take back the tasks of sessions that are over."""
        return await self._leasing.reclaim(limit, retry=retry, failure=failure)

    async def now(self) -> float:
        """The moment it is."""
        return float(await self._link.home(scripts.NOW))

    async def promote(self, limit: int) -> Promoted:
        """Make due tasks ready."""
        return await self._upkeep.promote(limit)

    async def sweep(self, limit: int) -> Swept:
        """Cancel the expired, forget the outlived."""
        return await self._upkeep.sweep(limit)

    # -- waiting for others -----------------------------------------------------

    async def pending(self, limit: int) -> list[Follower]:
        """Held tasks whose turn has come."""
        return await self._waiting.pending(limit)

    async def follow(self, batch: Sequence[Following]) -> list[bool]:
        """Let held tasks wait for others."""
        return await self._waiting.follow(batch)

    async def dismiss(self, batch: Sequence[Follower]) -> None:
        """Forget turns that were taken."""
        await self._waiting.dismiss(batch)

    async def release(self, batch: Sequence[Release]) -> list[Change | None]:
        """Let held tasks run, or cancel them."""
        return await self._waiting.release(batch)

    # -- looking ----------------------------------------------------------------

    async def get(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """The records."""
        return await self._looking.get(ids)

    async def read(self, id: str, after: int, limit: int) -> Log | None:  # noqa: A002
        """A record and a part of its events."""
        return await self._looking.read(id, after, limit)

    async def watch(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """Ask for `Touched` signals."""
        return await self._looking.watch(ids)

    async def unwatch(self, ids: Sequence[str]) -> None:
        """Ask for no more `Touched` signals."""
        await self._looking.unwatch(ids)

    async def find(self, which: RecordFilter, limit: int, token: str) -> Page:
        """Records that match."""
        return await self._looking.find(which, limit, token)

    async def ahead(self, record: TaskRecord, names: Collection[str]) -> Ahead:
        """Count the ready tasks that come before one."""
        return await self._looking.ahead(record, names)

    # -- steering ---------------------------------------------------------------

    async def cancel(
        self, ids: Sequence[str], reason: str, chunk: bytes
    ) -> list[Moved]:
        """Cancel waiting tasks, ask running ones to stop."""
        return await self._steering.cancel(ids, reason, chunk)

    async def answer(
        self,
        id: str,  # noqa: A002
        ask_id: str,
        value: bytes,
        chunk: bytes,
    ) -> Moved:
        """Answer an open question."""
        return await self._steering.answer(id, ask_id, value, chunk)

    async def requeue(self, ids: Sequence[str]) -> list[Moved]:
        """Make ended tasks ready again."""
        return await self._steering.requeue(ids)

    async def keep(self, ids: Sequence[str], seconds: float) -> list[Moved]:
        """Keep the records of ended tasks for another time."""
        return await self._steering.keep(ids, seconds)

    async def delete(self, ids: Sequence[str]) -> list[Moved]:
        """Forget tasks."""
        return await self._steering.delete(ids)

    # -- queues -----------------------------------------------------------------

    async def queues(self, app: str) -> list[QueueFigures]:
        """The queues of an app."""
        return await self._looking.queues(app)

    async def pause(self, app: str, queue: str, *, paused: bool) -> None:
        """Stop or go on granting tasks of a queue."""
        await self._steering.pause(app, queue, paused=paused)

    async def purge(
        self, app: str, queue: str, limit: int, reason: str
    ) -> list[Change]:
        """Cancel waiting tasks of a queue."""
        return await self._steering.purge(app, queue, limit, reason)

    # -- registry ---------------------------------------------------------------

    async def sessions(self, app: str) -> list[Session]:
        """The live sessions of an app."""
        return await self._leasing.sessions(app)

    async def put(self, space: str, values: Mapping[str, bytes | None]) -> None:
        """Set values in a space."""
        key = f"{self._link.layout.home}space:{space}"
        kept: list[str | bytes] = []
        gone: list[str] = []
        for name, value in values.items():
            if value is None:
                gone.append(name)
            else:
                kept += (name, value)
        if kept:
            await self._link.command("HSET", key, *kept)
        if gone:
            await self._link.command("HDEL", key, *gone)

    async def fetch(self, space: str) -> dict[str, bytes]:
        """All values of a space."""
        key = f"{self._link.layout.home}space:{space}"
        found = await self._link.command("HGETALL", key)
        return {name.decode(): value for name, value in found.items()}

    async def swap(
        self, space: str, name: str, expected: bytes | None, value: bytes | None
    ) -> bool:
        """Set a value if it is what is expected."""
        args = (*_optional(expected), *_optional(value))
        return bool(await self._link.home(scripts.SWAP, space, name, *args))

    # -- signals ----------------------------------------------------------------

    async def publish(self, signal: Signal) -> None:
        """Send a signal to every other broker."""
        await self._signals.publish(signal)

    def signals(self) -> AbstractAsyncContextManager[AsyncIterator[Signal]]:
        """What other brokers send."""
        return self._signals.read()


def _optional(value: bytes | None) -> tuple[str, bytes]:
    return ("0", b"") if value is None else ("1", value)
