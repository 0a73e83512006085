"""Pruning: a worker forgets the oldest successes beyond `save_limit`."""

import logging
import threading
from typing import Any, Final

from qtasks import v1
from qtasks.clock import Clock, SystemClock
from qtasks.errors import QtasksError
from qtasks.tasks.options import NEEDED_FOR
from qtasks.tasks.settings import current
from qtasks.tasks.words import CACHED, HOOK_PATH, ITERATIONS, TAG

logger = logging.getLogger(__name__)

SELDOM: Final = 100
"""Tasks that have to end at least before a worker looks again: looking costs as much as
a few of them."""


class Pruner:
    """Forgets the oldest successes of an app beyond `save_limit`.

    Looks each time that so many tasks more have ended here, so that between the limit and
    twice as many are kept.

    Args:
        app: The asynchronous app.
        clock: What time it is.
    """

    def __init__(self, app: Any, clock: Clock | None = None) -> None:
        self._app = app
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._ended = 0

    def ended(self, count: int) -> None:
        """Note that tasks ended, in a thread; forgets others when it is time to."""
        limit = current().save_limit
        if limit < 1:
            return
        with self._lock:
            self._ended += count
            if self._ended < max(limit, SELDOM):
                return
            self._ended = 0
        try:
            self._app.blocking.call(self._prune, limit)
        except QtasksError:
            # The task that ended is none the worse for it, and the next one tries again.
            logger.warning("successes beyond the limit stay", exc_info=True)

    async def _prune(self, limit: int) -> None:
        broker = (await self._app.home.open()).broker
        kept = 0
        async for page in self._app.pages(tag=TAG, states=[v1.TASK_STATE_SUCCESS]):
            old = []
            for task in page:
                if CACHED in task.metadata or self._needed(task):
                    continue
                kept += 1
                if kept > limit:
                    old.append(task.id)
            if old:
                forget = v1.DeleteRequest(ids=old)
                await self._app.home.call(broker.delete, forget)

    def _needed(self, task: v1.TaskStatus) -> bool:
        """Whether another task may still be given the record."""
        if task.name not in ITERATIONS and HOOK_PATH not in task.metadata:
            return False
        return self._clock() - task.finish_time.ToSeconds() < NEEDED_FOR
