"""Keys that somebody presses while something is on the screen."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO

import anyio

if sys.platform != "win32":
    import termios
    import tty

    @contextmanager
    def _unbuffered(terminal: int) -> Iterator[None]:
        """Get keys at once and without an echo; Ctrl-C stays a signal."""
        before = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal)
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)

    async def _read(terminal: int) -> AsyncIterator[str]:
        while True:
            await anyio.wait_readable(terminal)
            pressed = os.read(terminal, 64)
            if not pressed:
                return
            yield pressed.decode(errors="replace")

    @asynccontextmanager
    async def keys_pressed(stdin: IO[str]) -> AsyncIterator[AsyncIterator[str]]:
        """Hear of keys, each a text, until the terminal is gone.

        Without a terminal none is ever pressed.
        """
        if not stdin.isatty():
            yield _none()
            return
        with _unbuffered(stdin.fileno()):
            yield _read(stdin.fileno())

else:

    @asynccontextmanager
    async def keys_pressed(stdin: IO[str]) -> AsyncIterator[AsyncIterator[str]]:
        """Hear of no keys: Ctrl-C is how one leaves on this system."""
        del stdin
        yield _none()


async def _none() -> AsyncIterator[str]:
    await anyio.sleep_forever()
    yield ""
