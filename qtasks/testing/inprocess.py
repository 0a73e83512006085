"""Running: an app over a broker in memory, with a worker, as long as a block lasts."""

from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, ClassVar, Self

import anyio

from qtasks.abc.broker import Broker
from qtasks.abc.executor import Executor, Job
from qtasks.engine.settings import EngineSettings
from qtasks.errors import SettingsError, WrongColour
from qtasks.handle import TaskHandle, outcome
from qtasks.home import Home
from qtasks.sync import QueueTasks as SyncQueueTasks
from qtasks.testing.clock import FakeClock
from qtasks.testing.looking import (
    AnyApp,
    Following,
    drain,
    drained,
    submitted,
    underneath,
)
from qtasks.testing.memory import UNMOVED, memory_broker
from qtasks.workers.run import WorkerRun

AT_ONCE = 1000
"""Tasks at once: each that waits for another one, submitted by it, holds a place."""


class Running:
    """An app over a broker in memory, with a worker, as long as a block lasts.

    `running` and `eager` make one. For a synchronous app the block is a `with`, for an
    asynchronous one an `async with`.

    Args:
        app: The app; it must not be in use.
        clock: The time there.
        broker: The broker; `None` leaves the app the one it has.
        worker: Whether there is a worker.
        eager: Whether a submit waits for the end of what it submits.
        propagate: Whether a submit raises what a task raised.
    """

    __test__ = False

    def __init__(
        self,
        app: AnyApp,
        *,
        clock: FakeClock | None,
        broker: Broker | None,
        worker: bool = True,
        eager: bool = False,
        propagate: bool = False,
    ) -> None:
        self.app = app
        self.clock = clock
        self._app = underneath(app)
        self._broker = broker
        self._worker = worker
        self._eager = eager
        self._propagate = propagate
        self._raised: dict[str, BaseException] = {}
        self._lent: AbstractContextManager[None] | None = None
        self._stay = Home(self._stage)

    # -- what a test asks ----------------------------------------------------------------

    def submitted(self) -> Any:
        """All tasks in the order they came; see `qtasks.testing.submitted`."""
        return submitted(self.app)

    def drain(self) -> Any:
        """Run until no task is left, the later ones too; see `qtasks.testing.drain`."""
        return drain(self.app, self.clock)

    def advance(self, seconds: float) -> Any:
        """Let time pass on the clock, and what becomes due in it run, step by step.

        As `FakeClock.advance`, but what became due at one moment has run before the next
        one comes.
        """
        if isinstance(self.app, SyncQueueTasks):
            return self.app.call(self._advance, seconds)
        return self._advance(seconds)

    async def _advance(self, seconds: float) -> None:
        if self.clock is None:
            raise SettingsError("the app's own broker has no clock that can be moved")
        target = self.clock.now + seconds
        while (due := await self._next_due()) is not None and due < target:
            await self.clock.advance_to(due)
            await drained(self._app, None)
        await self.clock.advance_to(target)
        await drained(self._app, None)

    async def _next_due(self) -> float | None:
        assert self.clock is not None
        await self.clock.advance(0)  # who has just heard of something waits for it then
        return self.clock.next_due()

    # -- the block -------------------------------------------------------------------------

    def __enter__(self) -> Self:
        if not isinstance(self.app, SyncQueueTasks):
            raise WrongColour("an asynchronous app runs in an `async with` block")
        self._begin()
        try:
            self.app.call(self._stay.open)
        except BaseException:
            self._leave(self.app)
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert isinstance(self.app, SyncQueueTasks)
        self._leave(self.app)

    def _leave(self, app: SyncQueueTasks) -> None:
        try:
            app.call(self._stay.close)
            app.stop()
        finally:
            self._end()

    async def __aenter__(self) -> Self:
        if isinstance(self.app, SyncQueueTasks):
            raise WrongColour("a synchronous app runs in a `with` block")
        self._begin()
        try:
            await self._stay.open()
        except BaseException:
            await self._depart()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._depart()

    async def _depart(self) -> None:
        try:
            with anyio.CancelScope(shield=True):
                await self._stay.close()
                await self._app.stop()
        finally:
            self._end()

    def _begin(self) -> None:
        if self._broker is not None:
            self._lent = self._app.lent(self._broker)
            self._lent.__enter__()
        if self._eager:
            self._app.on_submitted = self._to_the_end

    def _end(self) -> None:
        self._app.on_submitted = None
        if self._lent is not None:
            self._lent.__exit__(None, None, None)

    @asynccontextmanager
    async def _stage(self) -> AsyncGenerator[None]:
        """The worker, in the loop the app lives in."""
        await self._app.home.open()
        if not self._worker:
            yield
            return
        plan = self._app.worker_plan(num_workers=AT_ONCE)
        plan.executors = _noting(plan.executors, self._raised)
        home = self._app.home.loop
        assert home is not None
        async with WorkerRun(plan, self._app.broker, home) as run:
            await run.connected()
            try:
                yield
            finally:
                run.stop_now()

    async def _to_the_end(self, handles: Sequence[TaskHandle[Any]]) -> None:
        if handles:
            await Following(self._app, handles, self.clock).to_the_end()
        if not self._propagate:
            return
        for handle in handles:
            if handle.status == "error":
                raise self._raised.pop(str(handle.uuid), None) or _failure_of(handle)


