"""The starters of this framework: a worker as a program.

User code has the main thread and its loop. For a worker that keeps `apart` the broker
lives in the loop of another thread, so that a task that blocks its loop loses no lease.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import anyio
import anyio.from_thread

from qtasks import loops
from qtasks.abc.broker import Broker
from qtasks.abc.component import expect_maybe
from qtasks.abc.starter import Starter
from qtasks.abc.worker import Worker
from qtasks.background import Background
from qtasks.config import QueueConfig
from qtasks.errors import QtasksError, SettingsError
from qtasks.events import Events
from qtasks.starters.cleaning import forget_old_tasks
from qtasks.starters.life import Life
from qtasks.starters.signals import follow_parent, obey_signals

logger = logging.getLogger(__name__)

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may keep the interpreter while another one waits for it. Python's
default, 5 ms, would be the latency of every frame while user code computes."""

AtHome = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Awaitable[Any]]
"""Runs a coroutine function where the broker lives."""


class AsyncStarter(Starter):
    """Runs an app's worker in this process until SIGTERM or SIGINT.

    The first signal lets running tasks finish, a second one stops at once. In which order
    plugins and events are told stands in `qtasks.starters.life`.

    Args:
        name: The app's name; the app it is given to knows better.
        worker: The worker; the app's, if none is given.
        broker: The broker; the app's, if none is given.
        log: Where code of the app's author logs to.
        config: Settings of its own, until the app hands out its own.
        events: What it tells its events to; the app's, if none are given.

    Raises:
        WrongComponent: an argument is something else.
    """

    def __init__(  # noqa: PLR0917  # the order users know
        self,
        name: str = "QueueTasks",
        worker: Worker | None = None,
        broker: Broker | None = None,
        log: Any = None,
        config: QueueConfig | None = None,
        events: Events | None = None,
    ) -> None:
        place = f"{type(self).__name__}({{}}=)".format
        self.name = name
        self.worker = expect_maybe(worker, Worker, place("worker"))  # type: ignore[type-abstract]
        self.broker = expect_maybe(broker, Broker, place("broker"))  # type: ignore[type-abstract]
        self.log = log
        self.config = expect_maybe(config, QueueConfig, place("config"))
        self.events = expect_maybe(events, Events, place("events"))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stops: list[Callable[[], object]] = []

    def start(
        self, num_workers: int | None = None, *, reset_config: bool = True
    ) -> None:
        """Run the worker in this process until told to stop; see `Starter.start`."""
        if self.app is None or self.worker is None:
            raise SettingsError(
                "this starter belongs to no app: app.run_forever(starter=starter) "
                "gives it one"
            )
        if reset_config:
            self.update_configs(self.app.config)
        sys.setswitchinterval(SWITCH_INTERVAL)
        try:
            with self._somewhere(self.worker) as at_home:
                loops.run(self._run, self.worker, num_workers, at_home)
        except ExceptionGroup as group:
            raise _plain(group) from group
        self._leave_stuck(self.worker)

    def stop(self) -> None:
        """Have `start` return, from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._stop_here)

    @contextmanager
    def _somewhere(self, worker: Worker) -> Iterator[AtHome]:
        """Where the broker lives: in the worker's loop, or in that of a thread."""
        if not worker.apart:
            yield lambda function: function()
            return
        with anyio.from_thread.start_blocking_portal(
            backend_options={"loop_factory": loops.loop_factory()}, name="qtasks-stream"
        ) as portal:
            yield lambda function: asyncio.wrap_future(portal.start_task_soon(function))

    async def _run(
        self, worker: Worker, num_workers: int | None, at_home: AtHome
    ) -> None:
        async with self._home(at_home), Life(self), Background() as tasks:
            self._loop = asyncio.get_running_loop()
            self._stops = [partial(tasks.start_soon, worker.stop)]
            await tasks.start(obey_signals, self._stop_here)
            follow_parent(self._stop_here)
            loops.collect_seldom()
            if self.app.config.delete_finished_tasks:
                tasks.start_soon(forget_old_tasks, self.app, name="forget old tasks")
            self.running = True
            unsubscribe = self.app.config.subscribe(_follow_level)
            try:
                await worker.start(num_workers)
            finally:
                unsubscribe()
                self._stops, self.running = [], False

    def _stop_here(self) -> None:
        for stop in self._stops:
            stop()

    @asynccontextmanager
    async def _home(self, at_home: AtHome) -> AsyncIterator[None]:
        """Keep the broker open."""
        home = self.app.home
        await at_home(home.open)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await at_home(home.close)

    @staticmethod
    def _leave_stuck(worker: Worker) -> None:
        """End the process although tasks in threads did not end."""
        if worker.stuck:
            # Threads can't be ended; the interpreter would wait for them for ever.
            logger.warning("tasks left running at exit", extra={"count": worker.stuck})
            logging.shutdown()
            sys.stdout.flush()
            os._exit(0)


def _plain(error: Exception) -> Exception:
    """The error inside of groups that a user is to see, if it is one of ours."""
    first = error
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first if isinstance(first, QtasksError) else error


def _follow_level(_: QueueConfig, name: str, value: Any) -> None:
    """Have a change of the level take effect at once."""
    if name == "logs_default_level_server":
        logging.getLogger("qtasks").setLevel(value)


class SyncStarter(AsyncStarter):
    """The starter of sync apps; the same one."""
