"""Pruning: a worker forgets the oldest successes beyond `save_limit`."""

import threading
from typing import Any, Final

from qtasks import v1
from qtasks.tasks.settings import current
from qtasks.tasks.words import CACHED, TAG

SELDOM: Final = 100
"""Tasks that have to end at least before a worker looks again: looking costs as much as
a few of them."""

PAGE: Final = 1000


class Pruner:
    """Forgets the oldest successes of an app beyond `save_limit`.

    Looks each time that so many tasks more have ended here, so that between the limit and
    twice as many are kept.

    Args:
        app: The asynchronous app.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
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
        self._app.blocking.call(self._prune, limit)

    async def _prune(self, limit: int) -> None:
        broker = (await self._app.home.open()).broker
        which = v1.TaskFilter(
            app=self._app.name, tag=TAG, states=[v1.TASK_STATE_SUCCESS]
        )
        request = v1.ListRequest(filter=which, page_size=PAGE)
        kept = 0
        while True:
            page = await self._app.home.call(broker.list, request)
            old = []
            for task in page.tasks:
                if CACHED in task.metadata:
                    continue
                kept += 1
                if kept > limit:
                    old.append(task.id)
            if old:
                forget = v1.DeleteRequest(ids=old)
                await self._app.home.call(broker.delete, forget)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
