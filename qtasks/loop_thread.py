"""LoopThread: one event loop in a thread, for code that has none."""

import asyncio
import atexit
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any

import anyio.from_thread

from qtasks.errors import (
    BrokerUnavailable,
    StorageUnavailable,
    TlsFailed,
    Unauthenticated,
)
from qtasks.loops import loop_factory

OF_THE_CONNECTION = (BrokerUnavailable, StorageUnavailable, TlsFailed, Unauthenticated)
"""What a call can't help: where in here it was noticed says nothing to who called."""


class LoopThread:
    """One event loop in a thread, started when it is first needed.

    It belongs to this process alone: a forked child starts its own.

    Args:
        at_exit: Called when the program ends while the thread runs, to stop it. Whose
            it is lives as long as the thread, and no longer.
    """

    def __init__(self, at_exit: Callable[[], object] | None = None) -> None:
        self._at_exit = at_exit or self.stop
        self._lock = threading.Lock()
        self._stack: ExitStack | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._left_behind: ExitStack | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        """The thread's loop."""
        with self._lock:
            if self._pid != os.getpid():
                # The thread did not come along through a fork. What would stop it is
                # kept unused: it would wait for the thread for ever.
                self._left_behind = self._stack
                self._stack = self._loop = None
                self._pid = os.getpid()
            if self._loop is None:
                self._start()
            assert self._loop is not None  # noqa: S101  # `_start` set it
            return self._loop

    def _start(self) -> None:
        stack = ExitStack()
        portal = stack.enter_context(
            anyio.from_thread.start_blocking_portal(
                backend_options={"loop_factory": loop_factory()}, name="qtasks"
            )
        )
        self._loop = portal.call(_running_loop)
        self._stack = stack
        atexit.register(self._at_exit)

    def stop(self) -> None:
        """End the thread; does nothing in the thread itself, which is still needed."""
        if self._loop is not None and self._loop is _loop_here():
            return
        atexit.unregister(self._at_exit)
        with self._lock:
            stack, self._stack, self._loop = self._stack, None, None
            if stack is not None and self._pid == os.getpid():
                stack.close()


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def begun_call(
    loop: asyncio.AbstractEventLoop,
    func: Callable[..., Coroutine[Any, Any, Any]],
    *args: Any,
) -> "concurrent.futures.Future[Any]":
    """Run a coroutine function in a loop of another thread."""
    if _loop_here() is loop:
        raise RuntimeError(
            "a blocking call in the app's own event loop would wait for itself "
            "for ever; await the asynchronous one, or use a plain function"
        )
    return asyncio.run_coroutine_threadsafe(func(*args), loop)


def blocking_call(
    loop: asyncio.AbstractEventLoop,
    func: Callable[..., Coroutine[Any, Any, Any]],
    *args: Any,
) -> Any:
    """Run a coroutine function in a loop of another thread, and wait for it."""
    future = begun_call(loop, func, *args)
    try:
        return future.result()
    except OF_THE_CONNECTION as error:
        raise error.with_traceback(None) from None
    except BaseException:
        future.cancel()  # an interrupt: nobody waits any more
        raise
