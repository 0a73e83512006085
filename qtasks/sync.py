"""The app for code without an event loop: the same objects, through one thread.

The thread starts with the first call, belongs to this process alone (a forked child
starts its own), and ends with `stop` or the program.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, ClassVar, Self

from qtasks import app as async_app
from qtasks.abc.broker import Broker
from qtasks.abc.global_config import GlobalConfig
from qtasks.abc.middleware import MiddlewareStack, Position
from qtasks.abc.serializer import Serializer
from qtasks.abc.starter import Starter
from qtasks.abc.worker import Worker
from qtasks.client.blocking import BlockingApp
from qtasks.client.schedules import BlockingSchedules
from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.events import Events
from qtasks.loop_thread import LoopThread
from qtasks.router import SyncRouter
from qtasks.shared import announce
from qtasks.starters.starter import AsyncStarter, SyncStarter
from qtasks.triggers import BasePlugin, Plugins
from qtasks.workers.worker import AsyncWorker, SyncThreadWorker


class _Underneath(async_app.QueueTasks):
    """The app that a sync app drives."""

    colour: ClassVar[Colour] = "sync"
    _method: ClassVar[str] = "sync"
    _worker_class: ClassVar[type[AsyncWorker]] = SyncThreadWorker
    _starter_class: ClassVar[type[AsyncStarter]] = SyncStarter

    def _announce(self) -> None:
        """Leave it to the sync app, whose tasks these are."""


class QueueTasks(SyncRouter, BlockingApp):
    """An app: its tasks, its components, and the way to its broker, without a loop.

    Args:
        name: The app's namespace on the broker; two apps do not see each other's tasks.
        broker_url: Where the broker is; else `QTASKS_BROKER_URL`, else
            `grpc://127.0.0.1:50051`. `redis://...`, `sqlite:///path` and `memory://`
            run the broker inside this process.
        broker: A broker to use instead.
        worker: A worker to use instead of one made for the app.
        log: Where code of the app's author logs to; a `logging.Logger`.
        config: Settings to use instead of those from the environment.
        events: What is called when something happens; see `qtasks.events`.
        storage_url: The storage of a broker inside this process, instead of
            `broker_url`.
        global_config: The variables that the app's processes share, if they are not to
            be kept with its tasks.
        serializer: How values travel.

    Raises:
        WrongComponent: an argument is another kind of thing.
        InvalidField: an app can't have this name.
        SettingsError: arguments contradict each other, or a url can't be read.
    """

    version = async_app.QueueTasks.version
    colour: ClassVar[Colour] = "sync"
    """The kind of app it is."""
    _method: ClassVar[str] = "sync"

    def __init__(  # noqa: PLR0917  # the order users know
        self,
        name: str = "QueueTasks",
        broker_url: str | None = None,
        broker: Broker | None = None,
        worker: Worker | None = None,
        log: Any = None,
        config: QueueConfig | None = None,
        events: Events | None = None,
        *,
        storage_url: str | None = None,
        global_config: GlobalConfig | None = None,
        serializer: Serializer | None = None,
    ) -> None:
        SyncRouter.__init__(self)
        self.asyncio: async_app.QueueTasks = _Underneath(
            name,
            broker_url,
            broker,
            worker,
            log,
            config,
            events,
            storage_url=storage_url,
            global_config=global_config,
            serializer=serializer,
        )
        """The asynchronous app underneath."""
        self.asyncio.registry = self.registry
        self.asyncio.blocking = self
        BlockingApp.__init__(self, self.asyncio, self._home_loop)
        self._thread = LoopThread(at_exit=self.stop)
        announce(self)

    @property
    def blocking(self) -> Self:
        """The app itself: the face of either kind of app for code without a loop."""
        return self

    @property
    def name(self) -> str:
        """The app's namespace on the broker."""
        return self.asyncio.name

    @property
    def config(self) -> QueueConfig:
        """The app's settings."""
        return self.asyncio.config

    @property
    def log(self) -> Any:
        """Where code of the app's author logs to."""
        return self.asyncio.log

    @property
    def broker(self) -> Broker:
        """The broker; not open until the app is used."""
        return self.asyncio.broker

    @property
    def worker(self) -> Worker:
        """What runs the app's tasks."""
        return self.asyncio.worker

    @property
    def starter(self) -> Starter:
        """What `run_forever` brings the app up with."""
        return self.asyncio.starter

    @starter.setter
    def starter(self, starter: Starter) -> None:
        self.asyncio.starter = starter

    @property
    def events(self) -> Events:
        """What is called when something happens."""
        return self.asyncio.events

    @property
    def plugins(self) -> Plugins:
        """The plugins that take part in the app's own calls."""
        return self.asyncio.plugins

    def add_plugin(
        self,
        plugin: BasePlugin,
        trigger_names: Sequence[str] | None = None,
        component: str | None = None,
    ) -> None:
        """Let a plugin take part in what the app or a component does.

        See `qtasks.client.plugging.Plugging.add`.
        """
        self.asyncio.plugging.add(plugin, trigger_names, component)

    @property
    def middlewares(self) -> MiddlewareStack:
        """What runs before and after each of the app's tasks."""
        return self.asyncio.middlewares

    def add_middleware(self, middleware: Any, position: Position = "before") -> None:
        """Run a middleware with each task; see `qtasks.app.QueueTasks`."""
        self.asyncio.add_middleware(middleware, position)

    def _client(self) -> "QueueTasks":
        return self

    def _home_loop(self) -> asyncio.AbstractEventLoop:
        # In a worker process the broker lives in the worker's own thread.
        return self.asyncio.home.loop or self._thread.loop()

    def __enter__(self) -> Self:
        self.call(self.asyncio.__aenter__)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def schedules(self) -> BlockingSchedules:
        """Tasks that the broker submits again and again."""
        return BlockingSchedules(self, self.asyncio.schedules)

    def stop(self) -> None:
        """Let go of the broker; the app may be used again afterwards."""
        if self.asyncio.home.loop is not None:
            self.call(self.asyncio.stop)
        self._thread.stop()

    def run_forever(self, **options: Any) -> None:
        """Run the app's tasks until told to stop; see `qtasks.app.QueueTasks`."""
        self.asyncio.run_forever(**options)
