"""The app: registers tasks, submits and follows them, and runs them in a worker.

The one place that knows every component. `qtasks.sync` is the same app for code without
an event loop.
"""

import atexit
import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, ClassVar, Self

from qtasks import shared
from qtasks.abc.broker import Broker
from qtasks.abc.component import Component, assembled, expect_maybe
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
    chosen_broker,
    furnish,
    global_config_face,
    one_broker,
)
from qtasks.client.app_calls import AppCalls
from qtasks.client.blocking import BlockingApp
from qtasks.client.calls import Calls
from qtasks.client.connection import Connection
from qtasks.client.plugging import Plugging
from qtasks.client.schedules import Schedules
from qtasks.colours import Colour, called
from qtasks.config import QueueConfig
from qtasks.configs import AsyncGlobalConfig
from qtasks.context import Context
from qtasks.errors import SettingsError
from qtasks.events import Events
from qtasks.executors import AsyncTaskExecutor, SyncTaskExecutor
from qtasks.executors.coroutine import CoroutineExecutor
from qtasks.executors.process import ProcessExecutor
from qtasks.executors.thread import ThreadExecutor
from qtasks.home import Home
from qtasks.loop_thread import LoopThread
from qtasks.plugins import builtin
from qtasks.router import AsyncRouter
from qtasks.serializers.json import JsonSerializer
from qtasks.starters.starter import AsyncStarter
from qtasks.starters.supervisor import Supervisor, WorkerCommand, path_of_app
from qtasks.task import AsyncTask, RunningTask, SyncTask, TaskDefinition
from qtasks.triggers import BasePlugin, Plugins
from qtasks.version import __version__
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.worker import AsyncWorker


