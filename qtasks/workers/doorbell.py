"""Doorbell: wakes a task of one loop from any thread, once a burst."""

import asyncio
import threading

import anyio


class Doorbell:
    """Wakes a task of one loop from any thread, once a burst.

    Ring after putting something down; after `wait`, take everything there is.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._event = anyio.Event()
        self._rung = False

    def attach(self) -> None:
        """Belong to the running loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._event = anyio.Event()
        if self._rung:
            self._event.set()

    def ring(self) -> None:
        """Wake whoever waits."""
        if self._rung:
            return
        self._rung = True
        loop = self._loop
        if loop is None:
            return
        if threading.get_ident() == self._thread:
            self._event.set()
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        # Looked up here: `wait` replaces the event in this thread only.
        self._event.set()

    async def wait(self) -> None:
        """Wait until somebody rings."""
        await self._event.wait()
        self._event = anyio.Event()
        self._rung = False
