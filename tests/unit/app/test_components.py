"""What an app is made of: given, made, and refused."""

import logging

import pytest

from qtasks import QueueTasks as SyncApp
from qtasks.asyncio import QueueTasks
from qtasks.brokers import AsyncRedisBroker, GrpcBroker, LocalBroker, SyncRedisBroker
from qtasks.configs import (
    AsyncGlobalConfig,
    AsyncRedisGlobalConfig,
    QueueConfig,
    SyncGlobalConfig,
    SyncRedisGlobalConfig,
)
from qtasks.errors import QtasksError, SettingsError, WrongComponent
from qtasks.events import Events
from qtasks.starters import AsyncStarter, SyncStarter
from qtasks.storages import (
    AsyncRedisStorage,
    MemoryStorage,
    SqliteStorage,
    SyncRedisStorage,
)
from qtasks.triggers import BasePlugin
from qtasks.workers import AsyncWorker, SyncThreadWorker

URL = "redis://localhost:6379/2"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("QTASKS_BROKER_URL", raising=False)


def test_what_is_not_given_is_made():
    app = QueueTasks()
    assert (app.name, app._method) == ("QueueTasks", "async")
    assert isinstance(app.broker, GrpcBroker)
    assert app.broker is app.broker
    assert type(app.worker) is AsyncWorker
    assert type(app.starter) is AsyncStarter
    assert isinstance(app.broker.storage.global_config, AsyncGlobalConfig)
    assert isinstance(app.log, logging.Logger)
    assert app.worker.config is app.broker.config is app.config
    assert app.worker.events is app.events


def test_a_sync_app_is_made_of_its_own_kind():
    app = SyncApp("jobs", storage_url="memory://")
    assert app._method == "sync"
    assert type(app.worker) is SyncThreadWorker
    assert type(app.starter) is SyncStarter
    assert isinstance(app.broker.storage.global_config, SyncGlobalConfig)
    assert app.broker.name == app.worker.name == app.broker.storage.name == "jobs"


@pytest.mark.parametrize("make_app", [QueueTasks, SyncApp], ids=["async", "sync"])
@pytest.mark.parametrize(
    ("urls", "storage"),
    [
        ({"broker_url": "memory://"}, MemoryStorage),
        ({"storage_url": "memory://"}, MemoryStorage),
        ({"storage_url": "sqlite:///x.db"}, SqliteStorage),
        ({"broker_url": URL}, AsyncRedisStorage),
        ({"storage_url": URL, "broker_url": URL}, AsyncRedisStorage),
    ],
)
def test_urls_name_a_broker_in_this_process(make_app, urls, storage):
    app = make_app(**urls)
    assert isinstance(app.broker, LocalBroker)
    assert isinstance(app.broker.storage, storage)


def test_the_url_of_the_environment_counts_until_the_app_is_given_one(monkeypatch):
    monkeypatch.setenv("QTASKS_BROKER_URL", "memory://")
    assert isinstance(QueueTasks().broker, LocalBroker)
    assert isinstance(QueueTasks(broker_url="grpc://x:1").broker, GrpcBroker)
    monkeypatch.setenv("QTASKS_BROKER_URL", "nonsense")
    app = QueueTasks()
    with pytest.raises(SettingsError, match="does not name a broker"):
        _ = app.broker


def test_another_url_makes_another_broker_with_the_same_plugins():
    app = QueueTasks()
    first, plugin = app.broker, BasePlugin("mine")
    first.add_plugin(plugin)
    first.storage.add_plugin(plugin)
    app.config.broker_url = "memory://"
    assert isinstance(app.broker, LocalBroker)
    assert plugin in app.broker.plugins
    assert plugin in app.broker.storage.plugins


async def test_an_app_that_was_stopped_opens_the_broker_its_settings_name_now(tmp_path):
    app = QueueTasks()
    app.config.broker_url = "memory://"
    async with app:
        await app.add_task("here")
        first = app.broker
    app.config.broker_url = f"sqlite:///{tmp_path}/tasks.db"
    async with app:
        await app.add_task("there")
        assert app.broker is not first
    assert (tmp_path / "tasks.db").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"broker_url": "memory://", "broker": LocalBroker(MemoryStorage())}, "both"),
        ({"storage_url": "memory://", "broker": LocalBroker(MemoryStorage())}, "both"),
        (
            {"broker_url": "grpc://x:1", "storage_url": "memory://"},
            "qtasks serve --storage",
        ),
        ({"broker_url": URL, "storage_url": "memory://"}, "two storages"),
        ({"broker_url": "nonsense"}, "does not name a broker"),
        ({"storage_url": "grpc://x:1"}, "does not name a storage"),
        (
            {
                "broker": LocalBroker(MemoryStorage()),
                "worker": AsyncWorker(broker=LocalBroker(MemoryStorage())),
            },
            "AsyncWorker is another",
        ),
        (
            {
                "broker": AsyncRedisBroker(
                    storage=AsyncRedisStorage(global_config=AsyncRedisGlobalConfig())
                ),
                "global_config": AsyncRedisGlobalConfig(),
            },
            "another one",
        ),
    ],
)
def test_contradictions_are_told(given, said):
    with pytest.raises(SettingsError, match=said):
        QueueTasks(**given)


