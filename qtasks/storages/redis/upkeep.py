"""What becomes due, expires, or was kept long enough."""

from heapq import nsmallest
from struct import Struct

from qtasks.core.records import Change, Promoted, Swept
from qtasks.storages.redis import codec, scripts
from qtasks.storages.redis.intake import Intake
from qtasks.storages.redis.link import Link

_DUE = Struct("<d")

SOON = 0.001
"""Seconds until a task that is due already: 0 says that none waits."""


class Upkeep:
    """Moves what time moves."""

    def __init__(self, link: Link, intake: Intake) -> None:
        self._link = link
        self._intake = intake

    async def promote(self, limit: int) -> Promoted:
        """Make due tasks ready; see `Storage.promote`.

        First look, then move: the tasks of all partitions take their places in the
        order in which they were due.
        """
        answers = await self._link.everywhere(scripts.DUE, limit)
        waits = [float(answer[0]) for answer in answers if answer[0]]
        found = [
            (_DUE.unpack(due)[0], id_.decode())
            for answer in answers
            for due, id_ in zip(answer[1::2], answer[2::2], strict=True)
        ]
        due = nsmallest(limit, found)
        changes: list[Change] = []
        if due:
            orders = await self._link.reserve(len(due))
            items = [
                (id_, (id_, order)) for (_, id_), order in zip(due, orders, strict=True)
            ]
            raw = await self._link.spread(scripts.PROMOTE, items)
            changes = [codec.unpack_change(each) for each in raw if each]
        if len(found) > len(due):
            waits.append(0.0)
        wait = max(min(waits), SOON) if waits else 0.0
        return Promoted(changes, next_due_in=wait, more=len(changes) >= limit)

    async def sweep(self, limit: int) -> Swept:
        """Cancel the expired, forget the outlived; see `Storage.sweep`."""
        swept = Swept([])
        for partition in range(self._link.layout.partitions):
            room = limit - len(swept.changes) - swept.deleted
            raw, deleted, keys = await self._link.run(scripts.SWEEP, partition, room)
            swept.changes += map(codec.unpack_change, raw)
            swept.deleted += deleted
            texts = [text.decode() for text in keys]
            await self._intake.release(
                zip(texts[::3], texts[1::3], texts[2::3], strict=True)
            )
            if len(swept.changes) + swept.deleted >= limit:
                swept.more = True
                break
        return swept
