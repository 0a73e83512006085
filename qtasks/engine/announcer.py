"""Announcer: tells the other brokers where there is work, behind the calls that bring it.

Who submits does not wait for it: the work is stored, and were the broker to die before
it told, the others find it by their `Janitor`. What comes while others are told goes
together, a lane once.
"""

import logging
from types import TracebackType
from typing import Self

import anyio

from qtasks.abc.storage import Storage
from qtasks.background import Background
from qtasks.core.records import Lane
from qtasks.core.signals import Work
from qtasks.errors import StorageUnavailable

logger = logging.getLogger(__name__)


class Announcer:
    """Tells the other brokers where there is work.

    Args:
        storage: Whose brokers they are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lanes: dict[Lane, None] = {}
        self._wake = anyio.Event()
        self._background = Background()

    async def __aenter__(self) -> Self:
        tasks = await self._background.__aenter__()
        tasks.start_soon(self._run, name="announce")
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._background.__aexit__(exc_type, exc, traceback)
        await self._tell()

    def arrived(self, lane: Lane) -> None:
        """A lane has work that this broker's workers have no room for."""
        self._lanes[lane] = None
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await self._tell()

    async def _tell(self) -> None:
        try:
            while self._lanes:
                lane = next(iter(self._lanes))
                del self._lanes[lane]
                with anyio.CancelScope(shield=True):  # who leaves tells first
                    await self._storage.publish(Work(lane))
        except StorageUnavailable:
            # The other lanes would only wait as long.
            self._lanes.clear()
            logger.debug("other brokers not told: the storage can't be reached")
        except Exception:
            # A fault of ours must not end the broker: what was not told is found.
            self._lanes.clear()
            logger.exception("other brokers not told")
