"""Process: a worker as a program, with its stream in a thread of its own.

User code has the main thread and its loop. The broker lives in the loop of another
thread, so that a task that blocks its loop loses no lease.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from multiprocessing import parent_process
from typing import Any

import anyio
import anyio.from_thread
from anyio.abc import TaskGroup

from qtasks import loops
from qtasks.abc.broker import Broker
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.worker import Worker

logger = logging.getLogger(__name__)

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may keep the interpreter while another one waits for it. Python's
default, 5 ms, would be the latency of every frame while user code computes."""

OpenBroker = Callable[[], Coroutine[Any, Any, Broker]]
CloseBroker = Callable[[], Coroutine[Any, Any, None]]


def run_worker(plan: WorkerPlan, open_broker: OpenBroker, close: CloseBroker) -> None:
    """Run a worker in this process until SIGTERM or SIGINT.

    The first signal lets running tasks finish, a second one stops at once.

    Args:
        plan: What the worker serves.
        open_broker: Opens the broker in the loop that runs it.
        close: Closes it, there as well.

    Raises:
        QtasksError: the broker can't be opened, or refuses the worker.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    options = {"loop_factory": loops.loop_factory()}
    with anyio.from_thread.start_blocking_portal(
        backend_options=options, name="qtasks-stream"
    ) as portal:
        broker = portal.call(open_broker)
        home = portal.call(_running_loop)
        try:
            loops.collect_seldom()
            stuck = loops.run(_serve, Worker(plan, broker, home))
        finally:
            portal.call(close)
    if stuck:
        # Threads can't be ended; the interpreter would wait for them for ever.
        logger.warning("tasks left running at exit", extra={"count": stuck})
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def _serve(worker: Worker) -> int:
    """Run the worker until told to stop; how many attempts would not end."""
    told = anyio.Event()
    async with anyio.create_task_group() as tasks:
        await tasks.start(_obey_signals, worker, told)
        _follow_parent(told)
        try:
            async with worker:
                await _first_of(told.wait, worker.ended)
        finally:
            tasks.cancel_scope.cancel()
    return worker.stuck


async def _obey_signals(
    worker: Worker,
    told: anyio.Event,
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            if told.is_set():
                logger.warning("worker stops at once", extra={"signal": number})
                worker.stop_now()
            else:
                logger.info("worker drains", extra={"signal": number})
                told.set()


def _follow_parent(told: anyio.Event) -> None:
    """Drain when the process that started this one is gone."""
    parent = parent_process()
    if parent is not None:
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(parent.sentinel)
            told.set()

        loop.add_reader(parent.sentinel, gone)


async def _first_of(*waits: Callable[[], Coroutine[Any, Any, object]]) -> None:
    async def one(wait: Callable[[], Coroutine[Any, Any, object]]) -> None:
        await wait()
        tasks.cancel_scope.cancel()

    tasks: TaskGroup
    async with anyio.create_task_group() as tasks:
        for wait in waits:
            tasks.start_soon(one, wait)
