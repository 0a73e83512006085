"""A storage of somebody else's: one file, written as users of the package would.

It appends every operation to a journal, and does all of them again when it is opened.
"""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from anyio.lowlevel import checkpoint_if_cancelled

from qtasks.clock import SYSTEM_CLOCK
from qtasks.errors import QtasksError, StorageUnavailable
from qtasks.storages.embedded import EmbeddedStorage, Hub, Ledger, lookup
from qtasks.storages.memory.tables import MemoryTables


class JournalStorage(EmbeddedStorage):
    """Everything in a journal; what it answers is on the disk."""

    kind = "journal"

    def __init__(self, path: Path, clock: Callable[[], float] = SYSTEM_CLOCK) -> None:
        super().__init__(Hub(), clock)
        self._path = path
        self._moment = 0.0
        self._file: BinaryIO | None = None

    async def __aenter__(self):
        self._ledger = Ledger(MemoryTables(), lambda: self._moment, 100_000)
        self._path.touch()
        with self._path.open("rb") as journal:
            while journal.peek(1):
                entry = pickle.load(journal)  # noqa: S301  # its own
                self._moment, operation, args, kwargs = entry
                try:
                    self._apply(operation, args, kwargs)
                except QtasksError:
                    continue  # it was refused then, too
        self._hub.join(self._mailbox)
        self._file = self._path.open("ab")
        return self

    async def __aexit__(self, *_):
        self._hub.leave(self._mailbox)
        self._file, file = None, self._file
        if file is not None:
            file.close()

    async def _run(self, operation, *args, **kwargs):
        await checkpoint_if_cancelled()
        if self._file is None:
            raise StorageUnavailable("the journal is closed")
        self._moment = self.clock()
        if operation.__module__ != lookup.__name__:
            pickle.dump((self._moment, operation, args, kwargs), self._file)
            self._file.flush()
            os.fdatasync(self._file.fileno())
        result, touched = self._apply(operation, args, kwargs)
        self._hub.tell(self._mailbox, *touched)
        return result

    def _apply(self, operation, args, kwargs):
        self._ledger.start()
        try:
            result = operation(self._ledger, *args, **kwargs)
        except BaseException:
            self._ledger.finish()
            raise
        return result, self._ledger.finish()
