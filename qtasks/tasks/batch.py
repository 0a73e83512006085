"""Batch: tasks that are stored together, behind the calls that submit them."""

import threading
from collections import deque
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Final, Self

from qtasks import v1
from qtasks.errors import InvalidField, QtasksError, SubmitRefused
from qtasks.task import TaskCall

MAX_WAITING: Final = 5000
"""Tasks that wait to be stored at most: who submits more waits for room."""
MAX_TOGETHER: Final = 500
"""Tasks that are stored together at most."""

_Prepared = tuple[int, TaskCall[Any], v1.TaskSubmit]
"""A task with its place among all of the batch."""


class Batch:
    """A broker handle whose tasks are stored together, behind the calls.

    What waits travels together and nothing waits for more, so that the first task is
    with a worker while the next ones are submitted. Any number of threads may use it.

    Args:
        app: The app, of either kind.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._waiting: deque[_Prepared] = deque()
        self._room = threading.BoundedSemaphore(MAX_WAITING)
        self._lock = threading.Lock()
        self._storing: Future[None] | None = None
        self._count = 0
        self._open = False
        self._refused: dict[int, QtasksError] = {}
        self._failed: QtasksError | None = None
        """Why nothing can be stored any more."""

    def __enter__(self) -> Self:
        self._open = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until all is stored, also what was submitted before an error.

        Raises:
            SubmitRefused: some tasks are not stored; says which, by their places.
        """
        self._open = False
        while (storing := self._storing) is not None:
            storing.result()
        if not self._refused:
            return
        refused = SubmitRefused(dict(sorted(self._refused.items())))
        if exc is None:
            raise refused
        exc.add_note(f"tasks submitted before are not stored: {refused}")

    def add(self, calls: list[TaskCall[Any]]) -> None:
        """Take tasks; waits when there is no room for more.

        Raises:
            Unserializable, InvalidField, OutOfRange: one can't travel; none is taken.
            InvalidField: the batch is over.
            QtasksError: tasks before them could not be stored, nor can these.
        """
        if self._failed is not None:
            raise self._failed
        if not self._open:
            raise InvalidField(
                "the batch is over: submit inside its `with` block", field="broker"
            )
        app, blocking = self.app.asyncio, self.app.blocking
        if app.moments.submit_wanted():
            calls, tasks = blocking.call(app.prepare, calls)
        else:
            tasks = [app.submit_of(call) for call in calls]
        for call, task in zip(calls, tasks, strict=True):
            self._room.acquire()
            with self._lock:
                self._waiting.append((self._count, call, task))
                self._count += 1
                if self._storing is None:
                    self._storing = blocking.begin(self._store)

    async def _store(self) -> None:
        """Store what waits, until nothing does."""
        while True:
            with self._lock:
                batch = self._taken(MAX_TOGETHER)
                if not batch:
                    self._storing = None
                    return
            calls, tasks = [call for _, call, _ in batch], [task for *_, task in batch]
            try:
                answers = await self.app.asyncio.store(calls, tasks)
            except QtasksError as error:
                # Calls were repeated for as long as there was hope. What waits behind
                # them would only wait as long again.
                self._failed = error
                with self._lock:
                    batch += self._taken(MAX_WAITING)
                answers = [error] * len(batch)
            finally:
                self._room.release(len(batch))
            self._refused |= {
                place: answer
                for (place, *_), answer in zip(batch, answers, strict=True)
                if isinstance(answer, QtasksError)
            }

    def _taken(self, count: int) -> list[_Prepared]:
        """Up to so many of those that wait."""
        count = min(count, len(self._waiting))
        return [self._waiting.popleft() for _ in range(count)]
