"""Watching: the events of one task, each once and in order, over broken streams."""

import time

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.core.reconnection import GONE, Reconnection
from qtasks.errors import QtasksError

BUFFERED = 4
"""Messages that wait for a slow reader; then the broker keeps the rest."""
SETTLED_AFTER = 1.0
"""A stream that lived this many seconds was a connection, even if it said nothing."""


class Watching:
    """The events of one task from a sequence number, taken batch by batch."""

    def __init__(self, broker: Broker, task_id: str, after: int) -> None:
        self._broker = broker
        self._task_id = task_id
        self._after = after
        self._error: QtasksError | None = None
        self._reached = False
        streams = anyio.create_memory_object_stream[list[v1.TaskEvent]](BUFFERED)
        self._sender: MemoryObjectSendStream[list[v1.TaskEvent]] = streams[0]
        self._receiver: MemoryObjectReceiveStream[list[v1.TaskEvent]] = streams[1]

    async def next(self) -> list[v1.TaskEvent]:
        """The next events; none when the task has ended."""
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
        """Fetch events until the task has ended, or nobody reads them any more."""
        waits = Reconnection()
        with self._sender:
            while True:
                opened = time.monotonic()
                try:
                    if await self._fetch(waits):
                        return
                except GONE as error:
                    lived = time.monotonic() - opened > SETTLED_AFTER
                    self._reached = self._reached or lived
                    if not self._reached:
                        self._error = error
                        return
                except QtasksError as error:
                    self._error = error
                    return
                except anyio.BrokenResourceError:
                    return
                await anyio.sleep(waits.delay())

    async def _fetch(self, waits: Reconnection) -> bool:
        """Fetch from one stream; whether the task's end was seen."""
        request = v1.WatchRequest(id=self._task_id, after_seq=self._after)
        async with self._broker.watch(request) as responses:
            async for response in responses:
                self._reached = True
                waits.succeeded()
                events = [one for one in response.events if one.seq > self._after]
                if not events:
                    continue
                await self._sender.send(events)
                self._after = events[-1].seq
                if events[-1].HasField("finished"):
                    return True
        return False
