"""Janitor: cancels what expired, forgets what is old, and looks for stranded work."""

from collections.abc import Callable

import anyio

from qtasks.abc.storage import Storage
from qtasks.core.records import Change, Lane
from qtasks.engine.dispatcher import Dispatcher
from qtasks.engine.outages import Outages
from qtasks.engine.settings import EngineSettings

MAX_SWEPT = 512
"""Tasks cleaned up in one call."""

LOOKS_PER_RESCUE = 5
"""The safety net for lost signals is used every so many looks."""


class Janitor:
    """Cancels what expired, forgets what is old, and looks for stranded work."""

    def __init__(
        self,
        storage: Storage,
        dispatcher: Dispatcher,
        settings: EngineSettings,
        outages: Outages,
        on_changes: Callable[[list[Change]], None],
    ) -> None:
        self._storage = storage
        self._dispatcher = dispatcher
        self._settings = settings
        self._outages = outages
        self._on_changes = on_changes

    async def run(self) -> None:
        """Clean up until cancelled."""
        looks = 0
        while True:
            await self._storage.clock.wait(anyio.Event(), self._settings.maintenance)
            looks += 1
            with self._outages.noted_quietly():
                await self._sweep()
                if looks % LOOKS_PER_RESCUE == 0:
                    await self._rescue()

    async def _sweep(self) -> None:
        while True:
            swept = await self._storage.sweep(MAX_SWEPT)
            if swept.changes:
                self._on_changes(swept.changes)
            if not swept.more:
                return

    async def _rescue(self) -> None:
        """Wake sessions for ready work whose signal was lost, if there is any."""
        for app in self._dispatcher.hungry_apps():
            for queue in await self._storage.queues(app):
                if queue.paused:
                    continue
                for name, count in queue.backlog.items():
                    if count:
                        self._dispatcher.wake(Lane(app, queue.queue, name), count)
