"""Batch: tasks that are stored together, behind the calls that submit them."""

import asyncio
import os
import threading
from collections import deque
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Any, Final, Self

from qtasks import v1
from qtasks.errors import AppStopped, InvalidField, QtasksError, SubmitRefused
from qtasks.task import TaskCall

MAX_TASKS: Final = 5000
MAX_BYTES: Final = 64 * 1024 * 1024
"""What is not stored yet at most: who submits more waits for room."""
MAX_TOGETHER: Final = 500
"""Tasks that are stored together at most, but for those of one call."""

_Unit = tuple[list[TaskCall[Any]], list[v1.TaskSubmit], int]
"""The tasks of one call, which are stored together, and their bytes."""


class Batch:
    """A broker handle whose tasks are stored together, behind the calls.

    What waits travels together and nothing waits for more, so that the first task is
    with a worker while the next ones are submitted. Any number of threads may use it.

    Args:
        app: The app, of either kind.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._changed = threading.Condition()
        """Held by whoever looks at what is below; told when there is more room."""
        self._process = 0
        """That entered it, as long as it is open."""
        self._entered = False
        self._waiting: deque[_Unit] = deque()
        self._tasks = self._bytes = 0
        """Of what is not stored yet, be it under way."""
        self._storing: Future[None] | None = None
        self._refused: dict[str, QtasksError] = {}
        self._failed: QtasksError | None = None
        """Why nothing can be stored any more."""

    def __enter__(self) -> Self:
        if self._entered:
            raise InvalidField("a batch is entered once: make another", field="broker")
        self._entered = True
        self._process = os.getpid()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until all is stored, also what was submitted before an error.

        Raises:
            SubmitRefused: some tasks are not stored; says which, by their ids.
        """
        if self._process != os.getpid():
            return  # a forked child's copy: its parent takes care of what is in there
        self._process = 0
        try:
            self._wait()
        except BaseException as interrupt:
            with self._changed:
                left = self._tasks
            interrupt.add_note(f"{left} tasks of a batch may not be stored")
            self._note_refused(interrupt)
            raise
        if exc is not None:
            self._note_refused(exc)
        elif self._refused:
            raise SubmitRefused(self._refused)

    def _wait(self) -> None:
        """Wait until nothing is left to be stored."""
        while True:
            with self._changed:
                if self._waiting and self._storing is None:
                    self._storing = self.app.blocking.begin(self._store)
                storing = self._storing
            if storing is None:
                return
            wait([storing])

    def _note_refused(self, error: BaseException) -> None:
        if self._refused:
            refused = SubmitRefused(self._refused)
            error.add_note(f"tasks of a batch are not stored: {refused}")

    def add(self, calls: list[TaskCall[Any]]) -> None:
        """Take tasks that belong together; waits when there is no room for more.

        Raises:
            Unserializable, InvalidField, OutOfRange: one can't travel; none is taken.
            InvalidField: the batch is not open, or another process opened it.
            QtasksError: tasks before them could not be stored, nor can these.
        """
        self._check_open()
        app, blocking = self.app.asyncio, self.app.blocking
        if app.moments.submit_wanted():
            calls, tasks = blocking.call(app.prepare, calls)
        else:
            tasks = [app.submit_of(call) for call in calls]
        size = sum(task.ByteSize() for task in tasks)
        with self._changed:
            self._check_open()
            while self._tasks and (
                self._tasks + len(tasks) > MAX_TASKS or self._bytes + size > MAX_BYTES
            ):
                self._changed.wait()
                self._check_open()
            if self._storing is None:
                # First: were it to fail, nothing would be taken. It waits for the lock.
                self._storing = blocking.begin(self._store)
            self._waiting.append((calls, tasks, size))
            self._tasks += len(tasks)
            self._bytes += size

    def _check_open(self) -> None:
        if self._failed is not None:
            raise self._failed
        if self._process != os.getpid():
            raise InvalidField(
                "the batch is not open: submit inside its `with` block, in the process "
                "that entered it",
                field="broker",
            )

    # -- in the app's loop --------------------------------------------------------------

    async def _store(self) -> None:
        """Store what waits, until nothing does."""
        while units := self._taken():
            calls = [call for unit, *_ in units for call in unit]
            tasks = [task for _, unit, _ in units for task in unit]
            try:
                answers = await self.app.asyncio.store(calls, tasks)
            except BaseException as error:
                self._fail(tasks, error)
                if not isinstance(error, Exception):
                    raise
                return
            with self._changed:
                for task, answer in zip(tasks, answers, strict=True):
                    if isinstance(answer, QtasksError):
                        self._refused[task.id] = answer
                self._tasks -= len(tasks)
                self._bytes -= sum(size for *_, size in units)
                self._changed.notify_all()

    def _taken(self) -> list[_Unit]:
        """What is stored next; when there is nothing, storing ends."""
        units: list[_Unit] = []
        count = 0
        with self._changed:
            while self._waiting and (
                not units or count + len(self._waiting[0][1]) <= MAX_TOGETHER
            ):
                units.append(self._waiting.popleft())
                count += len(units[-1][1])
            if not units:
                self._storing = None
        return units

    def _fail(self, tasks: list[v1.TaskSubmit], error: BaseException) -> None:
        """Refuse these tasks, all that wait, and all that come."""
        if isinstance(error, asyncio.CancelledError):
            failed: QtasksError = AppStopped()
        elif isinstance(error, QtasksError):
            failed = error
        else:
            failed = QtasksError(f"storing tasks failed: {error!r}")
            failed.__cause__ = error
        with self._changed:
            # Calls were repeated for as long as there was hope. What waits behind them
            # would only wait as long again.
            waiting = [task for _, unit, _ in self._waiting for task in unit]
            self._refused |= {task.id: failed for task in (*tasks, *waiting)}
            self._failed = failed
            self._waiting.clear()
            self._tasks = self._bytes = 0
            self._storing = None
            self._changed.notify_all()
