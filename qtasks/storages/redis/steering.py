"""What people do to tasks and queues."""

from collections.abc import Sequence

from qtasks.core.lifecycle import CANCELLED
from qtasks.core.records import Change, Moved
from qtasks.storages.redis import codec, scripts
from qtasks.storages.redis.intake import Intake
from qtasks.storages.redis.link import Link


class Steering:
    """Cancels, answers, requeues, deletes; pauses and empties queues."""

    def __init__(self, link: Link, intake: Intake) -> None:
        self._link = link
        self._intake = intake

    async def cancel(
        self, ids: Sequence[str], reason: str, chunk: bytes
    ) -> list[Moved]:
        """Cancel tasks or ask them to stop; see `Storage.cancel`."""
        items = [(id_, (id_,)) for id_ in ids]
        shared = (reason or CANCELLED, chunk)
        raw = await self._link.spread(scripts.CANCEL, items, shared)
        return list(map(codec.unpack_moved, ids, raw))

    async def answer(
        self, task_id: str, ask_id: str, value: bytes, chunk: bytes
    ) -> Moved:
        """Answer an open question; see `Storage.answer`."""
        partition = self._link.layout.partition(task_id)
        raw = await self._link.run(
            scripts.ANSWER, partition, task_id, ask_id, value, chunk
        )
        return codec.unpack_moved(task_id, raw)

    async def requeue(self, ids: Sequence[str]) -> list[Moved]:
        """Make ended tasks ready again; see `Storage.requeue`."""
        orders = await self._link.reserve(len(ids))
        items = [(id_, (id_, order)) for id_, order in zip(ids, orders, strict=True)]
        raw = await self._link.spread(scripts.REQUEUE, items)
        return list(map(codec.unpack_moved, ids, raw))

    async def keep(self, ids: Sequence[str], seconds: float) -> list[Moved]:
        """Keep ended tasks for another time; see `Storage.keep`."""
        items = [(id_, (id_,)) for id_ in ids]
        raw = await self._link.spread(scripts.KEEP, items, (float(seconds),))
        return list(map(codec.unpack_moved, ids, raw))

    async def delete(self, ids: Sequence[str]) -> list[Moved]:
        """Forget tasks; see `Storage.delete`."""
        raw = await self._link.spread(scripts.DELETE, [(id_, (id_,)) for id_ in ids])
        await self._intake.release(
            (app.decode(), key.decode(), id_)
            for id_, (_, app, key) in zip(ids, raw, strict=True)
            if key
        )
        return [
            codec.unpack_moved(id_, moved)
            for id_, (moved, _, _) in zip(ids, raw, strict=True)
        ]

    async def pause(self, app: str, queue: str, *, paused: bool) -> None:
        """Stop or go on granting tasks of a queue; see `Storage.pause`."""
        await self._link.everywhere(scripts.PAUSE, app, queue, int(paused))

    async def purge(
        self, app: str, queue: str, limit: int, reason: str
    ) -> list[Change]:
        """Cancel waiting tasks of a queue; see `Storage.purge`."""
        changes: list[Change] = []
        for partition in range(self._link.layout.partitions):
            room = limit - len(changes)
            if room < 1:
                break
            raw = await self._link.run(
                scripts.PURGE, partition, app, queue, room, reason or CANCELLED
            )
            changes += map(codec.unpack_change, raw)
        return changes
