"""Promoter: makes tasks ready when their time has come.

Sleeps until the next one is due, so that a delayed task starts on time without anybody
asking again and again. Looks every `maintenance` seconds besides: another broker, gone
since, may have stored an earlier one.
"""

from collections.abc import Callable

import anyio

from qtasks.abc.storage import Storage
from qtasks.core.records import Change
from qtasks.engine.outages import Outages
from qtasks.engine.settings import EngineSettings

MAX_PROMOTED = 512
"""Tasks promoted in one call."""


class Promoter:
    """Makes tasks ready when their time has come."""

    def __init__(
        self,
        storage: Storage,
        settings: EngineSettings,
        outages: Outages,
        on_changes: Callable[[list[Change]], None],
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._outages = outages
        self._on_changes = on_changes
        self._earlier = anyio.Event()
        self._wakes = 0.0

    def expect(self, seconds: float) -> None:
        """Look again at the latest this many seconds from now."""
        if self._storage.clock.monotonic() + seconds < self._wakes:
            self._earlier.set()

    async def run(self) -> None:
        """Promote until cancelled."""
        clock = self._storage.clock
        while True:
            # Before the call: what is stored while it runs must set the new event.
            self._earlier = anyio.Event()
            self._wakes = clock.monotonic() + self._settings.maintenance
            pause = self._settings.maintenance
            with self._outages.noted_quietly():
                promoted = await self._storage.promote(MAX_PROMOTED)
                if promoted.changes:
                    self._on_changes(promoted.changes)
                if promoted.more:
                    continue
                if promoted.next_due_in:
                    pause = min(pause, promoted.next_due_in)
            self._wakes = min(self._wakes, clock.monotonic() + pause)
            await clock.wait(self._earlier, pause)
