"""ScheduleService: tasks submitted again and again."""

from typing import Any

from qtasks import v1
from qtasks.abc import Broker


class ScheduleServicer:
    """Tasks submitted again and again."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def CreateSchedule(
        self, request: v1.CreateScheduleRequest, context: Any
    ) -> Any:
        return await self._broker.create_schedule(request)

    async def GetSchedule(self, request: v1.GetScheduleRequest, context: Any) -> Any:
        return await self._broker.get_schedule(request)

    async def ListSchedules(
        self, request: v1.ListSchedulesRequest, context: Any
    ) -> Any:
        return await self._broker.list_schedules(request)

    async def PauseSchedule(
        self, request: v1.PauseScheduleRequest, context: Any
    ) -> Any:
        return await self._broker.pause_schedule(request)

    async def ResumeSchedule(
        self, request: v1.ResumeScheduleRequest, context: Any
    ) -> Any:
        return await self._broker.resume_schedule(request)

    async def DeleteSchedule(
        self, request: v1.DeleteScheduleRequest, context: Any
    ) -> Any:
        return await self._broker.delete_schedule(request)

    async def RunSchedule(self, request: v1.RunScheduleRequest, context: Any) -> Any:
        return await self._broker.run_schedule(request)
