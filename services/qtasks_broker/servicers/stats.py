"""StatsService: what people who look want to know."""

from typing import Any

from qtasks import v1
from qtasks.abc import Broker
from qtasks_broker.servicers.answering import OpenStreams, write


class StatsServicer:
    """What people who look want to know."""

    def __init__(self, broker: Broker, streams: OpenStreams) -> None:
        self._broker = broker
        self._streams = streams

    async def GetStats(self, request: v1.GetStatsRequest, context: Any) -> Any:
        return await self._broker.get_stats(request)

    async def WatchStats(self, request: v1.WatchStatsRequest, context: Any) -> None:
        with self._streams.open():
            async with self._broker.watch_stats(request) as responses:
                async for response in responses:
                    await write(context, response)

    async def ListWorkers(self, request: v1.ListWorkersRequest, context: Any) -> Any:
        return await self._broker.list_workers(request)

    async def InspectApp(self, request: v1.InspectAppRequest, context: Any) -> Any:
        return await self._broker.inspect_app(request)

    async def InspectTask(self, request: v1.InspectTaskRequest, context: Any) -> Any:
        return await self._broker.inspect_task(request)

    async def InspectTasks(self, request: v1.InspectTasksRequest, context: Any) -> Any:
        return await self._broker.inspect_tasks(request)
