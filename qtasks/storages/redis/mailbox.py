"""Signals that arrived and wait to be read, in bounded room."""

from collections import deque

import anyio

from qtasks.core.signals import Resync, Signal, Touched

SIZE = 10_000
"""Signals that may wait; a reader slower than that is told to look at everything."""


class Mailbox:
    """An iterator of signals, each `Touched` once."""

    def __init__(self) -> None:
        self._signals: deque[Signal] = deque()
        self._touched: set[str] = set()
        self._arrived = anyio.Event()

    def post(self, signal: Signal) -> None:
        """Leave a signal."""
        if isinstance(signal, Touched):
            if signal.id in self._touched:
                return
            self._touched.add(signal.id)
        if len(self._signals) >= SIZE:
            self._signals.clear()
            self._touched.clear()
            signal = Resync()
        self._signals.append(signal)
        self._arrived.set()

    def __aiter__(self) -> "Mailbox":
        return self

    async def __anext__(self) -> Signal:
        while not self._signals:
            self._arrived = anyio.Event()
            await self._arrived.wait()
        signal = self._signals.popleft()
        if isinstance(signal, Touched):
            self._touched.discard(signal.id)
        return signal
