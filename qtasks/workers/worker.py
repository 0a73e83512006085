"""The workers of this framework: as components of an app."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import anyio

from qtasks.abc.broker import Broker
from qtasks.abc.component import expect_maybe
from qtasks.abc.worker import Worker
from qtasks.config import QueueConfig
from qtasks.errors import SettingsError
from qtasks.events import Events
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.run import WorkerRun


class AsyncWorker(Worker):
    """Runs many tasks at once: coroutines in its loop, plain functions in threads.

    Args:
        name: The app it works for; the app it is given to knows better.
        broker: Where tasks come from; the app's, if none is given.
        log: Where code of the app's author logs to.
        config: Settings of its own, until the starter hands out the app's.
        events: What it tells its events to; the app's, if none are given.
        queues: The queues to take from; none means as the settings say.
        worker_id: What it is called; a name is made if none is given.

    Raises:
        WrongComponent: `broker`, `config` or `events` is something else.
    """

    apart: ClassVar[bool] = True

    def __init__(
        self,
        name: str = "QueueTasks",
        broker: Broker | None = None,
        log: Any = None,
        config: QueueConfig | None = None,
        events: Events | None = None,
        *,
        queues: Sequence[str] = (),
        worker_id: str | None = None,
    ) -> None:
        place = f"{type(self).__name__}({{}}=)".format
        self.name = name
        self.broker = expect_maybe(broker, Broker, place("broker"))  # type: ignore[type-abstract]
        self.log = log
        self.config = expect_maybe(config, QueueConfig, place("config"))
        self.events = expect_maybe(events, Events, place("events"))
        self.queues = tuple(queues)
        self.worker_id = worker_id
        self._taking: anyio.CancelScope | None = None
        self._run: WorkerRun | None = None

    async def start(self, num_workers: int | None = None) -> None:
        """Run tasks until told to stop; see `Worker.start`."""
        self._taking = anyio.CancelScope()
        plan = self._owner().worker_plan(num_workers=num_workers)
        self._run = run = self._run_of(plan)
        try:
            async with run:
                with self._taking:
                    await run.ended()
        finally:
            self.stuck = run.stuck
            self._run = self._taking = None

    async def stop(self) -> None:
        """Drain; asked again, stop what runs."""
        if self._taking is None or self._run is None:
            return
        if self._taking.cancel_called:
            self._run.stop_now()
        self._taking.cancel()

    @asynccontextmanager
    async def __call__(
        self, *, queues: Sequence[str] = (), worker_id: str | None = None
    ) -> AsyncIterator[WorkerRun]:
        """Run the app's tasks in this loop as long as the block lasts.

        It is connected when the block begins; see `Worker`.
        """
        app = self._owner()
        await app.home.open()
        try:
            async with self._run_of(
                app.worker_plan(queues=queues, worker_id=worker_id)
            ) as run:
                await run.connected()
                yield run
        finally:
            await self.plugins.release()

    def _run_of(self, plan: WorkerPlan) -> WorkerRun:
        app = self._owner()
        for definition in plan.registry:
            self.plugins.check_task(definition)
        return WorkerRun(plan, app.broker, app.home.loop)

    def _owner(self) -> Any:
        if self.app is None:
            raise SettingsError(
                "this worker belongs to no app: QueueTasks(worker=worker) gives it one"
            )
        return self.app


class SyncThreadWorker(AsyncWorker):
    """The worker of sync apps; the same one, for it runs functions of both kinds."""
