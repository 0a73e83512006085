"""Held tasks: whom they follow, whose turn it is, and what becomes of them.

A follower is kept beside the task it follows, and so is the turn that the end of that
task makes of it; the first turn of a task is kept beside itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from heapq import nsmallest
from struct import Struct

from qtasks.core.records import Change
from qtasks.core.waiting import Follower, Following, Release
from qtasks.storages.redis import codec, scripts
from qtasks.storages.redis.link import Link

_SINCE = Struct("<d")
_RELEASE = Struct("<Qd")


class Waiting:
    """Keeps who waits for whom."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def pending(self, limit: int) -> list[Follower]:
        """Held tasks whose turn has come; see `Storage.pending`."""
        answers = await self._link.everywhere(scripts.PENDING, limit)
        found = [
            (_SINCE.unpack(since)[0], _follower(member, place))
            for place, answer in enumerate(answers)
            for since, member in zip(answer[::2], answer[1::2], strict=True)
        ]
        return [follower for _, follower in nsmallest(limit, found)]

    async def follow(self, batch: Sequence[Following]) -> list[bool]:
        """Let held tasks wait for others; see `Storage.follow`."""
        items = [
            (each.parent, (each.parent, _member(each.child, each.cursor)))
            for each in batch
        ]
        return [bool(held) for held in await self._link.spread(scripts.FOLLOW, items)]

    async def dismiss(self, batch: Sequence[Follower]) -> None:
        """Forget turns that were taken; see `Storage.dismiss`."""
        members: defaultdict[int, list[str]] = defaultdict(list)
        for each in batch:
            place = each.place
            if place < 0:
                place = self._link.layout.partition(each.child)
            members[place].append(_member(each.child, each.cursor))
        for place, some in members.items():
            key = f"{self._link.layout.base(place)}pending"
            await self._link.command("ZREM", key, *some)

    async def release(self, batch: Sequence[Release]) -> list[Change | None]:
        """Let held tasks run, or cancel them; see `Storage.release`."""
        orders = await self._link.reserve(len(batch))
        items = [
            (
                each.id,
                (each.id, _RELEASE.pack(order, each.due), each.inputs, each.refusal),
            )
            for each, order in zip(batch, orders, strict=True)
        ]
        raw = await self._link.spread(scripts.RELEASE, items)
        return [codec.unpack_change(each) if each else None for each in raw]


def _member(child: str, cursor: int) -> str:
    return f"{child} {cursor}"


def _follower(member: bytes, place: int) -> Follower:
    child, cursor = member.decode().split()
    return Follower(child, int(cursor), place)
