"""Sessions, and the tasks they hold.

Home alone knows when a session ends; a partition knows which sessions may have its
tasks. A session that is over is first put on a list at home, from where nothing brings
it back, then loses its tasks partition by partition, then leaves the list: whoever dies
on the way, the next `reclaim` goes on.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from struct import Struct
from typing import NamedTuple

from qtasks.abc.storage import EXPIRED_AT_ONCE
from qtasks.core.lifecycle import MAX_ASKS, MAX_DROPS
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
from qtasks.errors import StorageUnavailable, WorkerIdInUse
from qtasks.storages.redis import codec, scripts
from qtasks.storages.redis.keys import HOME
from qtasks.storages.redis.link import MAX_ITEMS, Link, together

_PEEKED = Struct("<dI")
_HIDING = 2
"""How `peek.lua` says that it did not look behind the expired tasks."""


class Room(NamedTuple):
    """What may be granted at once."""

    tasks: int
    size: int
    """Bytes of specs and inputs."""
    any_size: bool
    """Whether the first one may be larger."""


class Leasing:
    """Grants, extends and settles leases."""

    def __init__(self, link: Link, keep_events: int) -> None:
        self._link = link
        self._keep_events = keep_events

    # -- sessions ---------------------------------------------------------------

    async def open_session(self, session: Session, ttl: float) -> Opened:
        """Make or find a session; see `Storage.open_session`."""
        number, draining = await self._link.home(
            scripts.SESSION_OPEN,
            session.id,
            session.worker,
            session.app,
            session.info,
            ttl,
        )
        if not number:
            raise WorkerIdInUse(worker_id=session.worker)
        held = await self._link.everywhere(scripts.SESSION_JOIN, session.id, number)
        records = [record for pairs in held for record in codec.unpack_records(pairs)]
        return Opened(records, bool(draining))

    async def extend(self, sessions: Sequence[str], ttl: float) -> list[str]:
        """Keep sessions; see `Storage.extend`."""
        if not sessions:
            return []
        unknown = await self._link.home(scripts.SESSION_EXTEND, ttl, *sessions)
        return [each.decode() for each in unknown]

    async def end_session(self, session: str, grace: float) -> None:
        """Let a session end; see `Storage.end_session`."""
        await self._link.home(scripts.SESSION_END, session, grace)

    async def drain(self, app: str, worker: str) -> str:
        """Note that a worker is to leave; see `Storage.drain`."""
        session: bytes = await self._link.home(scripts.SESSION_DRAIN, app, worker)
        return session.decode()

    async def sessions(self, app: str) -> list[Session]:
        """The live sessions of an app; see `Storage.sessions`."""
        found = await self._link.home(scripts.SESSION_LIST, app)
        if not found:
            return []
        numbers = [raw[-1] for raw in found]
        held = await self._link.everywhere(scripts.SESSION_HELD, *numbers)
        live = [
            Session(
                id=id_.decode(),
                worker=worker.decode(),
                app=app,
                info=info,
                connected=float(connected),
                expires=float(expires),
                running=sum(running),
                owner=owner.decode(),
                draining=bool(draining),
            )
            for (
                id_,
                worker,
                info,
                connected,
                expires,
                owner,
                draining,
                _,
            ), running in zip(found, zip(*held, strict=True), strict=True)
        ]
        return sorted(live, key=lambda session: session.worker)

    async def reclaim(
        self, limit: int, *, retry: bytes, failure: bytes
    ) -> list[Change]:
        """Take back the tasks of sessions that are over; see `Storage.reclaim`."""
        over = await self._link.home(scripts.SESSION_OVER, limit)
        changes: list[Change] = []
        if not over:
            return changes
        empty = set(over[::2])
        for partition in range(self._link.layout.partitions):
            room = limit - len(changes)
            raw, done = await self._link.run(
                scripts.RECLAIM, partition, room, MAX_DROPS, retry, failure, *over
            )
            changes += map(codec.unpack_change, raw)
            empty &= set(done)
        if empty:
            await self._link.home(scripts.SESSION_BURY, *empty)
        return changes

    # -- leases -----------------------------------------------------------------

    async def lease(self, request: LeaseRequest) -> list[TaskRecord]:
        """Grant ready tasks; see `Storage.lease`."""
        if request.limit < 1 or not request.names:
            return []
        granted: list[TaskRecord] = []
        more = True
        while more and len(granted) < request.limit:
            spent = sum(record.size for record in granted)
            room = Room(
                min(request.limit - len(granted), MAX_ITEMS),
                request.max_bytes - spent,
                any_size=not granted,
            )
            try:
                found, more = await self._lease_some(request, room)
            except StorageUnavailable:
                if not granted:
                    raise
                break  # what was granted is the caller's, whatever happened since
            granted += found
        return granted

    async def _lease_some(
        self, request: LeaseRequest, room: Room
    ) -> tuple[list[TaskRecord], bool]:
        """Grant some tasks; says whether it is worth to ask again."""
        if self._link.layout.partitions == 1:
            found, stopped = await self._grant(HOME, request, room)
            return found, stopped or len(found) == room.tasks
        shares, hidden = await self._share(request, room)
        found, stopped = await self._grant_shares(request, shares, room)
        seen = sum(shares.values())
        # Where others took what was seen here, there may still be more.
        more = hidden or stopped or len(found) < seen or seen == room.tasks
        return found, more

    async def _share(
        self, request: LeaseRequest, room: Room
    ) -> tuple[dict[int, int], bool]:
        """How many tasks to lease where, by the order over all partitions.

        A partition where only expired tasks were seen has a share of none: it is asked
        all the same, to end them. Where they hide the others, these come first: what
        is behind them may go before all that was seen elsewhere.

        Returns:
            The shares, and whether tasks were hidden like that.
        """
        heads = await together(
            lambda partition: self._link.run(
                scripts.PEEK, partition, *_arguments(partition, request, room)
            ),
            range(self._link.layout.partitions),
        )
        if not heads[HOME][0]:
            return {}, False
        hiding = [n for n, (_, expired, _) in enumerate(heads) if expired == _HIDING]
        if hiding:
            return dict.fromkeys(hiding, 0), True
        shares = {
            partition: 0 for partition, (_, expired, _) in enumerate(heads) if expired
        }
        seen = [
            [(score, partition, size) for score, size in _PEEKED.iter_unpack(raw)]
            for partition, (_, _, raw) in enumerate(heads)
        ]
        size_left, any_size = room.size, room.any_size
        for _, partition, size in islice(merge(*seen), room.tasks):
            size_left -= size
            if size_left < 0 and not any_size:
                break
            any_size = False
            shares[partition] = shares.get(partition, 0) + 1
        return shares, False

    async def _grant_shares(
        self, request: LeaseRequest, shares: dict[int, int], room: Room
    ) -> tuple[list[TaskRecord], bool]:
        """Grant each partition's share; fails only where nothing was granted."""
        failures: list[StorageUnavailable] = []

        async def grant(share: tuple[int, int]) -> tuple[list[TaskRecord], bool]:
            partition, count = share
            try:
                part = room._replace(tasks=count, any_size=True)
                return await self._grant(partition, request, part)
            except StorageUnavailable as error:
                failures.append(error)
                return [], False

        found = await together(grant, list(shares.items()))
        granted = [record for part, _ in found for record in part]
        if failures and not granted:
            raise failures[0]
        granted.sort(key=lambda record: (record.priority, record.order))
        return granted, any(stopped for _, stopped in found)

    async def _grant(
        self, partition: int, request: LeaseRequest, room: Room
    ) -> tuple[list[TaskRecord], bool]:
        """Grant tasks of a partition; says whether expired ones stopped it."""
        stopped, *pairs = await self._link.run(
            scripts.LEASE, partition, *_arguments(partition, request, room)
        )
        return codec.unpack_records(pairs), bool(stopped)

    async def begin(self, tokens: Sequence[Token]) -> list[bool]:
        """Note that attempts began; see `Storage.begin`."""
        items = [(each.id, (each.id, each.lease, each.session)) for each in tokens]
        return [bool(held) for held in await self._link.spread(scripts.BEGIN, items)]

    async def append(self, batch: Sequence[Append]) -> list[Appended]:
        """Store events under leases; see `Storage.append`."""
        items = [(each.token.id, codec.pack_append(each)) for each in batch]
        keep = (self._keep_events, MAX_ASKS)
        raw = await self._link.spread(scripts.APPEND, items, keep)
        return [codec.unpack_appended(each) for each in raw]

    async def settle(self, batch: Sequence[Settlement]) -> list[Settled]:
        """End attempts under leases; see `Storage.settle`."""
        items = [(each.token.id, codec.pack_settlement(each)) for each in batch]
        raw = await self._link.spread(scripts.SETTLE, items)
        return [codec.unpack_settled(each) for each in raw]


def _arguments(
    partition: int, request: LeaseRequest, room: Room
) -> tuple[codec.Arg, ...]:
    queues = tuple(dict.fromkeys(request.queues))
    return (
        request.session,
        request.worker,
        room.tasks,
        room.size,
        int(partition == HOME),
        int(room.any_size),
        EXPIRED_AT_ONCE,
        request.app,
        len(queues),
        *queues,
        *request.names,
    )
