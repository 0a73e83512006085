"""Life: what plugins and functions of events are told of a worker's start and end."""

from typing import Any

from qtasks.workers.plan import WorkerPlan


class WorkerLife:
    """Tells of a worker's start and end.

    Args:
        plan: What the worker serves.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        self._plan = plan

    async def started(self) -> None:
        """The worker begins to take tasks."""
        await self._fire("worker", "worker_start")
        broker = getattr(self._plan.app, "broker", None)
        await self._fire("broker", "broker_listen_start", broker=broker)
        await self._tell("worker_running")

    async def stopping(self) -> None:
        """The worker takes no more tasks; what runs goes on."""
        await self._tell("worker_stopping")

    async def stopped(self) -> None:
        """Nothing runs any more."""
        await self._fire("worker", "worker_stop")

    async def _fire(self, component: str, trigger: str, **given: Any) -> None:
        hub = self._plan.plugins.get(component)
        if hub is not None and hub.wants(trigger):
            await hub.fire(trigger, worker=self._plan.worker, **given)

    async def _tell(self, event: str) -> None:
        events = self._plan.events
        if events is not None and events.wants(event):
            await events.fire(event, worker=self._plan.worker, number=0)
