"""FakeClock: time that passes when a test says so.

    clock = FakeClock()
    async with running(app, clock=clock):
        handle = await app.add_task("remind", delay=3600)
        await clock.advance(3600)
        await handle.result()

Everything the broker does later, it does by the clock of its storage: delayed tasks,
retries, expiry, schedules, and forgetting old results. What a worker does by itself does
not: `max_time`, `deadline` and sleeps of a running task take the time they take.
"""

import asyncio
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import anyio

from qtasks.clock import Clock

MICROSECOND = 1e-6
"""What a `datetime` can tell apart."""


@dataclass(eq=False, slots=True)
class _Waiter:
    """A task that waits for a moment, and what ends its wait."""

    due: float
    task: asyncio.Task[Any]
    loop: asyncio.AbstractEventLoop
    event: anyio.Event
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    over: bool = False

    def end(self) -> None:
        """End its wait; in its loop."""
        if not self.over:
            self.scope.cancel()


class FakeClock(Clock):
    """Time that passes when a test says so.

    Args:
        start: Epoch seconds at first; the time of this machine, if none are given, so
            that moments a test makes of `datetime.now` mean what they should.
    """

    def __init__(self, start: float | None = None) -> None:
        self.now = float(int(time.time())) if start is None else start  # noqa: TID251
        """Epoch seconds; assigned, time jumps and nobody is woken."""
        self._lock = threading.Lock()
        self._waiters: list[_Waiter] = []
        self._away: dict[asyncio.Task[Any], Future[None]] = {}
        """Those that waited here and will again, and when they have come back."""

    def __call__(self) -> float:
        """Epoch seconds."""
        return self.now

    def monotonic(self) -> float:
        """Epoch seconds: this clock never jumps by itself."""
        return self.now

    @property
    def moment(self) -> datetime:
        """The time as an aware moment in UTC."""
        return datetime.fromtimestamp(self.now, UTC)

    # -- what a test does ---------------------------------------------------------------

    def advance(self, seconds: float) -> Any:
        """Let time pass, and what is due in it happen, each at its moment.

        In a coroutine it has to be awaited; elsewhere it returns when it is done. Then
        the tasks that became due are ready: a worker that is there gets them.
        """
        return self.advance_to(self.now + seconds)

    def advance_to(self, moment: float | datetime) -> Any:
        """The same, until a moment; one that has passed changes nothing."""
        if isinstance(moment, datetime):
            # To its end: what it was made of may have been a fraction of it later.
            moment = moment.timestamp() + MICROSECOND
        return _both_ways(self.steps(moment))

    def steps(self, target: float) -> Generator[Future[None], None, None]:
        """Move on to a moment step by step; each future is to be waited for."""
        yield from self._backs()
        while (due := self.next_due()) is not None and due <= target:
            self._wake(due)
            yield from self._backs()
        # Who looks around now and then looks now: what it looks for may have come.
        self._wake(target, everybody=True)
        yield from self._backs()

    # -- what those who wait do ---------------------------------------------------------

    async def wait(self, event: anyio.Event, seconds: float) -> None:
        """Wait for an event, at most until so many seconds have passed here."""
        task = _current_task()
        loop = asyncio.get_running_loop()
        waiter = _Waiter(self.now + seconds, task, loop, event)
        self._arrive(waiter)
        try:
            with waiter.scope:
                await event.wait()
        finally:
            waiter.over = True
            self._leave(waiter)

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed here."""
        due = self.now + seconds
        while self.now < due:
            await self.wait(anyio.Event(), due - self.now)
        self._forget(_current_task())  # it need not come back

    def _arrive(self, waiter: _Waiter) -> None:
        with self._lock:
            self._waiters.append(waiter)
        self._forget(waiter.task)

    def _leave(self, waiter: _Waiter) -> None:
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            self._away.setdefault(waiter.task, Future())
        waiter.task.remove_done_callback(self._forget)
        waiter.task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        with self._lock:
            back = self._away.pop(task, None)
        if back is not None and not back.done():
            back.set_result(None)

    # -- moving on ----------------------------------------------------------------------

    def next_due(self) -> float | None:
        """The next moment that somebody waits for."""
        with self._lock:
            return min((waiter.due for waiter in self._waiters), default=None)

    def _wake(self, now: float, *, everybody: bool = False) -> None:
        with self._lock:
            self.now = max(self.now, now)
            woken = [one for one in self._waiters if everybody or one.due <= self.now]
            for waiter in woken:
                self._waiters.remove(waiter)
                self._away.setdefault(waiter.task, Future())
        for waiter in woken:
            if waiter.loop.is_closed():
                self._forget(waiter.task)
            else:
                waiter.loop.call_soon_threadsafe(waiter.end)

    def _backs(self) -> Iterator[Future[None]]:
        """When everybody who is away has come back."""
        while away := self._all_away():
            yield from away

    def _all_away(self) -> list[Future[None]]:
        with self._lock:
            self._waiters = [one for one in self._waiters if not one.loop.is_closed()]
            for waiter in self._waiters:
                if waiter.event.is_set():  # on its way, though it has not left yet
                    self._away.setdefault(waiter.task, Future())
            for task in [one for one in self._away if one.get_loop().is_closed()]:
                del self._away[task]  # it never comes back
            return list(self._away.values())


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None  # only coroutines wait
    return task


def _both_ways(futures: Generator[Future[None], None, None]) -> Any:
    """Wait for each: here and now, or in a coroutine where a loop runs."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        for future in futures:
            future.result()
        return None
    return _awaited(futures)


async def _awaited(futures: Iterator[Future[None]]) -> None:
    for future in futures:
        await asyncio.shield(asyncio.wrap_future(future))
