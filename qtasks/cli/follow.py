"""Follow one task to its end, across broken connections."""

import logging
from collections.abc import Callable, Sequence

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.errors import BrokerDraining, BrokerUnavailable, StorageUnavailable

PATIENCE_SECONDS = 60.0
"""How long a broker may be away before the command gives up."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

AWAY = (BrokerUnavailable, BrokerDraining, StorageUnavailable)

logger = logging.getLogger(__name__)


async def follow(
    broker: Broker,
    task_id: str,
    see: Callable[[Sequence[v1.TaskEvent]], None],
    *,
    after_seq: int = 0,
) -> v1.TaskStatus:
    """Show each event of a task once and in order, until it has ended.

    Args:
        broker: Whom to ask. It must be there at first; later it may go away for a
            while.
        task_id: The task.
        see: Takes events as they come, one or more at a time.
        after_seq: Show events with greater numbers only.

    Returns:
        How the task ended.
    """
    await broker.get(v1.GetRequest(id=task_id))
    while True:
        request = v1.WatchRequest(id=task_id, after_seq=after_seq)
        try:
            async with broker.watch(request) as answers:
                async for answer in answers:
                    see(answer.events)
                    for event in answer.events:
                        after_seq = event.seq
                        if event.HasField("finished"):
                            return event.finished.status
        except AWAY as error:
            logger.info("watch broken", extra={"task_id": task_id, "error": str(error)})
        await _reach_again(broker, task_id)


async def _reach_again(broker: Broker, task_id: str) -> None:
    """Wait until the broker answers; raises its error when patience is over."""
    pause, give_up = FIRST_PAUSE_SECONDS, anyio.current_time() + PATIENCE_SECONDS
    while True:
        await anyio.sleep(pause)
        try:
            await broker.get(v1.GetRequest(id=task_id))
        except AWAY:
            if anyio.current_time() > give_up:
                raise
        else:
            return
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
