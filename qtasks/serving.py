"""Serving: an app as what workers run, in this process and in others."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from qtasks.abc.broker import Broker
from qtasks.abc.component import Component, assembled, expect_maybe
from qtasks.abc.middleware import MiddlewareStack
from qtasks.abc.serializer import Serializer
from qtasks.abc.starter import Starter
from qtasks.abc.worker import Worker
from qtasks.assembly import BrokerPlace, one_broker
from qtasks.client.connection import Connection
from qtasks.client.plugging import Plugging
from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.context import Context
from qtasks.errors import InvalidField
from qtasks.events import Events
from qtasks.executors import AsyncTaskExecutor, SyncTaskExecutor
from qtasks.executors.coroutine import CoroutineExecutor
from qtasks.executors.process import ProcessExecutor
from qtasks.executors.thread import ThreadExecutor
from qtasks.home import Home
from qtasks.plugins import builtin
from qtasks.starters.supervisor import Supervisor, WorkerCommand, path_of_app
from qtasks.task import AsyncTask, RunningTask, SyncTask, TaskDefinition, TaskRegistry
from qtasks.workers.plan import WorkerPlan


class Serving:
    """An app as what workers run."""

    name: str
    colour: ClassVar[Colour]
    config: QueueConfig
    log: Any
    serializer: Serializer
    registry: TaskRegistry
    middlewares: MiddlewareStack
    events: Events
    worker: Worker
    starter: Starter
    broker_url: str | None
    blocking: Any
    plugging: Plugging
    _place: BrokerPlace
    home: Home[Connection]

    @property
    def broker(self) -> Broker:
        """The broker; not open until the app is used.

        Raises:
            SettingsError: its url can't be read.
        """
        return self._place.get(settled=self.home.loop is not None)

    def _introduce(self, part: Component) -> None:
        """Have a component belong to the app."""
        part.join(self.name, self.config, self.events, self.colour)
        part.log = part.log or self.log

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
        app: Any = self
        if definition.awaiting:
            return RunningTask(AsyncTask.of(definition, app), app, context)
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
            InvalidField: a number is none, or less than one.
        """
        _check_count("num_workers", num_workers)
        _check_count("processes", processes)
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


def _check_count(field: str, count: Any) -> None:
    if count is None:
        return
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise InvalidField(
            f"{field} must be a whole number from 1, not {count!r}", field=field
        )
