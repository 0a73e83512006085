"""WorkerRun: the connection and the runner together, from start to drained.

The runner lives in the loop that enters the worker. The connection lives at the broker's
home, which may be another loop in another thread: then user code can't block it.
"""

import asyncio
import logging
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from qtasks.abc.broker import Broker
from qtasks.config import QueueConfig
from qtasks.workers.connection import WorkerConnection
from qtasks.workers.exchange import Exchange
from qtasks.workers.life import WorkerLife
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.runner import Runner
from qtasks.workers.telling import tell_start

logger = logging.getLogger(__name__)

FLUSH_TIMEOUT = 5.0
"""Seconds the last reports may take to be stored."""


class WorkerRun:
    """Runs the tasks of an app as long as its block lasts.

    Args:
        plan: What it serves.
        broker: The broker, entered at its home.
        home: The loop the broker lives in.
    """

    def __init__(
        self, plan: WorkerPlan, broker: Broker, home: asyncio.AbstractEventLoop
    ) -> None:
        self._plan = plan
        self._home = home
        self._exchange = Exchange()
        self._runner = Runner(plan, self._exchange)
        self._life = WorkerLife(plan)
        self._connected = anyio.Event()
        self._failed = anyio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection = WorkerConnection(
            broker,
            plan,
            self._exchange,
            on_connected=self._on_connected,
            on_leave=self._on_leave,
        )
        self._error: Exception | None = None
        self._gone = anyio.Event()
        self._told = anyio.Event()
        self._over = anyio.Event()
        self._tasks: TaskGroup | None = None
        self._stack = AsyncExitStack()
        self._stop_now = anyio.Event()
        self.stuck = 0
        """How many attempts would not end, once the block is left."""

    @property
    def worker_id(self) -> str:
        """The worker's name."""
        return self._plan.worker_id

    @property
    def running(self) -> int:
        """How many attempts run."""
        return self._runner.running

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._plan.config.check()
        tell_start(self._plan)
        async with AsyncExitStack() as stack:
            for executor in self._plan.executors.values():
                await stack.enter_async_context(executor)
            for definition in self._plan.registry:
                self._runner.check(definition)
            stack.callback(self._plan.config.subscribe(self._setting_changed))
            stack.enter_context(self._runner.watching())
            await self._life.started()
            stack.push_async_callback(self._life.stopped)
            self._tasks = await stack.enter_async_context(anyio.create_task_group())
            self._tasks.start_soon(self._runner.run, name="runner")
            self._tasks.start_soon(self._stay_connected, name="worker connection")
            self._tasks.start_soon(self._leave_when_told, name="leaving")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._tasks is not None  # noqa: S101  # entered before
        with anyio.CancelScope(shield=True):
            await self._life.stopping()
            await self._depart()
        self._tasks.cancel_scope.cancel()
        await self._stack.__aexit__(None, None, None)
        logger.info("worker stopped", extra={"worker_id": self.worker_id})

    async def connected(self) -> None:
        """Wait until a broker welcomed the worker; raises why it was refused."""
        await self._connected.wait()
        if self._error is not None:
            raise self._error

    async def ended(self) -> None:
        """Wait until the worker is refused for good; raises why.

        Returns when somebody drains the worker, and what ran has ended: then the block
        should be left.
        """
        await self._over.wait()
        if self._error is not None:
            raise self._error

    def stop_now(self) -> None:
        """End a drain at once: what runs is stopped and given back."""
        self._stop_now.set()

    def drain(self) -> None:
        """Take no more tasks; what runs goes on."""
        self._connection.drain()

    # -- inside -------------------------------------------------------------------------

    def _on_connected(self) -> None:
        """Called at the broker's home."""
        assert self._loop is not None  # noqa: S101  # entered before
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._connected.set)

    def _on_leave(self) -> None:
        """Called at the broker's home."""
        assert self._loop is not None  # noqa: S101  # entered before
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    async def _leave_when_told(self) -> None:
        """Take no more tasks once somebody drains the worker; what runs has its time."""
        await self._told.wait()
        logger.info(
            "worker drains: it was told to leave", extra={"worker_id": self.worker_id}
        )
        await self._life.stopping()
        self._connection.drain()
        await self._runner.idle()
        self._over.set()

    def _setting_changed(self, _: QueueConfig, name: str, __: object) -> None:
        """Called where a program changed it, in any thread."""
        if name == "max_tasks_process" and self._loop is not None:
            self._loop.call_soon_threadsafe(self._resize)

    def _resize(self) -> None:
        """Run as many tasks at once as the settings say now."""
        for executor in self._plan.executors.values():
            executor.resize(self._plan.slots)
        self._connection.resize()
        self._exchange.to_runner.ring()

    async def _stay_connected(self) -> None:
        try:
            if self._home is self._loop:
                await self._connection.run()
            else:
                future = asyncio.run_coroutine_threadsafe(
                    self._connection.run(), self._home
                )
                await asyncio.wrap_future(future)
        except* Exception as group:  # noqa: BLE001  # whoever waits gets it
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            self._error = error if isinstance(error, Exception) else None
            logger.error(  # noqa: TRY400  # whoever waits gets the error itself
                "worker refused",
                extra={"worker_id": self.worker_id, "error": str(error)},
            )
            self._runner.stop_all("lost", "the worker was refused")
        finally:
            self._exchange.outbox.close()
            self._gone.set()
            self._over.set()
            self._connected.set()

    async def _depart(self) -> None:
        """Finish or give back what there is, and say goodbye."""
        self._connection.drain()
        await self._finish(self._plan.config.drain_timeout)
        if self._runner.busy:
            self._runner.stop_all("shutdown", "the worker stops")
            with anyio.move_on_after(self._plan.config.cancel_grace + 0.5):
                await self._runner.idle()
        self.stuck = self._runner.running
        self._connection.leave()
        with anyio.move_on_after(FLUSH_TIMEOUT):
            await self._gone.wait()

    async def _finish(self, timeout: float) -> None:
        """Wait for what runs, until the time is over or it should stop at once."""
        with anyio.move_on_after(timeout):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._until, self._stop_now, tasks)
                await self._runner.idle()
                tasks.cancel_scope.cancel()

    @staticmethod
    async def _until(event: anyio.Event, tasks: TaskGroup) -> None:
        await event.wait()
        tasks.cancel_scope.cancel()