@pytest.mark.parametrize("make_app", [QueueTasks, SyncApp], ids=["async", "sync"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"broker": MemoryStorage()}, r"takes a Broker, not the storage MemoryStorage"),
        ({"broker": LocalBroker}, r"the class LocalBroker; make one: LocalBroker\(\)"),
        ({"broker": URL}, "a url goes into"),
        ({"worker": AsyncStarter()}, "pass it as starter="),
        ({"config": {"max_tasks_process": 3}}, "takes a QueueConfig, not the dict"),
        ({"events": 1}, "takes an Events, not the int 1"),
        ({"global_config": QueueConfig()}, "takes a GlobalConfig"),
        ({"serializer": "json"}, "takes a Serializer"),
        ({"log": "app"}, "takes a logger"),
    ],
)
def test_a_component_of_the_wrong_kind_is_told_at_once(make_app, given, said):
    with pytest.raises(WrongComponent, match=said) as wrong:
        make_app(**given)
    assert isinstance(wrong.value, TypeError)
    assert isinstance(wrong.value, QtasksError)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LocalBroker(LocalBroker), r"LocalBroker\(storage=\) takes a Storage"),
        (lambda: AsyncRedisBroker(storage=URL), "takes a Storage, not the str"),
        (lambda: SyncRedisBroker(config=1), r"SyncRedisBroker\(config=\)"),
        (lambda: AsyncRedisStorage(global_config=URL), "takes a GlobalConfig"),
        (lambda: AsyncWorker(broker=MemoryStorage()), "takes a Broker"),
        (lambda: SyncThreadWorker(events=1), "takes an Events"),
        (lambda: AsyncStarter(worker=AsyncWorker), "takes a Worker, not the class"),
        (lambda: SyncStarter(broker=AsyncWorker()), "takes a Broker, not the worker"),
        (lambda: QueueTasks().run_forever(starter=1), "takes a Starter"),
    ],
)
def test_components_look_at_what_they_are_given(make, said):
    with pytest.raises(WrongComponent, match=said):
        make()


def test_redis_components_as_users_know_them():
    config = AsyncRedisGlobalConfig(name="QueueTasks", url=URL)
    storage = AsyncRedisStorage(name="QueueTasks", global_config=config, url=URL)
    broker = AsyncRedisBroker(
        name="QueueTasks", storage=storage, url="redis://elsewhere:1/9"
    )
    worker = AsyncWorker(name="QueueTasks", broker=broker)
    app = QueueTasks(name="jobs", worker=worker)
    assert app.broker is broker
    assert broker.url == URL  # the storage knows where it is
    assert app.broker.storage is storage
    assert app.broker.storage.global_config is config
    assert config.name == worker.name == "jobs"
    assert isinstance(SyncRedisStorage(), AsyncRedisStorage)


def test_a_global_config_has_the_face_of_the_app():
    app = SyncApp(global_config=AsyncRedisGlobalConfig(url=URL))
    assert isinstance(app.broker.storage.global_config, SyncGlobalConfig)
    config = SyncRedisGlobalConfig(url=URL)
    assert SyncApp(global_config=config).broker.storage.global_config is config
    app = QueueTasks(global_config=config)
    assert app.broker.storage.global_config is config.asyncio


def test_components_keep_settings_of_their_own_until_the_starter_resets_them():
    own, events = QueueConfig(max_tasks_process=2), Events()
    worker = AsyncWorker(config=own, events=events)
    app = QueueTasks(broker_url="memory://", worker=worker)
    assert worker.config is own
    assert worker.events is events
    assert app.worker_plan().slots == 2
    starter = app._adopted(AsyncStarter(name="QueueTasks"))
    assert (starter.worker, starter.broker) == (worker, app.broker)
    starter.update_configs(app.config)
    assert worker.config is starter.config is app.broker.config is app.config
    assert app.worker_plan().slots == 10
    assert app.worker_plan(num_workers=3).slots == 3


def test_a_starter_brings_its_own_components():
    broker = LocalBroker(MemoryStorage())
    worker = AsyncWorker()
    app = QueueTasks()
    starter = AsyncStarter(worker=worker, broker=broker)
    app._adopted(starter)
    assert (app.worker, app.broker) == (worker, broker)
    assert worker.app is starter.app is app
    other = AsyncStarter(broker=LocalBroker(MemoryStorage()))
    with pytest.raises(SettingsError, match="AsyncStarter is another"):
        app.run_forever(starter=other)


def test_components_without_an_app_say_so():
    with pytest.raises(SettingsError, match="run_forever"):
        AsyncStarter().start()
    with pytest.raises(SettingsError, match=r"QueueTasks\(worker=worker\)"):
        AsyncWorker()._owner()
