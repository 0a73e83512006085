"""Components of a user's own: written in one file, plugged into an app that runs."""

import asyncio
import gc
import logging
import sys
from concurrent.futures import Future

import anyio
import pytest

from qtasks import v1
from qtasks.abc import GlobalConfig, Starter, Worker
from qtasks.asyncio import QueueTasks
from qtasks.brokers import LocalBroker
from qtasks.config import QueueConfig
from qtasks.errors import (
    PluginFailed,
    QtasksError,
    StorageUnavailable,
    WorkerIdInUse,
)
from qtasks.starters import AsyncStarter
from qtasks.storages import AsyncRedisStorage, MemoryStorage
from qtasks.testing.scripted_worker import ScriptedWorker
from qtasks.triggers import BasePlugin
from tests.servers import RedisServer


@pytest.fixture(autouse=True)
def _as_before():
    """A worker process sets up the interpreter; this one goes on."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)
    gc.unfreeze()


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")).running() as server:
        yield server.url


def finishing(app):
    """Have an app run one task, and then stop."""

    @app.task
    async def finish(number):
        await app.stop()
        return number * 2

    @app.events.on.starting()
    async def submit(**_):
        app.handle = await app.add_task("finish", 21)

    return app


class Diary(BasePlugin):
    """Writes down what it is told."""

    colour = "async"

    def __init__(self, seen):
        super().__init__("diary")
        self.seen = seen

    async def trigger(self, name, **given):
        if name.endswith(("_start", "_stop")):
            self.seen.append((name, sorted(given)))

    async def start(self):
        self.seen.append("plugin starts")

    async def stop(self):
        self.seen.append("plugin stops")


def test_everything_starts_once_in_order_and_stops_in_reverse():
    seen = []
    app = finishing(QueueTasks(broker_url="memory://"))
    diary = Diary(seen)
    storage = app.broker.storage
    parts = (app.starter, app.worker, app.broker, storage, storage.global_config)
    app.plugins.add(diary)
    for part in parts:
        part.add_plugin(diary)

    @app.events.on.starting()
    async def starting(starter, worker, broker):
        assert (starter, worker, broker) == parts[:3]
        seen.append("starting")

    @app.events.on.stopping()
    async def stopping(**_):
        # The task has ended, and the broker is there.
        assert (await app.get(app.handle.uuid)).returning == 42
        seen.append("stopping")

    app.run_forever()
    seen = [one for one in seen if one[0] not in ("qtasks_stop", "broker_listen_start")]
    assert seen == [
        "plugin starts",
        "starting",
        ("starter_start", ["starter"]),
        ("global_config_start", ["global_config"]),
        ("storage_start", ["storage"]),
        ("broker_start", ["broker", "worker"]),
        ("worker_start", ["worker"]),
        ("worker_stop", ["worker"]),
        ("broker_stop", ["broker"]),
        ("storage_stop", ["storage"]),
        ("global_config_stop", ["global_config"]),
        ("starter_stop", ["starter"]),
        "stopping",
        "plugin stops",
    ]


def test_an_app_runs_again_after_it_stopped(caplog):
    caplog.set_level(logging.INFO, "qtasks")
    app = finishing(QueueTasks(broker_url="memory://"))
    app.run_forever()
    first = app.handle.uuid
    app.run_forever(num_workers=1)
    assert app.handle.uuid != first
    said = [record.message for record in caplog.records]
    assert said.count("worker starts") == said.count("worker stopped") == 2
    assert said.count("task succeeded") == 2
    (start, _) = [one for one in caplog.records if one.message == "worker starts"]
    assert (start.tasks, start.queues, start.at_once) == ("finish", "default", 10)


def test_a_plugin_that_does_not_start_stops_the_start():
    class Broken(BasePlugin):
        async def start(self):
            raise RuntimeError("no licence")

    app = finishing(QueueTasks(broker_url="memory://"))
    seen = []
    app.plugins.add(Diary(seen), ["-"])
    app.plugins.add(Broken(), ["-"])
    with pytest.raises(PluginFailed, match=r"'Broken' does not start.*no licence"):
        app.run_forever()
    assert seen == ["plugin starts", "plugin stops"]


class OneAtATime(Worker):
    """A worker of somebody else's: takes a task, runs it, takes the next."""

    async def start(self, num_workers=None):  # noqa: ARG002  # one is enough
        hello = v1.Hello(
            worker_id="one",
            session="0199a0b0-0000-7000-8000-000000000001",
            app=self.name,
            protocol=v1.ProtocolVersion(major=1),
            tasks=[v1.TaskInfo(name=name) for name in self.app.tasks],
            queues=["default"],
            slots=1,
            credit=1,
        )
        with anyio.CancelScope() as self.scope:
            async with self.broker.connect() as self.stream:
                await self.stream.send(v1.ConnectRequest(hello=hello))
                while True:
                    for assign in (await self.stream.receive()).assigns:
                        await self.run(assign)

    async def run(self, assign):
        decode, encode = self.app.serializer.decode, self.app.serializer.encode
        func = self.app.registry.find(assign.task.name).func
        result = await func(*decode(assign.task.args))
        settle = v1.Settle(lease=assign.lease, result=encode(result))
        await self.stream.send(
            v1.ConnectRequest(
                frame=1, settles=[settle], started=[assign.lease], credit=1
            )
        )

    async def stop(self):
        self.scope.cancel()


