"""WorkerService: what workers call."""

from collections.abc import AsyncIterator
from typing import Any

from qtasks import v1
from qtasks.abc import Broker
from qtasks_broker.servicers.answering import exchange


class WorkerServicer:
    """What workers call."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def Connect(
        self, request_iterator: AsyncIterator[v1.ConnectRequest], context: Any
    ) -> None:
        async with self._broker.connect() as channel:
            await exchange(request_iterator, context, channel)

    async def DrainWorker(self, request: v1.DrainWorkerRequest, context: Any) -> Any:
        return await self._broker.drain_worker(request)
