"""Flusher: forgets everything of an app but its workers."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import anyio

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.limits import check_name
from qtasks.core.records import RecordFilter
from qtasks.engine.admission import DEFAULT_APP
from qtasks.engine.steward import Steward
from qtasks.engine.watcher import Watcher
from qtasks.errors import OutOfRange, TaskNotFound, TaskRunning

DEFAULT_WAIT = 5.0
MAX_WAIT = 3600.0
PAGE = 1000
REASON = "flushed"

Forget = Callable[[str], Awaitable[None]]
"""Forgets something that an app has beside its tasks."""


class Flusher:
    """Forgets everything of an app but its workers.

    What else it has goes first, then its tasks as they were when it began: waiting ones
    are cancelled, and running ones told to stop. What is submitted meanwhile may stay.

    Args:
        storage: Where the tasks are.
        steward: Cancels and deletes them.
        watcher: Waits for running ones.
        others: What else an app has.
    """

    def __init__(
        self,
        storage: Storage,
        steward: Steward,
        watcher: Watcher,
        others: Sequence[Forget],
    ) -> None:
        self._storage = storage
        self._steward = steward
        self._watcher = watcher
        self._others = others

    async def flush(self, request: v1.FlushRequest) -> v1.FlushResponse:
        """Forget everything of an app."""
        app = check_name(request.app, "app") if request.app else DEFAULT_APP
        wait = DEFAULT_WAIT
        if request.HasField("wait"):
            wait = request.wait.seconds + request.wait.nanos / 1e9
        if not 0 <= wait <= MAX_WAIT:
            raise OutOfRange(f"wait must be from 0 to {MAX_WAIT:.0f} s", field="wait")
        for forget in self._others:
            await forget(app)
        deleted, running = await self._forget_tasks(app)
        if running:
            await self._until_ended(running, wait)
            gone, running = await self._delete(running)
            deleted += gone
        return v1.FlushResponse(deleted=deleted, running=len(running))

    async def _forget_tasks(self, app: str) -> tuple[int, list[str]]:
        """Forget what does not run; how many that were, and what runs."""
        which = RecordFilter(app=app)
        deleted, running, token = 0, list[str](), ""
        while True:
            page = await self._storage.find(which, PAGE, token)
            alive = [one.id for one in page.records if not one.state.ended]
            if alive:
                await self._steward.end(alive, REASON)
            gone, left = await self._delete([one.id for one in page.records])
            deleted += gone
            running += left
            token = page.next_token
            if not token:
                return deleted, running

    async def _until_ended(self, ids: Sequence[str], wait: float) -> None:
        """Wait until all have ended, but not longer."""
        deadline = anyio.current_time() + wait
        for task_id in ids:
            left = deadline - anyio.current_time()
            if left <= 0:
                return
            with suppress(TaskNotFound):
                await self._watcher.ended(task_id, left)

    async def _delete(self, ids: Sequence[str]) -> tuple[int, list[str]]:
        """Delete what does not run; how many that were, and what runs."""
        deleted, running = 0, list[str]()
        for start in range(0, len(ids), PAGE):
            batch = ids[start : start + PAGE]
            response = await self._steward.delete(v1.DeleteRequest(ids=batch))
            for result in response.results:
                if not result.HasField("error"):
                    deleted += 1
                elif result.error.reason == TaskRunning.reason:
                    running.append(result.id)
        return deleted, running
