"""Watcher: the calls that follow tasks (`Run`, `Watch`, `Subscribe`, `Get` with a wait)."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
from anyio.abc import TaskGroup

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.engine.admission import check_id, new_id
from qtasks.engine.notifier import Inbox, Notifier
from qtasks.engine.steward import Steward
from qtasks.engine.submitter import ErrorItem, Submitter
from qtasks.engine.subscription import LocalSubscription
from qtasks.errors import OutOfRange, QtasksError, StorageUnavailable, TaskNotFound

logger = logging.getLogger(__name__)

CANCEL_WITHIN = 5.0
"""Seconds a caller that went away may take to cancel its task."""


class Watcher:
    """The calls that follow tasks.

    Args:
        storage: Where the events are.
        notifier: Tells of new ones.
        submitter: Lets in the tasks of `run` and `subscribe`.
        steward: Cancels the task of a `run` whose caller went away.
        item_error: Writes the error of one task.
        error_of: Reads it again.
    """

    def __init__(
        self,
        storage: Storage,
        notifier: Notifier,
        submitter: Submitter,
        steward: Steward,
        *,
        item_error: ErrorItem,
        error_of: Callable[[v1.ItemError], QtasksError],
    ) -> None:
        self._storage = storage
        self._notifier = notifier
        self._submitter = submitter
        self._steward = steward
        self._item_error = item_error
        self._error_of = error_of
        self.tasks: TaskGroup | None = None
        """Runs what goes on after a caller has left; set by the broker."""

    @contextmanager
    def _inbox(self) -> Iterator[Inbox]:
        inbox = Inbox(self._notifier)
        try:
            yield inbox
        finally:
            left = inbox.close()
            if left and self.tasks is not None:
                self.tasks.start_soon(self._unwatch, left, name="unwatch")

    async def _unwatch(self, task_ids: list[str]) -> None:
        try:
            await self._notifier.unwatch(task_ids)
        except StorageUnavailable:
            logger.debug("watch marks left: the storage can't be reached")

    @asynccontextmanager
    async def run(
        self, request: v1.RunRequest
    ) -> AsyncIterator[AsyncIterator[v1.RunResponse]]:
        """Submit one task and follow it to its end."""
        with self._inbox() as inbox:
            request.task.id = request.task.id or new_id()
            follow = v1.FollowSubmit(task=request.task)
            (receipt,) = await self._submitter.follow([follow], inbox)
            if receipt.HasField("error"):
                receipt.error.field = receipt.error.field.replace("tasks[0]", "task")
                raise self._error_of(receipt.error)
            try:
                yield (
                    v1.RunResponse(events=events)
                    async for events in _events(inbox, receipt.id)
                )
            finally:
                if request.cancel_on_disconnect and receipt.id in inbox:
                    with anyio.move_on_after(CANCEL_WITHIN, shield=True):
                        await self._steward.end([receipt.id], "the caller went away")

    @asynccontextmanager
    async def watch(
        self, request: v1.WatchRequest
    ) -> AsyncIterator[AsyncIterator[v1.WatchResponse]]:
        """Follow one task from a sequence number."""
        check_id(request.id)
        if request.after_seq < 0:
            raise OutOfRange("after_seq must not be negative", field="after_seq")
        with self._inbox() as inbox:
            await inbox.follow([v1.Follow(id=request.id, after_seq=request.after_seq)])
            if inbox.take_gone():
                raise not_found(request.id)
            yield (
                v1.WatchResponse(events=events)
                async for events in _events(inbox, request.id, request.after_seq)
            )

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[LocalSubscription]:
        """Follow many tasks over one stream."""
        with self._inbox() as inbox:
            yield LocalSubscription(
                inbox, self._submitter, self._notifier, self._item_error
            )

    async def ended(self, task_id: str, wait: float) -> v1.TaskStatus | None:
        """The status of a task once it has ended; `None` if it has not after `wait` s.

        Raises:
            TaskNotFound: there is none, or it was deleted meanwhile.
        """
        with anyio.move_on_after(wait), self._inbox() as inbox:
            await inbox.follow([v1.Follow(id=task_id, finished_only=True)])
            async for events in _events(inbox, task_id):
                return events[-1].finished.status
        return None


def not_found(task_id: str) -> TaskNotFound:
    """Say that there is no such task."""
    return TaskNotFound(
        f"there is no task {task_id}; it may have been deleted when its time was over",
        task_id=task_id,
    )


async def _events(
    inbox: Inbox, task_id: str, after: int = 0
) -> AsyncIterator[list[v1.TaskEvent]]:
    """The events of the one task an inbox follows, to its end."""
    while True:
        if inbox.take_gone():
            raise not_found(task_id)
        # The end of an ended task is told again to whoever has seen it.
        events = [event for event in inbox.take() if event.seq > after]
        if events:
            yield events
        elif task_id not in inbox:
            return
        else:
            await inbox.wait()
