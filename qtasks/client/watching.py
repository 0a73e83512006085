"""Watching: the events of tasks, each once and in their order, over broken streams."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from qtasks import v1
from qtasks.abc.broker import Broker, Subscription
from qtasks.core.reconnection import GONE, Reconnection
from qtasks.errors import QtasksError
from qtasks.transport.status import from_item

BUFFERED = 4
"""Messages that wait for a slow reader; then the broker keeps the rest."""
SETTLED_AFTER = 1.0
"""A stream that lived this many seconds was a connection, even if it said nothing."""


MAX_ADDED = 4096
"""Tasks that one message can ask to follow."""


class Watching(ABC):
    """The events of tasks from a sequence number on, taken batch by batch.

    Args:
        broker: Where they are.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._error: QtasksError | None = None
        self.reached = False
        """Whether the broker was there before: then it is waited for when it is gone."""
        streams = anyio.create_memory_object_stream[Sequence[v1.TaskEvent]](BUFFERED)
        self._sender: MemoryObjectSendStream[Sequence[v1.TaskEvent]] = streams[0]
        self._receiver: MemoryObjectReceiveStream[Sequence[v1.TaskEvent]] = streams[1]

    async def next(self) -> Sequence[v1.TaskEvent]:
        """The next events; none when all tasks have ended."""
        try:
            return await self._receiver.receive()
        except anyio.EndOfStream:
            if self._error is not None:
                raise self._error from None
            return []

    def close(self) -> None:
        """Watch no more."""
        self._receiver.close()

    async def run(self) -> None:
        """Fetch events until all tasks have ended, or nobody reads them any more."""
        waits = Reconnection()
        with self._sender:
            while True:
                opened = time.monotonic()
                try:
                    if await self._fetch(waits):
                        return
                except GONE as error:
                    lived = time.monotonic() - opened > SETTLED_AFTER
                    self.reached = self.reached or lived
                    if not self.reached:
                        self._error = error
                        return
                except QtasksError as error:
                    self._error = error
                    return
                except anyio.BrokenResourceError:
                    return
                await anyio.sleep(waits.delay())

    @abstractmethod
    async def _fetch(self, waits: Reconnection) -> bool:
        """Fetch from one stream; whether the end of all was seen."""


class WatchingOne(Watching):
    """The events of one task.

    Args:
        broker: Where it is.
        task_id: The task.
        after: Events with greater numbers only.
    """

    def __init__(self, broker: Broker, task_id: str, after: int) -> None:
        super().__init__(broker)
        self._task_id = task_id
        self._after = after

    async def _fetch(self, waits: Reconnection) -> bool:
        request = v1.WatchRequest(id=self._task_id, after_seq=self._after)
        async with self._broker.watch(request) as responses:
            async for response in responses:
                self.reached = True
                waits.succeeded()
                events = [one for one in response.events if one.seq > self._after]
                if not events:
                    continue
                await self._sender.send(events)
                self._after = events[-1].seq
                if events[-1].HasField("finished"):
                    return True
        return False


class WatchingMany(Watching):
    """The events of many tasks over one stream, each task's in order.

    Args:
        broker: Where they are.
        after: For each task, by id, the number after which its events are wanted.
        ends_only: Nothing but how each ended.
    """

    def __init__(
        self, broker: Broker, after: Mapping[str, int], *, ends_only: bool = False
    ) -> None:
        super().__init__(broker)
        self._ends_only = ends_only
        self._after = dict(after)
        """The tasks that have not ended, as far as it was seen."""

    async def _fetch(self, waits: Reconnection) -> bool:
        if not self._after:
            return True
        async with self._broker.subscribe() as stream:
            await self._follow(stream)
            while self._after:
                response = await stream.receive()
                self.reached = True
                waits.succeeded()
                for refused in response.errors:
                    raise from_item(refused.error)
                await self._pass_on(response.events)
        return True

    async def _follow(self, stream: Subscription) -> None:
        wanted = list(self._after.items())
        for start in range(0, len(wanted), MAX_ADDED):
            part = wanted[start : start + MAX_ADDED]
            add = [
                v1.Follow(id=task_id, after_seq=seq, finished_only=self._ends_only)
                for task_id, seq in part
            ]
            await stream.send(v1.SubscribeRequest(add=add))

    async def _pass_on(self, events: Sequence[v1.TaskEvent]) -> None:
        news = [
            event
            for event in events
            if event.seq > self._after.get(event.task_id, event.seq)
        ]
        if news:
            await self._sender.send(news)
        for event in news:
            if event.HasField("finished"):
                del self._after[event.task_id]
            else:
                self._after[event.task_id] = event.seq
