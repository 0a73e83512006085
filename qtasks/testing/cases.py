"""Test cases: an app set up for a test and taken down after it, for `unittest`.

    class Orders(unittest.TestCase):
        def setUp(self):
            self.case = SyncTestCase(app=app)
            self.case.start()
            self.addCleanup(self.case.stop)

        def test_confirm(self):
            self.assertEqual(self.case.add_task("confirm", 7).result(10), "confirmed")

For an asynchronous app: `unittest.IsolatedAsyncioTestCase`, `AsyncTestCase`, `await
self.case.start()` in `asyncSetUp` and `self.addAsyncCleanup(self.case.stop)`. Both are
context managers as well.
"""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from qtasks.app import QueueTasks
from qtasks.errors import SettingsError
from qtasks.sync import QueueTasks as SyncQueueTasks
from qtasks.testing.clock import FakeClock
from qtasks.testing.inprocess import Running
from qtasks.testing.looking import underneath
from qtasks.testing.memory import memory_broker
from qtasks.triggers import Plugins

A = TypeVar("A", QueueTasks, SyncQueueTasks)


@dataclass(frozen=True, kw_only=True)
class TestConfig:
    """Which parts of an app a test replaces or brings along."""

    __test__ = False  # pytest: not a class of tests

    worker: bool = False
    """A worker in this process runs the tasks."""
    broker: bool = False
    """The broker is one in memory instead of the app's own."""
    storage: bool = False
    """The storage is in memory. It is part of the broker, so this says the same."""
    global_config: bool = False
    """Shared variables are in memory. They are part of the broker as well."""
    plugins: bool = False
    """The plugins that were added to the app and its worker take part."""

    @property
    def in_memory(self) -> bool:
        """Whether the app's own broker is left alone."""
        return self.broker or self.storage or self.global_config

    @classmethod
    def full(cls) -> Self:
        """Everything in this process: nothing outside is touched."""
        return cls(
            worker=True, broker=True, storage=True, global_config=True, plugins=True
        )

    @classmethod
    def only_worker(cls, *, plugins: bool = False) -> Self:
        """A worker in this process for tasks of the app's own broker."""
        return cls(worker=True, plugins=plugins)

    @classmethod
    def only_broker(cls, *, plugins: bool = False) -> Self:
        """A broker in memory and nobody who runs tasks: to see what is submitted."""
        return cls(broker=True, plugins=plugins)

    @classmethod
    def full_broker(cls) -> Self:
        """The same, with all that belongs to the broker, and the app's plugins."""
        return cls(broker=True, storage=True, global_config=True, plugins=True)


class _TestCase(Generic[A]):
    """An app between `start` and `stop`.

    Args:
        app: The app; it must not be in use when the case starts.
        name: What the app is called meanwhile, so that on a real broker the test's tasks
            are its own; else its name.
    """

    __test__ = False

    def __init__(self, app: A, name: str | None = None) -> None:
        self.app: A = app
        self.name = name or app.name
        self.config = TestConfig.full()
        self.clock = FakeClock()
        """The time, as far as the broker is in memory."""
        self._run: Running | None = None
        self._before: dict[str, Any] = {}

    def settings(self, config: TestConfig) -> None:
        """What `start` is to set up, when it is not told."""
        self.config = config

    def add_task(self, task_name: Any, /, *args: Any, **options: Any) -> Any:
        """Submit a task; as `add_task` of the app."""
        return self.app.add_task(task_name, *args, **options)

    def get(self, uuid: Any) -> Any:
        """A task as it stands; as `get` of the app."""
        return self.app.get(uuid)

    def submitted(self) -> Any:
        """All tasks in the order they came; see `qtasks.testing.submitted`."""
        return self._started().submitted()

    def drain(self) -> Any:
        """Run until no task is left; see `qtasks.testing.drain`."""
        return self._started().drain()

    def advance(self, seconds: float) -> Any:
        """Let time pass, and what becomes due in it run; see `Running.advance`."""
        return self._started().advance(seconds)

    def _started(self) -> Running:
        if self._run is None:
            raise SettingsError("the test case was not started: call `start` first")
        return self._run

    def _prepared(self, config: TestConfig | None) -> Running:
        if self._run is not None:
            raise SettingsError("the test case was started before: call `stop` first")
        chosen = config or self.config
        in_memory = chosen.in_memory
        run = Running(
            self.app,
            clock=self.clock if in_memory else None,
            broker=memory_broker(self.clock) if in_memory else None,
            worker=chosen.worker,
        )
        app = underneath(self.app)
        self._before = {"name": app.name, "plugins": app.plugins}
        self._worker_plugins = app.worker.plugins
        app.name = self.name
        if not chosen.plugins:
            app.plugins = Plugins("app")
            app.worker.__dict__["plugins"] = Plugins("worker")
        return run

    def _restore(self) -> None:
        app = underneath(self.app)
        vars(app).update(self._before)
        app.worker.__dict__["plugins"] = self._worker_plugins
        self._run = None


class AsyncTestCase(_TestCase[QueueTasks]):
    """An asynchronous app, set up for a test; see the module.

    Args:
        app: The app; it must not be in use when the case starts.
        name: What it is called meanwhile.
    """

    async def start(self, config: TestConfig | None = None) -> Self:
        """Set up what the configuration says; everything in memory, if none does."""
        run = self._prepared(config)
        try:
            self._run = await run.__aenter__()
        except BaseException:
            self._restore()
            raise
        return self

    async def stop(self) -> None:
        """Take down what was set up; the app is as before."""
        if self._run is not None:
            try:
                await self._run.__aexit__(None, None, None)
            finally:
                self._restore()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()


class SyncTestCase(_TestCase[SyncQueueTasks]):
    """A synchronous app, set up for a test; see the module.

    Args:
        app: The app; it must not be in use when the case starts.
        name: What it is called meanwhile.
    """

    def start(self, config: TestConfig | None = None) -> Self:
        """Set up what the configuration says; everything in memory, if none does."""
        run = self._prepared(config)
        try:
            self._run = run.__enter__()
        except BaseException:
            self._restore()
            raise
        return self

    def stop(self) -> None:
        """Take down what was set up; the app is as before."""
        if self._run is not None:
            try:
                self._run.__exit__(None, None, None)
            finally:
                self._restore()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
