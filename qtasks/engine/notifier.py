"""Notifier: tells watchers what happened, and bounds what waits for each of them.

An event reaches a watcher in one of two ways. The role that caused it publishes it, and
whoever is up to date gets it at once. Whoever is not (a late start, a slow reader, an
event from another broker) is *behind*: when it next asks, it is given its events from
the log. So a watcher costs at most `MAX_WAITING` events of memory, and nothing is lost
by dropping a live event: the log has it.
"""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

import anyio

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import TaskRecord
from qtasks.core.states import ENDED
from qtasks.engine.events import events_of, finished_event
from qtasks.engine.settings import MAX_FRAME_BYTES

logger = logging.getLogger(__name__)

MAX_WAITING = 2048
"""Events that wait for one reader before it falls back to the log."""

MAX_WAITING_BYTES = 4 * MAX_FRAME_BYTES
"""The same in bytes."""

READ_AHEAD = 256
"""Events read from the log at a time."""


class Follower:
    """One reader's place among the events of one task."""

    __slots__ = ("cursor", "finished_only", "inbox", "news", "task_id")

    def __init__(
        self, inbox: "Inbox", task_id: str, cursor: int, *, finished_only: bool
    ) -> None:
        self.inbox = inbox
        self.task_id = task_id
        self.cursor = cursor
        self.finished_only = finished_only
        self.news = 0
        """Counts what happened, so that a read of the log knows if it is stale."""


class Inbox:
    """What waits for one reader: a `Watch`, `Run` or `Subscribe` stream."""

    def __init__(self, notifier: "Notifier") -> None:
        self._notifier = notifier
        self._followers: dict[str, Follower] = {}
        self._events: deque[tuple[v1.TaskEvent, int]] = deque()
        self._waiting_bytes = 0
        self._gone: list[str] = []
        self._behind: dict[str, Follower] = {}
        self._wake = anyio.Event()

    def __len__(self) -> int:
        """How many tasks are followed."""
        return len(self._followers)

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._followers

    def expect(self, task_id: str, *, finished_only: bool) -> None:
        """Follow a task that is about to be stored by this broker."""
        self._add(Follower(self, task_id, 0, finished_only=finished_only))

    def _add(self, follower: Follower) -> None:
        self._notifier.add(follower)
        self._followers[follower.task_id] = follower

    async def follow(self, wanted: Sequence[v1.Follow]) -> None:
        """Follow stored tasks; those that are not there come up in `take_gone`."""
        for follow in wanted:
            self.drop(follow.id)
            self._add(
                Follower(
                    self,
                    follow.id,
                    max(0, follow.after_seq),
                    finished_only=follow.finished_only,
                )
            )
        ids = [follow.id for follow in wanted]
        records = await self._notifier.watch(ids)
        for task_id, record in zip(ids, records, strict=True):
            follower = self._followers.get(task_id)
            if follower is None:
                continue
            if record is None:
                self._lose(follower)
            elif follower.finished_only or follower.cursor >= record.seq:
                if record.state in ENDED and self.crowded:
                    self.fall_behind(follower)
                elif record.state in ENDED:
                    self._finish(follower, record)
            else:
                self.fall_behind(follower)

    def drop(self, task_id: str) -> None:
        """Follow a task no more."""
        follower = self._followers.pop(task_id, None)
        if follower is not None:
            self._behind.pop(task_id, None)
            self._notifier.remove(follower)

    def close(self) -> list[str]:
        """Follow nothing any more; returns the ids that were followed."""
        ids = list(self._followers)
        for task_id in ids:
            self.drop(task_id)
        return ids

    # -- from the notifier --------------------------------------------------------

    def offer(self, follower: Follower, events: Sequence[v1.TaskEvent]) -> None:
        """Take live events of one task, or fall behind."""
        follower.news += 1
        last = events[-1]
        if follower.finished_only:
            if last.WhichOneof("event") != "finished":
                return
            events = [last]
        elif follower.task_id in self._behind:
            return
        elif events[0].seq != follower.cursor + 1:
            self.fall_behind(follower)
            return
        if self.crowded or len(events) > MAX_WAITING:
            self.fall_behind(follower)
            return
        self._deliver(follower, events)

    @property
    def crowded(self) -> bool:
        """Whether so much waits that the rest is better left in the log."""
        return (
            len(self._events) >= MAX_WAITING
            or self._waiting_bytes >= MAX_WAITING_BYTES
            or len(self._gone) >= MAX_WAITING
        )

    def fall_behind(self, follower: Follower) -> None:
        """Read this task's events from the log when the reader next asks."""
        follower.news += 1
        self._behind[follower.task_id] = follower
        self._wake.set()

    def _deliver(self, follower: Follower, events: Sequence[v1.TaskEvent]) -> None:
        for event in events:
            size = event.ByteSize()
            self._waiting_bytes += size
            self._events.append((event, size))
        follower.cursor = events[-1].seq
        if events[-1].WhichOneof("event") == "finished":
            self.drop(follower.task_id)
        self._wake.set()

    def _finish(self, follower: Follower, record: TaskRecord) -> None:
        self._deliver(follower, [finished_event(record)])

    def _lose(self, follower: Follower) -> None:
        self.drop(follower.task_id)
        self._gone.append(follower.task_id)
        self._wake.set()

    # -- to the reader --------------------------------------------------------------

    async def wait(self) -> None:
        """Return once `take` or `take_gone` may have something, or `wake` was called."""
        if self._events or self._gone:
            return
        if self._behind:
            await self._catch_up()
        else:
            self._wake = anyio.Event()
            await self._wake.wait()

    def wake(self) -> None:
        """End `wait`, for owners that have more to say."""
        self._wake.set()

    def take(self) -> list[v1.TaskEvent]:
        """What waits, at most a frame full."""
        taken: list[v1.TaskEvent] = []
        size = 0
        while self._events:
            event, event_size = self._events[0]
            if taken and size + event_size > MAX_FRAME_BYTES:
                break
            self._events.popleft()
            size += event_size
            taken.append(event)
        self._waiting_bytes -= size
        return taken

    def take_gone(self) -> list[str]:
        """Followed tasks that are not, or no longer, there."""
        gone, self._gone = self._gone, []
        return gone

    async def _catch_up(self) -> None:
        """Read for tasks that are behind, in turn."""
        ends = [
            task_id
            for task_id, follower in islice(self._behind.items(), READ_AHEAD)
            if follower.finished_only
        ]
        if ends:
            await self._look_for_ends(ends)
        else:
            await self._read_log(*next(iter(self._behind.items())))

    async def _look_for_ends(self, ids: list[str]) -> None:
        """Find those of some tasks that have ended, for who wants no more."""
        followers = [self._behind.pop(task_id) for task_id in ids]
        records = await self._notifier.storage.get(ids)
        for follower, record in zip(followers, records, strict=True):
            if self._followers.get(follower.task_id) is not follower:
                continue
            if record is None:
                self._lose(follower)
            elif record.state in ENDED:
                self._finish(follower, record)

    async def _read_log(self, task_id: str, follower: Follower) -> None:
        news = follower.news
        log = await self._notifier.storage.read(task_id, follower.cursor, READ_AHEAD)
        if self._behind.get(task_id) is not follower:
            return
        del self._behind[task_id]
        if log is None:
            self._lose(follower)
            return
        events = events_of(log, follower.cursor)
        if events:
            self._deliver(follower, events)
        elif log.record.state in ENDED:
            self._finish(follower, log.record)
        if task_id in self._followers and (
            follower.cursor < log.record.seq or follower.news != news
        ):
            # More to read: at the end of the line, so that no task starves another.
            self._behind[task_id] = follower


