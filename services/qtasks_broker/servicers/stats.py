"""StatsService: what people who look want to know."""

from typing import Any

import anyio

from qtasks import v1
from qtasks.abc import Broker
from qtasks.errors import OutOfRange
from qtasks_broker.servicers.answering import OpenStreams

DEFAULT_INTERVAL = 1.0
MIN_INTERVAL = 0.1
MAX_INTERVAL = 3600.0


class StatsServicer:
    """What people who look want to know."""

    def __init__(self, broker: Broker, streams: OpenStreams) -> None:
        self._broker = broker
        self._streams = streams

    async def GetStats(self, request: v1.GetStatsRequest, context: Any) -> Any:
        return await self._broker.get_stats(request)

    async def WatchStats(self, request: v1.WatchStatsRequest, context: Any) -> None:
        interval = DEFAULT_INTERVAL
        if request.HasField("interval"):
            interval = request.interval.seconds + request.interval.nanos / 1e9
        if not MIN_INTERVAL <= interval <= MAX_INTERVAL:
            raise OutOfRange("interval must be from 0.1 s to 1 h", field="interval")
        with self._streams.open():
            while True:
                now = await self._broker.get_stats(v1.GetStatsRequest(app=request.app))
                await context.write(v1.WatchStatsResponse(stats=now.stats))
                await anyio.sleep(interval)

    async def ListWorkers(self, request: v1.ListWorkersRequest, context: Any) -> Any:
        return await self._broker.list_workers(request)

    async def InspectApp(self, request: v1.InspectAppRequest, context: Any) -> Any:
        return await self._broker.inspect_app(request)

    async def InspectTask(self, request: v1.InspectTaskRequest, context: Any) -> Any:
        return await self._broker.inspect_task(request)

    async def InspectTasks(self, request: v1.InspectTasksRequest, context: Any) -> Any:
        return await self._broker.inspect_tasks(request)