class QueueTasks(AsyncRouter, Calls, AppCalls):
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
        given = chosen_broker(broker, worker, (broker_url, storage_url))
        check_urls(broker_url, storage_url)
        self.name = name
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
        self._thread = LoopThread()
        self._announce()

    def _assemble(
        self, broker: Broker | None, worker: Worker | None, storage_url: str | None
    ) -> None:
        """Take the components that were given, and make the others."""
        self._place = BrokerPlace(
            broker,
            lambda: self.broker_url or self.config.broker_url,
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
        shared.announce(self)

    @property
    def asyncio(self) -> Self:
        """The app itself: the face of either kind of app for code in an event loop."""
        return self

    # -- components ---------------------------------------------------------------------

    @property
    def broker(self) -> Broker:
        """The broker; not open until the app is used.

        Raises:
            SettingsError: its url can't be read.
        """
        return self._place.get(settled=self.home.loop is not None)

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

    def _introduce(self, part: Component) -> None:
        part.join(self.name, self.config, self.events, self.colour)
        part.log = part.log or self.log

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
            await self.plugins.fire("qtasks_stop", qtasks=self, starter=self.starter)
        if self.starter.running:
            self.starter.stop()
            return
        config = self._place.opened_config
        if config is not None:
            await called(config.stop, offload=self.colour == "sync")
        await self.home.close()
        atexit.unregister(self._leave)
        self._thread.stop()

    def _blocking_call(self, func: Callable[..., Any], *args: Any) -> Any:
        return self.blocking.call(func, *args)

    def _leave(self) -> None:
        """End the thread that blocking calls started, with the program."""
        if self.home.loop is not None:
            self.blocking.call(self.home.close)
        self._thread.stop()

    def _make_connection(self) -> Connection:
        return Connection(lambda: self.broker, patience=self.config.connect_patience)

    def _home_loop(self) -> AbstractEventLoop:
        if self.home.loop is not None:
            return self.home.loop
        # The first call comes from code without an event loop.
        atexit.register(self._leave)
        return self._thread.loop()

    # -- running ----------------------------------------------------------------------

    def worker_plan(
        self,
        *,
        queues: Sequence[str] = (),
        worker_id: str | None = None,
        num_workers: int | None = None,
    ) -> WorkerPlan:
        """What a worker of this app serves.

        Args:
            queues: The queues to take from, instead of those of the worker.
            worker_id: What it is called, instead.
            num_workers: How many tasks to run at once, instead of the settings.
        """
        config = self.worker.config or self.config
        at_once = num_workers or config.max_tasks_process
        plan = WorkerPlan(
            app_name=self.name,
            registry=self.registry,
            config=config,
            serializer=self.serializer,
            executors={
                "coroutine": CoroutineExecutor(),
                "thread": ThreadExecutor(at_once),
                "process": ProcessExecutor(at_once),
            },
            app=self,
            blocking_app=self.blocking,
            running_task=self._running_task,
            task_executors={"async": AsyncTaskExecutor, "sync": SyncTaskExecutor},
            middlewares=self.middlewares,
            worker=self.worker,
            plugins={
                part.component: part.plugins
                for part in (self.worker, *assembled(self.broker))
            },
            events=self.worker.events or self.events,
            queues=tuple(queues) or self.worker.queues,
            num_workers=num_workers,
        )
        if name := worker_id or self.worker.worker_id:
            plan.worker_id = name
        return plan

    def _running_task(self, definition: TaskDefinition, context: Context) -> Any:
        if definition.awaiting:
            return RunningTask(AsyncTask.of(definition, self), self, context)
        blocking = self.blocking
        return RunningTask(SyncTask.of(definition, blocking), blocking, context)

    def run_forever(
        self,
        *,
        starter: Starter | None = None,
        num_workers: int | None = None,
        reset_config: bool = True,
        processes: int = 1,
        queues: Sequence[str] = (),
        worker_id: str | None = None,
        broker_url: str | None = None,
        app_path: str | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """Run the app's tasks until SIGTERM or SIGINT.

        The first signal lets running tasks finish, a second one stops at once.

        Args:
            starter: What brings the components up; one of its own is made for the app
                if none is given.
            num_workers: How many tasks to run at once in each process, instead of the
                settings' `max_tasks_process`.
            reset_config: Whether the app's settings replace those that components
                were made with.
            processes: How many worker processes there should be. Each makes a starter of
                its own, unless the app's module sets `app.starter`.
            queues: The queues to take from; else those of the settings.
            worker_id: Names the worker; each process of several gets a number.
            broker_url: Where the broker is, instead of the settings.
            app_path: Where other processes find the app, as `module:variable`; looked
                for when it is not given.
            prepare: Called first in each of several processes, for example to set up
                logging; must be importable there.

        Raises:
            QtasksError: the broker can't be opened, or refuses the worker.
            WrongComponent: `starter` is none.
        """
        self.broker_url = broker_url or self.broker_url
        self.starter = self._adopted(starter)
        if processes > 1:
            options = {
                "num_workers": num_workers,
                "reset_config": reset_config,
                "queues": tuple(queues),
                "worker_id": worker_id,
                "broker_url": broker_url,
            }
            path = app_path or path_of_app(self, self.blocking)
            command = WorkerCommand(app_path=path, options=options, prepare=prepare)
            drain = self.config.drain_timeout
            Supervisor(command, processes, drain_timeout=drain).run()
            return
        self.worker.queues = tuple(queues) or self.worker.queues
        self.worker.worker_id = worker_id or self.worker.worker_id
        self.config.check()
        self.starter.start(num_workers, reset_config=reset_config)

    def _adopted(self, starter: Starter | None) -> Starter:
        """The starter, with what it was not given itself."""
        expect_maybe(starter, Starter, "run_forever(starter=)")  # type: ignore[type-abstract]
        starter = starter or self.starter
        if starter.app is not self:
            broker = one_broker(self._place.given, starter)
            if broker is not None and broker is not self._place.given:
                self._place.adopt(broker)
            if starter.worker is not None and starter.worker is not self.worker:
                self.worker = starter.worker
                self.worker.app = self
                self._introduce(self.worker)
                builtin.furnish(self.worker, self)
        starter.app, starter.worker = self, self.worker
        starter.broker = self.worker.broker = self.broker
        self._introduce(starter)
        self.plugging.join(starter)
        builtin.tell_stops(self.worker, self.broker)
        return starter
