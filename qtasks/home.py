"""Home: the event loop something lives in, and the way there from everywhere else.

A broker belongs to the loop it was entered in, and so does a storage. A home is opened in
the loop that calls first; calls from other loops hop over to it.
"""

import asyncio
import concurrent.futures
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, ParamSpec, TypeVar

import anyio

from qtasks.errors import AppStopped
from qtasks.loop_thread import OF_THE_CONNECTION

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class _Residence(Generic[R]):
    """One stay: from opening to closing, in one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.pid = os.getpid()
        self.stop = anyio.Event()
        self.ready: concurrent.futures.Future[R] = concurrent.futures.Future()
        self.gone: concurrent.futures.Future[None] = concurrent.futures.Future()
        self.owner: asyncio.Task[None] | None = None
        self.resident: R | None = None
        """What `ready` gives, without its lock."""

    @property
    def open(self) -> bool:
        """Whether its loop can run: in a forked child it can't."""
        return self.pid == os.getpid() and not self.loop.is_closed()


class Home(Generic[R]):
    """The event loop something lives in, and the way there from everywhere else.

    Args:
        make: Makes what lives there, in its loop; entered when the home is opened, and
            left when it is closed.
    """

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[R]]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._residence: _Residence[R] | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while it is open."""
        residence = self._residence
        return residence.loop if residence is not None and residence.open else None

    async def open(self) -> R:
        """Open it in the running loop, unless it is open somewhere."""
        residence = self._residence
        if residence is not None and residence.resident and residence.open:
            return residence.resident
        loop = asyncio.get_running_loop()
        with self._lock:
            residence = self._residence
            if residence is None or not residence.open:
                residence = self._residence = _Residence(loop)
                # The first call opens the home for all later ones, so no caller can own
                # its task group: a task of the loop does, until `close`.
                residence.owner = loop.create_task(
                    self._reside(residence), name="qtasks home"
                )
        if residence.ready.done():
            return residence.ready.result()
        return await asyncio.shield(asyncio.wrap_future(residence.ready))

    async def _reside(self, residence: _Residence[R]) -> None:
        try:
            async with self._make() as resident:
                residence.resident = resident
                residence.ready.set_result(resident)
                await residence.stop.wait()
        except Exception as error:
            if residence.ready.done():
                logger.exception("home failed")
            else:
                residence.ready.set_exception(error)
        finally:
            with self._lock:
                if self._residence is residence:
                    self._residence = None
            if not residence.ready.done():
                residence.ready.set_exception(AppStopped())
            residence.gone.set_result(None)

    async def close(self) -> None:
        """Let go of what lives there."""
        residence = self._residence
        if residence is None or not residence.open:
            self._residence = None
            return
        residence.loop.call_soon_threadsafe(residence.stop.set)
        await asyncio.shield(asyncio.wrap_future(residence.gone))

    async def call(
        self,
        func: Callable[P, Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a coroutine function at home, from any loop."""
        loop = self.loop
        try:
            if loop is None or loop is asyncio.get_running_loop():
                return await func(*args, **kwargs)
            # A portal would hold up this loop until the other one answers.
            future = asyncio.run_coroutine_threadsafe(func(*args, **kwargs), loop)
            return await asyncio.wrap_future(future)
        except OF_THE_CONNECTION as error:
            raise error.with_traceback(None) from None
