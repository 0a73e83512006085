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
        self._stopping = False

    async def started(self) -> None:
        """The worker begins to take tasks."""
        await self._fire("worker", "worker_start", worker=self._plan.worker)
        broker = getattr(self._plan.app, "broker", None)
        worker = self._plan.worker
        await self._fire("broker", "broker_listen_start", broker=broker, worker=worker)
        config = getattr(getattr(broker, "storage", None), "global_config", None)
        await self._fire(
            "global_config", "global_config_set_status", global_config=config
        )
        await self._tell("worker_running")

    async def stopping(self) -> None:
        """The worker takes no more tasks; what runs goes on. Told once."""
        if self._stopping:
            return
        self._stopping = True
        await self._tell("worker_stopping")

    async def stopped(self) -> None:
        """Nothing runs any more."""
        await self._fire("worker", "worker_stop", worker=self._plan.worker)

    async def _fire(self, component: str, trigger: str, **given: Any) -> None:
        hub = self._plan.plugins.get(component)
        if hub is not None and hub.wants(trigger):
            await hub.fire(trigger, **given)

    async def _tell(self, event: str) -> None:
        events = self._plan.events
        if events is not None and events.wants(event):
            await events.fire(event, worker=self._plan.worker, number=0)
