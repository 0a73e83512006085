"""TaskService: what clients call."""

from collections.abc import AsyncIterator
from typing import Any

from qtasks import v1
from qtasks.abc import Broker
from qtasks_broker.servicers.answering import OpenStreams, exchange, write


class TaskServicer:
    """What clients call."""

    def __init__(self, broker: Broker, streams: OpenStreams) -> None:
        self._broker = broker
        self._streams = streams

    async def Submit(self, request: v1.SubmitRequest, context: Any) -> Any:
        return await self._broker.submit(request)

    async def Run(self, request: v1.RunRequest, context: Any) -> None:
        with self._streams.open():
            async with self._broker.run(request) as responses:
                async for response in responses:
                    await write(context, response)

    async def Get(self, request: v1.GetRequest, context: Any) -> Any:
        if not request.HasField("wait"):
            return await self._broker.get(request)
        with self._streams.open():
            return await self._broker.get(request)

    async def Explain(self, request: v1.ExplainRequest, context: Any) -> Any:
        return await self._broker.explain(request)

    async def List(self, request: v1.ListRequest, context: Any) -> Any:
        return await self._broker.list(request)

    async def Watch(self, request: v1.WatchRequest, context: Any) -> None:
        with self._streams.open():
            async with self._broker.watch(request) as responses:
                async for response in responses:
                    await write(context, response)

    async def Subscribe(
        self, request_iterator: AsyncIterator[v1.SubscribeRequest], context: Any
    ) -> None:
        with self._streams.open():
            async with self._broker.subscribe() as subscription:
                await exchange(request_iterator, context, subscription)

    async def Cancel(self, request: v1.CancelRequest, context: Any) -> Any:
        return await self._broker.cancel(request)

    async def Reply(self, request: v1.ReplyRequest, context: Any) -> Any:
        return await self._broker.reply(request)

    async def Requeue(self, request: v1.RequeueRequest, context: Any) -> Any:
        return await self._broker.requeue(request)

    async def Keep(self, request: v1.KeepRequest, context: Any) -> Any:
        return await self._broker.keep(request)

    async def Delete(self, request: v1.DeleteRequest, context: Any) -> Any:
        return await self._broker.delete(request)

    async def Flush(self, request: v1.FlushRequest, context: Any) -> Any:
        return await self._broker.flush(request)
