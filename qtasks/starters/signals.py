"""What tells a worker process to stop: signals, and the end of its parent."""

import asyncio
import logging
import signal
from collections.abc import Callable
from multiprocessing import parent_process

import anyio
import anyio.abc

logger = logging.getLogger(__name__)


async def obey_signals(
    stop: Callable[[], None],
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Stop at SIGTERM and SIGINT: the first drains, a second ends at once."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        drains = False
        async for number in signals:
            if drains:
                logger.warning("worker stops at once", extra={"signal": number})
            else:
                logger.info(
                    "worker drains: running tasks may finish, signal again to stop them",
                    extra={"signal": number},
                )
            drains = True
            stop()


def follow_parent(stop: Callable[[], None]) -> None:
    """Drain when the process that started this one is gone."""
    parent = parent_process()
    if parent is not None:
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(parent.sentinel)
            stop()

        loop.add_reader(parent.sentinel, gone)
