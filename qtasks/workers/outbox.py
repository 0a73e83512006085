"""Outbox: what running tasks have to say, until the connection takes it.

Any thread puts things in; the connection takes them out in order. Events are bounded:
who sends many waits for room. Outcomes are not counted, there is one a held task.
"""

import asyncio
import concurrent.futures
import threading
from collections import deque

from qtasks import v1
from qtasks.core.records import Token
from qtasks.workers.doorbell import Doorbell

MAX_EVENTS = 512
MAX_BYTES = 4 * 1024 * 1024
HARD_FACTOR = 2
"""Past this many times the bounds, log lines and progress are dropped, not kept."""
OVERHEAD = 64
"""Bytes a message takes beside its payload, roughly."""

Item = tuple[Token, v1.TaskEvent | v1.Settle, int]


class Outbox:
    """What running tasks have to say, until the connection takes it.

    Args:
        bell: Wakes the connection.
    """

    def __init__(self, bell: Doorbell) -> None:
        self._bell = bell
        self._items: deque[Item] = deque()
        self._lock = threading.Lock()
        self._events = 0
        self._bytes = 0
        self._waiting: list[concurrent.futures.Future[None]] = []
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    @property
    def crowded(self) -> bool:
        """Whether events should wait."""
        return self._events >= MAX_EVENTS or self._bytes >= MAX_BYTES

    @property
    def overcrowded(self) -> bool:
        """Whether events that may be lost should be."""
        return (
            self._events >= HARD_FACTOR * MAX_EVENTS
            or self._bytes >= HARD_FACTOR * MAX_BYTES
        )

    def put_event(self, token: Token, event: v1.TaskEvent, size: int) -> None:
        """Send an event out."""
        with self._lock:
            self._events += 1
            self._bytes += size
            self._items.append((token, event, size))
        self._bell.ring()

    def put_settle(self, token: Token, settle: v1.Settle, size: int) -> None:
        """Send an outcome; the task's events are in already."""
        self._items.append((token, settle, size))
        self._bell.ring()

    def take(self, max_bytes: int) -> list[Item]:
        """What waits, oldest first, up to about this many bytes."""
        items = self._items
        taken: list[Item] = []
        size = events = event_bytes = 0
        while items and size < max_bytes:
            item = items.popleft()
            taken.append(item)
            size += item[2] + OVERHEAD
            if isinstance(item[1], v1.TaskEvent):
                events += 1
                event_bytes += item[2]
        if events:
            self._release(events, event_bytes)
        return taken

    def _release(self, events: int, size: int) -> None:
        with self._lock:
            self._events -= events
            self._bytes -= size
            if not self._waiting or self.crowded:
                return
            waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.set_result(None)

    def _place_in_line(self) -> concurrent.futures.Future[None]:
        place: concurrent.futures.Future[None] = concurrent.futures.Future()
        # Not cancellable: whoever gives up waiting leaves a place nobody looks at.
        place.set_running_or_notify_cancel()
        with self._lock:
            if self.crowded and not self._closed:
                self._waiting.append(place)
                return place
        place.set_result(None)
        return place

    async def room(self) -> None:
        """Wait, in a loop, until there is room."""
        while self.crowded and not self._closed:
            await asyncio.wrap_future(self._place_in_line())

    def wait_for_room(self) -> None:
        """Wait, in a thread, until there is room."""
        while self.crowded and not self._closed:
            self._place_in_line().result()

    def close(self) -> None:
        """Let everybody who waits go on: nothing is sent any more."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.set_result(None)