def running(
    app: AnyApp, *, clock: FakeClock | None = None, broker: Broker | None = None
) -> Running:
    """The app over a broker in memory, with a worker of its own in this process.

        async with running(app) as run:
            await app.add_task("send_mail", "ann@example.org")
            await run.drain()
            assert [task.status for task in await run.submitted()] == ["success"]

    Submits are as usual: tasks run beside the test, which waits for those it wants. What
    still runs when the block ends is stopped.

    Args:
        app: The app, of either kind; it must not be in use. A synchronous one is run by
            `with running(app):`.
        clock: The time there; a new one that stands still until it is moved, if none is
            given (`run.clock`). Without it, `delay=60` would take a minute.
        broker: A broker of your own instead of one in memory.
    """
    clock = clock or FakeClock()
    return Running(app, clock=clock, broker=broker or memory_broker(clock))


def eager(
    app: AnyApp, *, clock: FakeClock | None = None, propagate: bool = False
) -> Running:
    """Have every submit of an app run the task before it returns.

        with eager(app):
            handle = app.add_task("add", 2, 3)
            assert handle.returning == 5

    The task goes the way all tasks go, through the broker and a worker, only in this
    process. Delays and waits before another attempt take no time. A task that submits
    another one has it run before it goes on. A name that the app does not serve raises
    `TaskUnserved`.

    Args:
        app: The app, of either kind; it must not be in use. For an asynchronous one:
            `async with eager(app):`.
        clock: What is moved instead of waiting.
        propagate: Raise what a task raised, the exception itself, where it was
            submitted; else the handle shows it, as it always does.
    """
    clock = clock or FakeClock()
    broker = memory_broker(clock, _STRICT)
    return Running(app, clock=clock, broker=broker, eager=True, propagate=propagate)


_STRICT = EngineSettings(
    lease=UNMOVED.lease,
    reconnect_grace=UNMOVED.reconnect_grace,
    maintenance=UNMOVED.maintenance,
    strict=True,
)


class _Noting(Executor):
    """A place where functions run, and what they raise is kept as it is."""

    interruptible: ClassVar[bool] = True

    def __init__(self, place: Executor, raised: dict[str, BaseException]) -> None:
        self._place = place
        self._raised = raised
        self.__dict__["interruptible"] = place.interruptible

    async def __aenter__(self) -> Self:
        await self._place.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._place.__aexit__(exc_type, exc, traceback)

    async def run(self, job: Job) -> Any:
        return await self._noted(job, self._place.run(job))

    async def host(self, job: Job, pipeline: Callable[[], Any]) -> Any:
        return await self._noted(job, self._place.host(job, pipeline))

    def run_hosted(self, job: Job, loop: AbstractEventLoop) -> Any:
        return self._place.run_hosted(job, loop)

    async def _noted(self, job: Job, outcome: Awaitable[Any]) -> Any:
        try:
            return await outcome
        except Exception as error:
            self._raised[str(job.context.task_uuid)] = error
            raise


def _noting(
    places: Mapping[str, Executor], raised: dict[str, BaseException]
) -> dict[str, Executor]:
    return {name: _Noting(place, raised) for name, place in places.items()}


def _failure_of(handle: TaskHandle[Any]) -> BaseException:
    try:
        outcome(handle)
    except Exception as error:  # noqa: BLE001  # it is what is asked for
        return error
    raise AssertionError("an ended task with an error has a failure")
