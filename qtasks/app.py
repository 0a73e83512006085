"""The app: registers tasks, submits and follows them, and runs them in a worker.

The one place that knows every component. `qtasks.sync` is the same app for code without
an event loop.
"""

import importlib
import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ClassVar, Self

from qtasks.abc.broker import Broker
from qtasks.abc.component import assembled, expect_maybe
from qtasks.abc.global_config import GlobalConfig
from qtasks.abc.middleware import MiddlewareStack, Position
from qtasks.abc.serializer import Serializer
from qtasks.abc.starter import Starter
from qtasks.abc.worker import Worker
from qtasks.assembly import (
    AppVariables,
    BrokerPlace,
    check_urls,
    checked_log,
    checked_name,
    chosen_broker,
    furnish,
    global_config_face,
)
from qtasks.client.app_calls import AppCalls
from qtasks.client.blocking import BlockingApp
from qtasks.client.connection import Connection
from qtasks.client.plugging import Plugging
from qtasks.client.schedules import Schedules
from qtasks.colours import Colour, called
from qtasks.config import QueueConfig
from qtasks.configs import AsyncGlobalConfig
from qtasks.errors import SettingsError
from qtasks.events import Events
from qtasks.home import Home
from qtasks.loop_thread import LoopThread
from qtasks.plugins import builtin
from qtasks.router import AsyncRouter
from qtasks.serializers.json import JsonSerializer
from qtasks.serving import Serving
from qtasks.shared import announce
from qtasks.starters.starter import AsyncStarter
from qtasks.triggers import BasePlugin, Plugins
from qtasks.version import __version__
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.worker import AsyncWorker

OFFLOADING = "qtasks.tasks.running"
"""Loaded where it is used: most programs do not offload functions by their paths."""


