"""QueueService: what operators do with queues."""

from typing import Any

from qtasks import v1
from qtasks.abc import Broker


class QueueServicer:
    """What operators do with queues."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def ListQueues(self, request: v1.ListQueuesRequest, context: Any) -> Any:
        return await self._broker.list_queues(request)

    async def PauseQueue(self, request: v1.PauseQueueRequest, context: Any) -> Any:
        return await self._broker.pause_queue(request)

    async def ResumeQueue(self, request: v1.ResumeQueueRequest, context: Any) -> Any:
        return await self._broker.resume_queue(request)

    async def PurgeQueue(self, request: v1.PurgeQueueRequest, context: Any) -> Any:
        return await self._broker.purge_queue(request)
