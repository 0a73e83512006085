"""The worker contract: what takes tasks from the broker and runs them.

A starter starts it in a process of its own (`app.run_forever`), in the event loop of
user code:

    class OneAtATime(Worker):
        async def start(self, num_workers=None):
            async with self.broker.connect() as stream:
                ...  # say hello, take tasks, run them, report how they ended

        async def stop(self): ...

What a worker owes its tasks stands in `proto/qtasks/v1/worker_service.proto`: it holds
each under a lease, reports under that lease, and gives back what it does not finish. A
worker that dies owes nothing: the broker notices, and gives its tasks to others. It tells
of itself, too: the triggers `worker_start` and `worker_stop` and what follows on them.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, ClassVar

import anyio

from qtasks.abc.broker import Broker
from qtasks.abc.component import Component


class Worker(Component, ABC):
    """Takes tasks from the broker and runs them."""

    component: ClassVar[str] = "worker"
    apart: ClassVar[bool] = False
    """Whether the broker lives in the loop of another thread (`app.home`), so that user
    code that blocks the worker's loop loses no lease. Then the worker must go there for
    every call; else the broker lives in the worker's own loop."""
    app: Any = None
    """The app it works for, once it is given to one."""
    broker: Broker | None = None
    """Where its tasks come from: the app's, unless it was given one."""
    queues: tuple[str, ...] = ()
    """The queues to take from; none means as the settings say."""
    worker_id: str | None = None
    """What it is called; `None`: a name is made for it."""
    stuck: int = 0
    """How many attempts would not end, once `start` returned."""

    @abstractmethod
    async def start(self, num_workers: int | None = None) -> None:
        """Run tasks until told to stop: returns when all that ran has ended.

        Cancelled, it gives back what runs and ends at once.

        Args:
            num_workers: How many tasks to run at once; `None`: the settings'
                `max_tasks_process`.

        Raises:
            QtasksError: it can't work, for example because the broker refuses it.
        """

    @abstractmethod
    async def stop(self) -> None:
        """Have `start` return: take no more tasks and let those that run finish.

        Returns at once. Asked again, what runs is stopped and given back.
        """

    @asynccontextmanager
    async def __call__(
        self, *, queues: Sequence[str] = (), worker_id: str | None = None
    ) -> AsyncIterator[Any]:
        """Run the app's tasks in this loop as long as the block lasts.

        For tests and programs that run a little work of their own: `async with
        app.worker():`. `app.run_forever` is the worker process.

        Args:
            queues: The queues to take from, instead of the worker's own.
            worker_id: What it is called, instead.
        """
        self.queues = tuple(queues) or self.queues
        self.worker_id = worker_id or self.worker_id
        self.broker = self.app.broker
        await self.app.home.open()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.start, name="worker")
            yield self
            await self.stop()

    @cached_property
    def task_middlewares_before(self) -> list[Any]:
        """Middlewares that run before each of its tasks."""
        return []

    @cached_property
    def task_middlewares_after(self) -> list[Any]:
        """Middlewares that run after each of its tasks."""
        return []

    def parts(self) -> Mapping[str, Component | None]:
        """None: the broker is a component of the app."""
        return {}
