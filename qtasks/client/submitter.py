"""Submitter: everything that waits to be submitted goes as one request."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.batching import Batcher
from qtasks.core.reconnection import GONE, Reconnection

MAX_TASKS = 4096
MAX_BYTES = 2 * 1024 * 1024


class Submitter:
    """Submits tasks; concurrent callers share a request.

    Tasks carry ids of their own, so a request whose answer got lost is sent again.

    Args:
        broker: Where tasks go.
        patience: Seconds to keep trying when a broker that was reached is gone.
    """

    def __init__(self, broker: Broker, *, patience: float) -> None:
        self._broker = broker
        self._patience = patience
        self._reached = False
        self._batcher: Batcher[v1.TaskSubmit, v1.Receipt] = Batcher(
            self._flush, cap=MAX_TASKS, name="submit"
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
        receipts: list[v1.Receipt] = []
        for request in _requests(tasks):
            response = await self._send(request)
            receipts.extend(response.receipts)
        return receipts

    async def _send(self, request: v1.SubmitRequest) -> v1.SubmitResponse:
        give_up = time.monotonic() + (self._patience if self._reached else 0.0)
        waits = Reconnection()
        while True:
            try:
                response = await self._broker.submit(request)
            except GONE:
                wait = waits.delay()
                if time.monotonic() + wait > give_up:
                    raise
                await anyio.sleep(wait)
            else:
                self._reached = True
                return response


def _requests(tasks: list[v1.TaskSubmit]) -> list[v1.SubmitRequest]:
    """Requests below the limits of number and size."""
    if len(tasks) == 1:
        return [v1.SubmitRequest(tasks=tasks)]
    requests = []
    start = size = 0
    for place, task in enumerate(tasks):
        length = task.ByteSize() + 8
        if place > start and (place - start >= MAX_TASKS or size + length > MAX_BYTES):
            requests.append(v1.SubmitRequest(tasks=tasks[start:place]))
            start, size = place, 0
        size += length
    requests.append(v1.SubmitRequest(tasks=tasks[start:]))
    return requests
