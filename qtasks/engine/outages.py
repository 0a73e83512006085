"""Outages: after a failure of the storage, looks again at everything.

A call that failed may have happened all the same: what it changed was told to nobody
here. Once the storage answers again, everybody looks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio

from qtasks.abc.storage import Storage
from qtasks.engine.settings import EngineSettings
from qtasks.errors import StorageUnavailable


class Outages:
    """Notes failures of the storage, and says when to look again.

    Args:
        storage: What may fail.
        settings: How often to ask whether it is back.
        on_end: Looks again at everything.
    """

    def __init__(
        self, storage: Storage, settings: EngineSettings, on_end: Callable[[], None]
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._on_end = on_end
        self._noted = anyio.Event()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note when a call in this block fails; the error goes on."""
        try:
            yield
        except StorageUnavailable:
            self._noted.set()
            raise

    async def run(self) -> None:
        """Wait for outages and for their ends, until cancelled."""
        while True:
            await self._noted.wait()
            await anyio.sleep(self._settings.maintenance)
            self._noted = anyio.Event()
            with self.noted_quietly():
                await self._storage.fetch("")
                self._on_end()

    @contextmanager
    def noted_quietly(self) -> Iterator[None]:
        """Note when a call in this block fails, and let the block end there."""
        try:
            with self.noted():
                yield
        except StorageUnavailable:
            return
