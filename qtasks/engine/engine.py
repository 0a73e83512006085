"""Engine: the roles put together, and what passes between them."""

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.background import Background
from qtasks.core.records import Change, Lane
from qtasks.core.signals import (
    AnswerSignal,
    CancelSignal,
    DrainSignal,
    Pending,
    Resync,
    Touched,
    Work,
)
from qtasks.core.states import State
from qtasks.engine.activity import Activity
from qtasks.engine.admission import new_id
from qtasks.engine.announcer import Announcer
from qtasks.engine.dispatcher import Dispatcher
from qtasks.engine.drainer import Drainer
from qtasks.engine.explainer import Explainer
from qtasks.engine.flusher import Flusher
from qtasks.engine.gateway import Gateway
from qtasks.engine.inspector import Inspector
from qtasks.engine.janitor import Janitor
from qtasks.engine.joiner import Joiner
from qtasks.engine.lessor import Lessor
from qtasks.engine.notifier import Notifier
from qtasks.engine.observer import Observer
from qtasks.engine.outages import Outages
from qtasks.engine.promoter import Promoter
from qtasks.engine.registry import Registry
from qtasks.engine.scheduler import Scheduler
from qtasks.engine.schedules import Schedules
from qtasks.engine.session import WorkerSession
from qtasks.engine.settings import EngineSettings
from qtasks.engine.settler import Settler
from qtasks.engine.steward import Steward
from qtasks.engine.submitter import ErrorItem, Submitter
from qtasks.engine.variables import Variables
from qtasks.engine.watcher import Watcher
from qtasks.errors import QtasksError, StorageUnavailable

logger = logging.getLogger(__name__)


class Engine:
    """The roles put together.

    Args:
        storage: Where tasks live; must be entered before the engine.
        settings: Limits and lengths.
        item_error: Writes an error as an item of a batch.
        error_of: Reads it again.
    """

    def __init__(
        self,
        storage: Storage,
        settings: EngineSettings,
        *,
        item_error: ErrorItem,
        error_of: Callable[[v1.ItemError], QtasksError],
    ) -> None:
        self.id = f"broker-{new_id()[-12:]}"
        self._storage = storage
        self._sessions: dict[str, WorkerSession] = {}
        self._notifier = Notifier(storage)
        activity = Activity(storage.clock.monotonic)
        self._announcer = Announcer(storage)
        self._dispatcher = Dispatcher(
            storage, self._notifier, activity, self._announcer
        )
        registry = self.registry = Registry(storage, self._sessions)
        outages = self._outages = Outages(storage, settings, self._resync)
        self._promoter = Promoter(storage, settings, outages, self._changed)
        self._joiner = Joiner(
            storage, settings, outages, self._changed, on_due=self._promoter.expect
        )
        self._janitor = Janitor(
            storage, self._dispatcher, settings, outages, self._changed
        )
        self._lessor = Lessor(storage, self._sessions, settings, outages, self._changed)
        self._settler = Settler(
            storage,
            self._notifier,
            self._dispatcher,
            activity,
            settings,
            on_due=self._promoter.expect,
        )
        self.submitter = Submitter(
            storage,
            self._notifier,
            self._dispatcher,
            registry,
            settings,
            activity=activity,
            item_error=item_error,
            on_due=self._promoter.expect,
            on_held=self._joiner.expect,
        )
        self.steward = Steward(
            storage,
            self._sessions,
            settings,
            outages=outages,
            item_error=item_error,
            on_changes=self._changed,
        )
        self.watcher = Watcher(
            storage,
            self._notifier,
            self.submitter,
            self.steward,
            item_error=item_error,
            error_of=error_of,
        )
        self.scheduler = Scheduler(
            storage, self.submitter, settings, outages, cancel=self.steward.end
        )
        self.schedules = Schedules(
            storage,
            self.submitter,
            settings,
            error_of=error_of,
            on_change=self.scheduler.changed,
        )
        self.variables = Variables(storage)
        self.flusher = Flusher(
            storage,
            self.steward,
            self.watcher,
            others=[self.schedules.forget, self.variables.forget],
        )
        self.inspector = Inspector(storage, registry, self.watcher)
        self.drainer = Drainer(storage, self._sessions, outages)
        self.explainer = Explainer(storage, registry)
        self.observer = Observer(
            storage, registry, self.inspector, activity, self._sessions, self.id
        )
        self.gateway = Gateway(
            storage=storage,
            sessions=self._sessions,
            dispatcher=self._dispatcher,
            settler=self._settler,
            lessor=self._lessor,
            registry=registry,
            settings=settings,
            broker_id=self.id,
        )
        self._stack = AsyncExitStack()
        self.tasks: TaskGroup

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._announcer)
            self.tasks = await stack.enter_async_context(Background())
            self.watcher.tasks = self.tasks
            await stack.enter_async_context(self.submitter)
            await stack.enter_async_context(self._settler)
            await self.tasks.start(self._listen, name="signals")
            for role in (
                self._promoter.run,
                self._joiner.run,
                self.scheduler.run,
                self._janitor.run,
                self._lessor.extend,
                self._lessor.reclaim,
                self._outages.run,
            ):
                self.tasks.start_soon(role, name=role.__qualname__)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(exc_type, exc, traceback)

    async def drain(self, grace: float) -> None:
        """Tell workers to leave, and wait until they have, at most `grace` seconds."""
        self.gateway.drain(grace)
        with anyio.move_on_after(grace):
            await self.gateway.empty()

    # -- what changes ----------------------------------------------------------------

    def _changed(self, changes: list[Change]) -> None:
        """Tell followers and workers with room of tasks that were moved."""
        ready: dict[Lane, int] = {}
        for change in changes:
            if change.state is State.NEW:
                ready[change.lane] = ready.get(change.lane, 0) + 1
        self._notifier.touch(change.id for change in changes)
        if ready:
            self._dispatcher.arrived(ready)

    def place(self, queue: v1.QueueStatus) -> None:
        """Let workers have what is ready in a queue."""
        self._dispatcher.arrived(
            {
                Lane(queue.app, queue.name, backlog.name): backlog.ready
                for backlog in queue.backlog
            }
        )

    # -- signals of other brokers ------------------------------------------------------

    async def _listen(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        async with self._storage.signals() as signals:
            task_status.started()
            async for signal in signals:
                match signal:
                    case Work(lane):
                        self._dispatcher.wake(lane, 1)
                    case Touched(task_id):
                        self._notifier.touch([task_id])
                    case CancelSignal() | AnswerSignal():
                        self.steward.pass_on(signal)
                    case DrainSignal():
                        self.drainer.pass_on(signal)
                    case Pending():
                        self._joiner.expect()
                    case Resync():
                        self._resync()

    def _resync(self) -> None:
        """Look again at everything a lost signal may have been about."""
        self._notifier.touch_all()
        self._dispatcher.wake_all()
        self.scheduler.changed()
        self._joiner.expect()
        self.tasks.start_soon(self.drainer.catch_up, name="drains")
        for session in list(self._sessions.values()):
            self.tasks.start_soon(self._refresh, session, name="refresh")

    async def _refresh(self, session: WorkerSession) -> None:
        """Find cancels and answers of a session whose signals may have been lost."""
        try:
            records = await self._storage.get(list(session.held))
        except StorageUnavailable:
            return
        for record in records:
            if record is not None and record.session == session.id:
                session.catch_up(record)
