"""Clock: what time it is, and how to wait until it is later.

A storage has one, and the engine's roles wait by their storage's, so that a test that
moves the clock moves everything with it (`qtasks.testing.FakeClock`).
"""

import time
from abc import ABC, abstractmethod
from typing import Final

import anyio


class Clock(ABC):
    """What time it is, and how to wait until it is later."""

    @abstractmethod
    def __call__(self) -> float:
        """The time, in epoch seconds."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds that never jump, to measure lengths with."""

    @abstractmethod
    async def wait(self, event: anyio.Event, seconds: float) -> None:
        """Wait for an event, at most this many seconds.

        May return early for no reason: look at what there is to do, and wait again.
        """

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed."""


class SystemClock(Clock):
    """The time of this machine."""

    def __call__(self) -> float:
        """Epoch seconds."""
        return time.time()  # noqa: TID251  # injected from here

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def wait(self, event: anyio.Event, seconds: float) -> None:
        """Wait for an event, at most this many seconds."""
        with anyio.move_on_after(seconds):
            await event.wait()

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed."""
        await anyio.sleep(seconds)


SYSTEM_CLOCK: Final = SystemClock()
"""The clock that is used where none is given."""