class Notifier:
    """Knows who follows what on this broker."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._followers: dict[str, list[Follower]] = {}
        self._marking = anyio.Lock()
        """Held while marks in the storage change, so that they do in order."""

    async def watch(self, ids: Sequence[str]) -> list[TaskRecord | None]:
        """Ask the storage for signals about followed tasks; how they stand."""
        async with self._marking:
            return await self.storage.watch(ids)

    async def unwatch(self, ids: Iterable[str]) -> None:
        """Ask for no more signals about those of some tasks that nobody follows."""
        async with self._marking:
            left = [task_id for task_id in ids if not self.follows(task_id)]
            if left:
                await self.storage.unwatch(left)

    def add(self, follower: Follower) -> None:
        """Note a follower."""
        self._followers.setdefault(follower.task_id, []).append(follower)

    def remove(self, follower: Follower) -> None:
        """Forget a follower."""
        rest = [
            other
            for other in self._followers.get(follower.task_id, ())
            if other is not follower
        ]
        if rest:
            self._followers[follower.task_id] = rest
        else:
            self._followers.pop(follower.task_id, None)

    def follows(self, task_id: str) -> bool:
        """Whether anybody here follows a task."""
        return task_id in self._followers

    def follows_all(self, task_id: str) -> bool:
        """Whether anybody here wants more than the end of a task."""
        return any(
            not follower.finished_only for follower in self._followers.get(task_id, ())
        )

    def publish(self, task_id: str, events: Sequence[v1.TaskEvent]) -> None:
        """Tell followers of consecutive new events of one task."""
        for follower in list(self._followers.get(task_id, ())):
            follower.inbox.offer(follower, events)

    def touch(self, task_ids: Iterable[str]) -> None:
        """Tell followers that tasks have news in the log."""
        for task_id in task_ids:
            for follower in list(self._followers.get(task_id, ())):
                follower.inbox.fall_behind(follower)

    def touch_all(self) -> None:
        """Tell every follower that there may be news in the log."""
        self.touch(list(self._followers))
