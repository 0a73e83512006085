"""The thread that owns the connection, and commits in groups.

Whatever waits when it becomes free runs in one transaction: idle, that is one operation
with the least latency; loaded, the cost of a commit is shared by itself. Nothing is
answered before the commit, and the event loop can't interrupt one: whoever stops
waiting finds the operation either done or never begun.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from qtasks.errors import StorageUnavailable
from qtasks.storages.embedded import Ledger
from qtasks.storages.sqlite.schema import connect
from qtasks.storages.sqlite.tables import SqliteTables

logger = logging.getLogger(__name__)

MAX_GROUP = 256
"""Operations in one transaction."""

T = TypeVar("T")

Touched = tuple[dict[str, bool], list[str], bool]
"""What `Ledger.finish` says."""


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """An operation that waits for its turn."""

    operation: Callable[[Ledger], T]
    future: Future[tuple[T, Touched]] = field(default_factory=Future)


class LedgerThread:
    """Runs operations on the ledger of a file, one after the other, in groups."""

    def __init__(
        self, path: Path, clock: Callable[[], float], keep_events: int
    ) -> None:
        self._path = path
        self._clock = clock
        self._keep_events = keep_events
        self._jobs: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._opened: Future[None] = Future()
        self._closed: Future[None] = Future()
        self._gate = threading.Lock()
        self._accepting = True

    def start(self) -> Future[None]:
        """Open the file; the future says whether that went well."""
        # A daemon, so that a forgotten storage does not keep the process: what is
        # not committed then was never answered.
        thread = threading.Thread(  # noqa: TID251 - it outlives every single call
            target=self._serve, name=f"qtasks {self._path.name}", daemon=True
        )
        thread.start()
        return self._opened

    def submit(self, operation: Callable[[Ledger], T]) -> Future[tuple[T, Touched]]:
        """Run an operation in the next transaction."""
        job = Job(operation)
        with self._gate:
            if self._accepting:
                self._jobs.put(job)
            else:
                job.future.set_exception(StorageUnavailable("the storage is closed"))
        return job.future

    def stop(self) -> Future[None]:
        """Run what was submitted, and close the file."""
        self._jobs.put(None)
        return self._closed

    # -- in the thread ------------------------------------------------------------

    def _serve(self) -> None:
        self._closed.set_running_or_notify_cancel()
        try:
            if self._opened.set_running_or_notify_cancel():
                self._open_and_run()
        finally:
            self._refuse_late()
            self._closed.set_result(None)

    def _open_and_run(self) -> None:
        try:
            connection = connect(self._path)
        except Exception as error:  # noqa: BLE001 - it belongs to who waits
            self._opened.set_exception(error)
            return
        with closing(connection):
            try:
                tables = SqliteTables(connection)
                ledger = Ledger(tables, self._clock, self._keep_events)
            except Exception as error:  # noqa: BLE001 - it belongs to who waits
                failure = StorageUnavailable(f"can't read {self._path}: {error}")
                failure.__cause__ = error
                self._opened.set_exception(failure)
                return
            self._opened.set_result(None)
            while self._run_group(connection, ledger):
                pass

    def _run_group(self, connection: sqlite3.Connection, ledger: Ledger) -> bool:
        """Run what waits; False once told to stop."""
        group, stopping = self._take()
        jobs = [job for job in group if job.future.set_running_or_notify_cancel()]
        if jobs:
            _Group(connection, ledger, jobs).run()
        return not stopping

    def _take(self) -> tuple[list[Job[Any]], bool]:
        """Everything that waits, but not more than fits; waits for the first."""
        group: list[Job[Any]] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == MAX_GROUP:
                return group, False
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _refuse_late(self) -> None:
        """Answer those who came after the last group."""
        with self._gate:
            self._accepting = False
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None and job.future.set_running_or_notify_cancel():
                job.future.set_exception(StorageUnavailable("the storage is closed"))


class _Group:
    """Operations of one transaction, each undone alone if it fails."""

    def __init__(
        self, connection: sqlite3.Connection, ledger: Ledger, jobs: list[Job[Any]]
    ) -> None:
        self._execute = connection.execute
        self._connection = connection
        self._ledger = ledger
        self._jobs = jobs

    def run(self) -> None:
        """Run all, commit, and only then answer."""
        try:
            self._execute("BEGIN IMMEDIATE")
            answers = [self._attempt(job) for job in self._jobs]
            self._execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - it belongs to who waits
            self._undo()
            self._fail(error)
            return
        for answer in answers:
            answer()

    def _attempt(self, job: Job[Any]) -> Callable[[], None]:
        """Run one operation; what is returned answers it."""
        self._execute("SAVEPOINT operation")
        try:
            self._ledger.start()
            result = job.operation(self._ledger)
            touched = self._ledger.finish()
        except Exception as error:
            if _is_of_the_file(error):
                raise  # the others can't be trusted to be kept either
            self._execute("ROLLBACK TO operation")
            self._execute("RELEASE operation")
            self._ledger.abandon()
            return partial(job.future.set_exception, error)
        self._execute("RELEASE operation")
        return partial(job.future.set_result, (result, touched))

    def _undo(self) -> None:
        try:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            self._ledger.abandon()
        except sqlite3.Error:
            # Nothing of the group was committed, which is all that is promised; the
            # next group fails or succeeds by itself.
            logger.exception("transaction not undone")

    def _fail(self, error: BaseException) -> None:
        logger.error("transaction failed", exc_info=error)
        for job in self._jobs:
            failure = StorageUnavailable(f"the file can't be used: {error}")
            failure.__cause__ = error
            job.future.set_exception(failure)


def _is_of_the_file(error: Exception) -> bool:
    """Whether the file is in trouble, rather than one operation wrong."""
    return isinstance(error, sqlite3.OperationalError) or (
        type(error) is sqlite3.DatabaseError
    )
