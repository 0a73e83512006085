"""Submitter: what waits to be submitted goes together, much of it in a few requests."""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.batching import Batcher
from qtasks.core.reconnection import GONE, Reconnection
from qtasks.errors import StorageUnavailable

MAX_WAITING = 4096
"""Tasks that are taken together from those that wait."""
MAX_TASKS = 500
"""Tasks of a request: enough that its own cost does not count, and so few that the broker
stores some while others are still on their way."""
MAX_BYTES = 2 * 1024 * 1024
UNDER_WAY = 3
"""Requests at once: one is written, one is worked on, one is read."""


class Submitter:
    """Submits tasks; concurrent callers share a request.

    Tasks carry ids of their own, so a request whose answer got lost is sent again.

    Args:
        broker: Where tasks go.
        patience: Seconds to keep trying when a broker that was reached is gone, or its
            storage is.
    """

    def __init__(self, broker: Broker, *, patience: float) -> None:
        self._broker = broker
        self._patience = patience
        self.reached = False
        """Whether the broker answered before."""
        self._batcher: Batcher[v1.TaskSubmit, v1.Receipt] = Batcher(
            self._flush, cap=MAX_WAITING, name="submit"
        )

    async def __aenter__(self) -> Self:
        await self._batcher.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._batcher.__aexit__(exc_type, exc, traceback)

    async def submit(self, tasks: Sequence[v1.TaskSubmit]) -> Sequence[v1.Receipt]:
        """Store tasks; a receipt for each, in order."""
        return await self._batcher(tasks)

    async def _flush(self, tasks: list[v1.TaskSubmit]) -> list[v1.Receipt]:
        if len(tasks) == 1:
            request = v1.SubmitRequest(tasks=tasks)
            return list((await self._send(request)).receipts)
        responses: list[v1.SubmitResponse] = []
        room = anyio.Semaphore(UNDER_WAY)

        async def send(place: int, request: v1.SubmitRequest) -> None:
            responses[place] = await self._send(request)
            room.release()

        try:
            async with anyio.create_task_group() as group:
                for place, request in enumerate(_requests(tasks)):
                    if any(task.HasField("after") for task in request.tasks):
                        await _all_back(room)  # what it waits for is stored first
                    await room.acquire()
                    responses.append(v1.SubmitResponse())
                    group.start_soon(send, place, request)
        except* Exception as errors:  # noqa: BLE001  # one of them, as if it were alone
            failed: BaseException = errors
            while isinstance(failed, BaseExceptionGroup):
                failed = failed.exceptions[0]
            raise failed from None
        return [one for response in responses for one in response.receipts]

    async def _send(self, request: v1.SubmitRequest) -> v1.SubmitResponse:
        began = time.monotonic()
        waits = Reconnection()
        while True:
            try:
                response = await self._broker.submit(request)
            except GONE as error:
                # Who says that the storage is away is a broker that was reached.
                self.reached = self.reached or isinstance(error, StorageUnavailable)
                wait = waits.delay()
                patience = self._patience if self.reached else 0.0
                if time.monotonic() + wait > began + patience:
                    raise
                await anyio.sleep(wait)
            else:
                self.reached = True
                return response


async def _all_back(room: anyio.Semaphore) -> None:
    """Wait until no request is under way."""
    for _ in range(UNDER_WAY):
        await room.acquire()
    for _ in range(UNDER_WAY):
        room.release()


def _requests(tasks: list[v1.TaskSubmit]) -> Iterator[v1.SubmitRequest]:
    """Requests below the limits of number and size, each made when it is its turn."""
    start = size = 0
    for place, task in enumerate(tasks):
        length = task.ByteSize() + 8
        if place > start and (place - start >= MAX_TASKS or size + length > MAX_BYTES):
            yield v1.SubmitRequest(tasks=tasks[start:place])
            start, size = place, 0
        size += length
    yield v1.SubmitRequest(tasks=tasks[start:])
