"""Reads: records, events, lists, figures."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from qtasks.abc.storage import PAGE_BYTES
from qtasks.core.records import (
    Ahead,
    HistoryEntry,
    Log,
    LogEntry,
    Page,
    QueueFigures,
    RecordFilter,
    TaskRecord,
)
from qtasks.errors import InvalidField
from qtasks.storages.redis import codec, scripts
from qtasks.storages.redis.link import Item, Link

LOOKED_AT = 1_000
"""Records a partition looks at in one `find`."""

_DIGITS = 15
"""Of a number of creation, which is exact in a double."""

_COUNTERS = (
    "running",
    "submitted",
    "success",
    "error",
    "cancel",
    "retry",
    "lost",
    "refused",
)


class Looking:
    """Reads, and asks to be told."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """The records; see `Storage.get`."""
        return await self._records(scripts.GET, ids)

    async def watch(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """Be told about tasks; see `Storage.watch`."""
        return await self._records(scripts.WATCH, ids)

    async def unwatch(self, ids: Sequence[str]) -> None:
        """Be told no more; see `Storage.unwatch`."""
        await self._link.spread(scripts.UNWATCH, _by_id(ids))

    async def read(self, task_id: str, after: int, limit: int) -> Log | None:
        """A record and a part of its events; see `Storage.read`."""
        partition = self._link.layout.partition(task_id)
        raw = await self._link.run(
            scripts.READ, partition, task_id, max(after, 0), limit
        )
        if raw is None:
            return None
        record = codec.unpack_record(task_id, raw[0])
        entries: list[LogEntry] = [each for each in record.history if each.seq > after]
        entries += map(codec.unpack_chunk, raw[1::2], raw[2::2])
        entries.sort(key=lambda entry: entry.seq)
        # The first change of state is never trimmed.
        return Log(record, _cut(entries, limit), first=record.history[0].seq)

    async def find(self, which: RecordFilter, limit: int, token: str) -> Page:
        """Records that match; see `Storage.find`.

        Every partition says how far down it looked; the page ends where the first of
        them stopped, so that nothing between is left out. Each gives back its part of
        a page's bytes, or one record.
        """
        found = await self._link.everywhere(
            scripts.FIND,
            which.app,
            which.group,
            str(_number(token)) if token else "inf",
            LOOKED_AT,
            limit,
            "".join(str(codec.CODES[state]) for state in which.states),
            which.queue,
            which.name,
            PAGE_BYTES // self._link.layout.partitions,
        )
        down_to = max(int(answer[0]) for answer in found)
        matches = sorted(
            (
                (int(number), id_, raw)
                for answer in found
                for number, id_, raw in _triples(answer[1:])
                if int(number) >= down_to
            ),
            reverse=True,
        )
        page = _page(matches, limit)
        if len(page) < len(matches):
            down_to = page[-1][0]
        records = [codec.unpack_record(id_.decode(), raw) for _, id_, raw in page]
        return Page(records, str(down_to) if down_to else "")

    async def queues(self, app: str) -> list[QueueFigures]:
        """The queues of an app; see `Storage.queues`."""
        figures: dict[str, QueueFigures] = {}
        for answer in await self._link.everywhere(scripts.QUEUES, app, *_COUNTERS):
            for raw in answer:
                queue = raw[0].decode()
                one = figures.setdefault(queue, QueueFigures(app, queue))
                _add(one, raw[1:])
        return [figures[queue] for queue in sorted(figures)]

    async def ahead(self, record: TaskRecord, names: Collection[str]) -> Ahead:
        """The ready tasks that come before one; see `Storage.ahead`."""
        app, queue, _ = record.lane
        place = (app, queue, record.priority, record.order)
        counts = await self._link.everywhere(scripts.AHEAD, *place, *names)
        return Ahead(*map(sum, zip(*counts, strict=True)))

    async def _records(
        self, script: scripts.Script, ids: Sequence[str]
    ) -> list[TaskRecord | None]:
        raw = await self._link.spread(script, _by_id(ids))
        return [
            codec.unpack_record(id_, each) if each else None
            for id_, each in zip(ids, raw, strict=True)
        ]


def _by_id(ids: Sequence[str]) -> list[Item]:
    return [(id_, (id_,)) for id_ in ids]


def _number(token: str) -> int:
    if not (token.isascii() and token.isdigit() and len(token) <= _DIGITS):
        raise InvalidField("the page token is not one of ours", field="page_token")
    return int(token)


def _triples(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    return zip(flat[::3], flat[1::3], flat[2::3], strict=True)


def _page(
    matches: Sequence[tuple[int, bytes, bytes]], limit: int
) -> Sequence[tuple[int, bytes, bytes]]:
    """As many of the first matches as a page holds; one at any size."""
    room = PAGE_BYTES
    for count, (_, _, raw) in enumerate(matches[:limit]):
        room -= len(raw)
        if count and room < 0:
            return matches[:count]
    return matches[:limit]


def _cut(entries: list[LogEntry], limit: int) -> list[LogEntry]:
    """As many of the first entries as hold `limit` events."""
    events = 0
    for index, entry in enumerate(entries):
        if events >= limit:
            return entries[:index]
        events += 1 if isinstance(entry, HistoryEntry) else entry.count
    return entries


def _add(figures: QueueFigures, raw: Sequence[Any]) -> None:
    """Add what one partition knows of a queue."""
    paused, delayed, *rest = raw
    figures.paused = figures.paused or bool(paused)
    figures.scheduled += delayed
    for counter, value in zip(_COUNTERS, rest, strict=False):
        setattr(figures, counter, getattr(figures, counter) + value)
    lanes = rest[len(_COUNTERS) :]
    for name, ready in zip(lanes[::2], lanes[1::2], strict=True):
        if ready:
            text = name.decode()
            figures.backlog[text] = figures.backlog.get(text, 0) + ready