class QueueTasks(AsyncRouter, AppCalls, Serving):
    """An app: its tasks, its components, and the way to its broker.

    Nothing is opened by making one: the broker is when the app is first used.

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

    version = __version__
    colour: ClassVar[Colour] = "async"
    """The kind of app it is."""
    _method: ClassVar[str] = "async"
    _worker_class: ClassVar[type[AsyncWorker]] = AsyncWorker
    _starter_class: ClassVar[type[AsyncStarter]] = AsyncStarter

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
        super().__init__()
        check_urls(broker_url, storage_url)
        given = chosen_broker(broker, worker, (broker_url, storage_url))
        self.name = checked_name(name)
        self.config = (
            expect_maybe(config, QueueConfig, "QueueTasks(config=)")
            or QueueConfig.from_environment()
        )
        self.broker_url = broker_url
        """Where the broker is, whatever the settings say; `None`: as they say."""
        self.log: Any = checked_log(log) or logging.getLogger(f"qtasks.app.{name}")
        self.events = expect_maybe(events, Events, "QueueTasks(events=)") or Events()
        self.events.colour = self.colour
        self.plugins = Plugins("app")
        """The plugins that take part in the app's own calls."""
        self.plugins.colour = self.colour
        self.plugins.fatal = self.config.plugin_errors == "fatal"
        self.plugging = Plugging(self)
        """Adds plugins to the app and its components."""
        self.serializer = (
            expect_maybe(serializer, Serializer, "QueueTasks(serializer=)")  # type: ignore[type-abstract]
            or JsonSerializer()
        )
        self.middlewares = MiddlewareStack()
        """What runs before and after each of the app's tasks."""
        self._global_config = expect_maybe(
            global_config,
            GlobalConfig,  # type: ignore[type-abstract]
            "QueueTasks(global_config=)",
        )
        self.home = Home(self._make_connection)
        self.blocking = BlockingApp(self, self._home_loop)
        """The same calls for threads without an event loop."""
        self.starter: Starter = self._starter_class(name)
        """What `run_forever` brings the app up with."""
        self._assemble(given, worker, storage_url)
        self._thread = LoopThread(at_exit=self._leave)
        self._announce()

    def _assemble(
        self, broker: Broker | None, worker: Worker | None, storage_url: str | None
    ) -> None:
        """Take the components that were given, and make the others."""
        self._place = BrokerPlace(
            broker,
            lambda: (self.broker_url or self.config.broker_url, self.config.access),
            storage_url,
            self._introduce_broker,
        )
        if self.broker_url or storage_url:
            self._place.get(settled=False)
        self.worker: Worker = worker or self._worker_class(self.name)
        """What runs the app's tasks. Called, it does so as long as a block lasts:
        `async with app.worker():`."""
        self._introduce(self.worker)
        self.worker.app = self
        builtin.furnish(self.worker, self)

    def _announce(self) -> None:
        """Let shared tasks know of the app."""
        announce(self)

    @property
    def asyncio(self) -> Self:
        """The app itself: the face of either kind of app for code in an event loop."""
        return self

    # -- components ---------------------------------------------------------------------

    @contextmanager
    def lent(self, broker: Broker) -> Iterator[None]:
        """Use another broker as long as the block lasts, for example a test's.

        Raises:
            SettingsError: the app is in use; stop it first.
        """
        if self.home.loop is not None:
            raise SettingsError(
                "the app is in use over its own broker: stop it before it is lent another",
                field="broker",
            )
        with self._place.lent(broker):
            yield

    def _introduce_broker(self, broker: Broker) -> None:
        furnish(
            broker,
            self._global_config,
            default=lambda: AsyncGlobalConfig(AppVariables(self.home), self.name),
            face=lambda one: global_config_face(one, self.colour, self._blocking_call),
        )
        for part in assembled(broker):
            self._introduce(part)

    def add_plugin(
        self,
        plugin: BasePlugin,
        trigger_names: Sequence[str] | None = None,
        component: str | None = None,
    ) -> None:
        """Let a plugin take part in what the app or a component does.

        See `qtasks.client.plugging.Plugging.add`.
        """
        self.plugging.add(plugin, trigger_names, component)

    # -- tasks ------------------------------------------------------------------------

    def worker_plan(self, **options: Any) -> WorkerPlan:
        """What a worker of this app serves; see `Serving.worker_plan`."""
        plan = super().worker_plan(**options)
        if self.config.importable is not None:
            offloading = importlib.import_module(OFFLOADING)
            plan.registry = offloading.WithOffloaded(plan.registry, self)
        return plan

    def add_middleware(self, middleware: Any, position: Position = "before") -> None:
        """Run a middleware with each of the app's tasks; see `TaskMiddleware`.

        Args:
            middleware: The class.
            position: `before` or `after` the task.

        Raises:
            WrongComponent: it is no class that can be called.
            WrongColour: it is made for the other kind of app.
        """
        self.middlewares.add(middleware, position, colour=self.colour)

    def _client(self) -> "QueueTasks":
        return self

    @property
    def schedules(self) -> Schedules:
        """Tasks that the broker submits again and again."""
        return Schedules(self)

    # -- life -------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.home.open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Let go of everything; the app may be used again afterwards.

        Where the app runs in this process (`run_forever`), that ends instead: as at
        SIGTERM, running tasks finish first.
        """
        if self.plugins.wants("qtasks_stop"):
            await self.plugins.fire(
                "qtasks_stop", qtasks=self.moments.app, starter=self.starter
            )
        if self.starter.running:
            self.starter.stop()
            return
        config = self._place.opened_config
        if config is not None:
            await called(config.stop, offload=self.colour == "sync")
        await self.home.close()
        self._thread.stop()

    def _blocking_call(self, func: Callable[..., Any], *args: Any) -> Any:
        return self.blocking.call(func, *args)

    def _leave(self) -> None:
        """End the thread that blocking calls started, with the program."""
        if self.home.loop is not None:
            self.blocking.call(self.home.close)
        self._thread.stop()

    def _make_connection(self) -> Connection:
        # The home counts as open while it is being opened: what settles the broker.
        return Connection(
            lambda: self._place.get(settled=False),
            patience=self.config.connect_patience,
        )

    def _home_loop(self) -> AbstractEventLoop:
        if self.home.loop is not None:
            return self.home.loop
        # The first call comes from code without an event loop.
        return self._thread.loop()
