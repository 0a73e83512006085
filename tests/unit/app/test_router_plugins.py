"""Plugins of routers take part for the tasks of their router only."""

import pytest

from qtasks import AsyncRouter, SyncRouter
from qtasks import QueueTasks as SyncQueueTasks
from qtasks.asyncio import QueueTasks
from qtasks.errors import UnknownComponent, UnknownTrigger, WrongColour
from qtasks.triggers import BasePlugin


class Seeing(BasePlugin):
    def __init__(self):
        super().__init__()
        self.handlers = {"worker_add": self.add}
        self.seen = []

    async def add(self, *, task_name, **_):
        self.seen.append(task_name)
        return {"priority": 7}


class Blocking(BasePlugin):
    def __init__(self):
        super().__init__()
        self.handlers = {"worker_add": lambda **_: None}


class Named:
    def __init__(self, name):
        self.name = self.task_name = name


async def fire(app, **given):
    return await app.worker.plugins.fire("worker_add", worker=app.worker, **given)


@pytest.mark.parametrize("early", [True, False], ids=["before", "after including"])
async def test_only_the_tasks_of_the_router_are_passed_on(early):
    app, outer, router = QueueTasks(), AsyncRouter("office"), AsyncRouter("mail")
    plugin = Seeing()
    if early:
        router.add_plugin(plugin, ["worker_add"])
    app.include_router(outer)
    outer.include_router(router)
    if not early:
        router.add_plugin(plugin)
    for place in (app, outer, router):
        place.task("send")(lambda: None)
    names = list(app.tasks)
    assert "office.mail.send" in names
    changes = {name: await fire(app, task_name=name) for name in names}
    assert plugin.seen == ["office.mail.send"]
    assert changes["office.mail.send"] == {"priority": 7}
    assert not changes["send"]


async def test_a_task_is_known_by_whatever_tells_of_it():
    app, router, plugin = QueueTasks(), AsyncRouter(), Seeing()
    plugin.add = plugin.handlers["worker_add"] = _count(plugin)
    router.add_plugin(plugin)
    app.include_router(router)
    router.task("mine")(lambda: None)
    for given in (
        {"task_func": Named("mine")},
        {"task_executor": type("E", (), {"task_func": Named("mine")})()},
        {"model": Named("mine")},
        {"task_broker": Named("mine")},
        {"task_name": "theirs"},
        {},
    ):
        await fire(app, **given)
    assert len(plugin.seen) == 4


def _count(plugin):
    async def add(**_):
        plugin.seen.append(1)

    return add


def test_a_plugin_added_twice_is_started_once():
    app, router, plugin = QueueTasks(), AsyncRouter(), Seeing()
    before = len(app.worker.plugins)
    router.add_plugin(plugin, ["worker_add"])
    app.include_router(router)
    router.add_plugin(plugin, ["worker_execute_after"])
    assert len(app.worker.plugins) == before + 1


def test_mistakes_are_told():
    router = AsyncRouter()
    with pytest.raises(UnknownTrigger, match="did you mean 'worker_add'"):
        router.add_plugin(Seeing(), ["worker_ad"])
    with pytest.raises(UnknownComponent, match="add it to the app"):
        router.add_plugin(Seeing(), component="storage")
    router.add_plugin(Blocking())
    with pytest.raises(WrongColour, match="made for sync apps"):
        QueueTasks().include_router(router)


def test_plugins_for_submits_are_the_apps():
    app, router = QueueTasks(), AsyncRouter()
    router.add_plugin(Seeing(), ["qtasks_add_task_before_broker"], "app")
    assert not app.plugins.wants("qtasks_add_task_before_broker")
    app.include_router(router)
    assert app.plugins.wants("qtasks_add_task_before_broker")
    assert not app.worker.plugins.wants("worker_add")


def test_a_sync_app_takes_blocking_ones_only():
    router = SyncRouter()
    router.add_plugin(Blocking())
    app = SyncQueueTasks()
    app.include_router(router)
    assert app.worker.plugins.wants("worker_add")
    with pytest.raises(WrongColour, match="made for async apps"):
        router.add_plugin(Seeing())