def test_a_worker_of_ones_own():
    app = QueueTasks(broker_url="memory://", worker=OneAtATime())
    ended = []

    @app.task
    async def double(number):
        return number * 2

    @app.events.on.starting()
    async def submit(**_):
        app.handle = await app.add_task("double", 21)
        app.home.loop.create_task(watch())

    async def watch():
        task = await app.wait(app.handle.uuid, 10)
        ended.append(task.returning)
        await app.stop()

    app.run_forever()
    assert ended == [42]


class Announced(Starter):
    """A starter of somebody else's: needs no more than to run the worker."""

    said = ()

    def start(self, num_workers=None, *, reset_config=True):
        inner = AsyncStarter(self.name, self.worker, self.broker)
        self.app.starter = inner
        inner.app = self.app
        self.said += ("up",)
        inner.start(num_workers, reset_config=reset_config)
        self.said += ("down",)

    def stop(self):
        self.app.starter.stop()


def test_a_starter_of_ones_own():
    app = finishing(QueueTasks(broker_url="memory://"))
    starter = Announced()
    app.run_forever(starter=starter)
    assert starter.said == ("up", "down")
    assert (starter.name, starter.app, starter.worker) == (app.name, app, app.worker)


class Refusing(LocalBroker):
    """A broker of somebody else's: lets no task in at night."""

    night = False

    async def submit(self, request):
        if self.night:
            raise QtasksError("come back tomorrow")
        return await super().submit(request)


@pytest.mark.anyio
async def test_a_broker_of_ones_own():
    broker = Refusing(MemoryStorage())
    async with QueueTasks(broker=broker) as app:
        await app.add_task("anything")
        broker.night = True
        with pytest.raises(QtasksError, match="tomorrow"):
            await app.add_task("anything")


class Notebook(GlobalConfig):
    """A global config of somebody else's."""

    def __init__(self):
        self.notes = {}
        self.open = False

    async def set(self, name, key, value):
        self.notes.setdefault(name, {})[key] = value

    async def get(self, key, name):
        return self.notes.get(key, {}).get(name)

    async def get_all(self, key="main"):
        return dict(self.notes.get(key, {}))

    async def get_match(self, match, key="main"):
        return {match: self.notes[key][match]}

    async def start(self):
        self.open = True

    async def stop(self):
        self.open = False


def test_a_global_config_of_ones_own():
    notebook = Notebook()
    app = finishing(QueueTasks(broker_url="memory://", global_config=notebook))
    assert app.broker.storage.global_config is notebook
    seen = []

    @app.events.on.stopping()
    async def note(**_):
        seen.append(notebook.open)

    app.run_forever()
    assert notebook.name == app.name
    assert seen == [False]
    assert not notebook.open


@pytest.mark.anyio
@pytest.mark.parametrize("make", [MemoryStorage, AsyncRedisStorage])
async def test_an_app_is_used_again_over_the_same_broker(make, redis_url):
    storage = make() if make is MemoryStorage else make(url=redis_url)
    app = QueueTasks("again", broker=LocalBroker(storage))
    for _ in range(2):
        async with app, app.worker():
            assert await app.ping()
            handle = await app.add_task("nobody's")
        assert await app.get(handle.uuid) is not None
        await app.stop()


@pytest.mark.anyio
async def test_two_apps_in_one_process_see_their_own(redis_url):
    async with (
        QueueTasks("one", broker_url=redis_url) as one,
        QueueTasks("two", broker_url=redis_url) as two,
        one.worker(),
    ):
        assert (await one.ping(), await two.ping(), await two.ping(False)) == (
            True,
            False,
            True,
        )
        await two.add_task("nobody's")
        assert (await one.flush_all(), await two.flush_all()) == (0, 1)


def test_a_starting_worker_forgets_old_tasks_if_it_is_told_to(caplog):
    caplog.set_level(logging.INFO, "qtasks")
    config = QueueConfig(delete_finished_tasks=True)
    app = finishing(QueueTasks(broker_url="memory://", config=config))
    app.run_forever()
    (record,) = [
        one for one in caplog.records if one.message == "ended tasks forgotten"
    ]
    assert record.count == 0


def test_a_broker_that_can_not_be_opened_ends_the_start_with_its_own_error():
    app = finishing(QueueTasks(broker_url="sqlite:////proc/none/tasks.db"))
    seen = []
    app.plugins.add(Diary(seen), ["-"])
    with pytest.raises(StorageUnavailable):
        app.run_forever()
    assert seen == []


def test_a_refused_worker_ends_the_start_with_why_it_was():
    app = QueueTasks(broker_url="memory://")

    @app.events.on.starting()
    async def come_first(**_):
        there = Future()

        async def stay():
            async with ScriptedWorker.connected(app.broker, worker_id="one"):
                there.set_result(None)
                await anyio.sleep_forever()

        asyncio.run_coroutine_threadsafe(stay(), app.home.loop)
        await asyncio.wrap_future(there)

    with pytest.raises(WorkerIdInUse):
        app.run_forever(worker_id="one")


def test_a_change_of_the_level_reaches_a_running_worker():
    app = finishing(QueueTasks(broker_url="memory://"))
    logger = logging.getLogger("qtasks")
    before = logger.level

    @app.task
    async def louder():
        app.config.logs_default_level_server = logging.DEBUG

    @app.events.on.starting()
    async def submit(**_):
        await app.add_task("louder", priority=-1)

    try:
        app.run_forever(num_workers=1)
        assert logger.level == logging.DEBUG
        app.config.logs_default_level_server = logging.ERROR
        assert logger.level == logging.DEBUG
    finally:
        logger.setLevel(before)
