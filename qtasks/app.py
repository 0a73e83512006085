"""The app: registers tasks, submits and follows them, and runs them in a worker.

The one place that knows every component. `qtasks.sync` is the same app for code without
an event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from qtasks.abc.broker import Broker
from qtasks.abc.serializer import Serializer
from qtasks.client.blocking import BlockingApp
from qtasks.client.calls import Calls
from qtasks.client.connection import Connection
from qtasks.client.home import Home
from qtasks.config import QueueConfig
from qtasks.context import Context
from qtasks.errors import AppStopped
from qtasks.executors.coroutine import CoroutineExecutor
from qtasks.executors.process import ProcessExecutor
from qtasks.executors.thread import ThreadExecutor
from qtasks.router import AsyncRouter
from qtasks.serializers.json import JsonSerializer
from qtasks.task import AsyncTask, RunningTask, SyncTask, TaskDefinition
from qtasks.urls import broker_from_url
from qtasks.version import __version__
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.process import run_worker
from qtasks.workers.supervisor import Supervisor, WorkerCommand, path_of_app
from qtasks.workers.worker import Worker


class QueueTasks(AsyncRouter, Calls):
    """An app: its tasks, and the way to its broker.

    Args:
        name: The app's namespace on the broker; two apps do not see each other's tasks.
        broker_url: Where the broker is; else `QTASKS_BROKER_URL`, else
            `grpc://127.0.0.1:50051`. `redis://...`, `sqlite:///path` and `memory://`
            run the broker inside this process.
        broker: A broker to use instead.
        config: Settings to use instead of those from the environment.
        serializer: How values travel.
    """

    version = __version__

    def __init__(
        self,
        name: str = "QueueTasks",
        broker_url: str | None = None,
        broker: Broker | None = None,
        *,
        config: QueueConfig | None = None,
        serializer: Serializer | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.config = config or QueueConfig.from_environment()
        if broker_url is not None:
            self.config.broker_url = broker_url
        self.serializer = serializer or JsonSerializer()
        self.routers: list[AsyncRouter] = []
        self._broker = broker
        self.home = Home(self._make_connection)
        self.blocking = BlockingApp(self, self._home_loop)
        """The same calls for threads without an event loop."""

    # -- tasks ------------------------------------------------------------------------

    @property
    def tasks(self) -> dict[str, AsyncTask[..., Any]]:
        """The registered tasks by name."""
        return self.faces

    def include_router(self, router: AsyncRouter) -> None:
        """Take over the tasks of a router; raises `DuplicateTask`."""
        self._include(router)
        self.routers.append(router)

    def _client(self) -> "QueueTasks":
        return self

    # -- life -------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.home.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Let go of the broker; the app may be used again afterwards."""
        await self.home.close()

    def _make_connection(self) -> Connection:
        return Connection(self._make_broker, patience=self.config.connect_patience)

    def _make_broker(self) -> Broker:
        if self._broker is not None:
            return self._broker
        return broker_from_url(self.config.broker_url)

    def _home_loop(self) -> asyncio.AbstractEventLoop:
        loop = self.home.loop
        if loop is None:
            raise AppStopped("enter the app first: `async with app`")
        return loop

    # -- running ----------------------------------------------------------------------

    @asynccontextmanager
    async def worker(
        self, *, queues: Sequence[str] = (), worker_id: str | None = None
    ) -> AsyncIterator[Worker]:
        """Run the app's tasks in this loop as long as the block lasts.

        For tests and programs that run a little work of their own; `run_forever` is the
        worker process.
        """
        connection = await self.home.open()
        home = self.home.loop or asyncio.get_running_loop()
        plan = self.worker_plan(queues=queues, worker_id=worker_id)
        async with Worker(plan, connection.broker, home) as worker:
            await worker.connected()
            yield worker

    def worker_plan(
        self, *, queues: Sequence[str] = (), worker_id: str | None = None
    ) -> WorkerPlan:
        """What a worker of this app serves."""
        plan = WorkerPlan(
            app_name=self.name,
            registry=self.registry,
            config=self.config,
            serializer=self.serializer,
            executors={
                "coroutine": CoroutineExecutor(),
                "thread": ThreadExecutor(self.config.max_tasks_process),
                "process": ProcessExecutor(self.config.max_tasks_process),
            },
            app=self,
            blocking_app=self.blocking,
            running_task=self._running_task,
            queues=tuple(queues),
        )
        if worker_id is not None:
            plan.worker_id = worker_id
        return plan

    def _running_task(self, definition: TaskDefinition, context: Context) -> Any:
        if definition.awaiting:
            return RunningTask(AsyncTask(definition, self), self, context)
        blocking = self.blocking
        return RunningTask(SyncTask(definition, blocking), blocking, context)

    def run_forever(
        self,
        *,
        processes: int = 1,
        queues: Sequence[str] = (),
        worker_id: str | None = None,
        max_tasks: int | None = None,
        broker_url: str | None = None,
        app_path: str | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """Run the app's tasks until SIGTERM or SIGINT.

        The first signal lets running tasks finish, a second one stops at once.

        Args:
            processes: How many worker processes there should be.
            queues: The queues to take from; else those of the settings.
            worker_id: Names the worker; each process of several gets a number.
            max_tasks: How many tasks to run at once, instead of the settings.
            broker_url: Where the broker is, instead of the settings.
            app_path: Where other processes find the app, as `module:variable`; looked
                for when it is not given.
            prepare: Called first in each of several processes, for example to set up
                logging; must be importable there.

        Raises:
            QtasksError: the broker can't be opened, or refuses the worker.
        """
        if processes > 1:
            options = {
                "queues": tuple(queues),
                "worker_id": worker_id,
                "max_tasks": max_tasks,
                "broker_url": broker_url,
            }
            path = app_path or path_of_app(self, self.blocking)
            command = WorkerCommand(app_path=path, options=options, prepare=prepare)
            drain = self.config.drain_timeout
            Supervisor(command, processes, drain_timeout=drain).run()
            return
        if max_tasks is not None:
            self.config.max_tasks_process = max_tasks
        if broker_url is not None:
            self.config.broker_url = broker_url
        self.config.check()
        plan = self.worker_plan(queues=queues, worker_id=worker_id)
        run_worker(plan, self._open_broker, self.stop)

    async def _open_broker(self) -> Broker:
        return (await self.home.open()).broker
