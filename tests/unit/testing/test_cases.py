"""Test cases for unittest: an app set up and taken down."""

import unittest

import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks.asyncio import QueueTasks
from qtasks.errors import SettingsError
from qtasks.testing import AsyncTestCase, SyncTestCase, TestConfig, memory_broker
from qtasks.triggers import BasePlugin


def a_sync_app():
    app = SyncQueueTasks("shop")

    @app.task
    def add(a, b):
        return a + b

    return app


def an_async_app(**options):
    app = QueueTasks("shop", **options)

    @app.task
    async def add(a, b):
        return a + b

    return app


class Listener(BasePlugin):
    async def start(self): ...

    async def stop(self): ...

    async def trigger(self, name, **given): ...


def outcome_of(case):
    result = unittest.TestResult()
    case("test").run(result)
    return result


def test_a_unittest_of_a_sync_app():
    app = a_sync_app()

    class Adding(unittest.TestCase):
        def setUp(self):
            self.case = SyncTestCase(app=app)
            self.case.start()
            self.addCleanup(self.case.stop)

        def test(self):
            self.assertEqual(self.case.add_task("add", 2, 3).result(10), 5)  # noqa: PT009

    result = outcome_of(Adding)
    assert result.testsRun == 1
    assert result.wasSuccessful(), result.errors + result.failures


def test_a_unittest_of_an_async_app():
    app = an_async_app()

    class Adding(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            self.case = AsyncTestCase(app=app)
            await self.case.start()
            self.addAsyncCleanup(self.case.stop)

        async def test(self):
            handle = await self.case.add_task("add", 2, 3, delay=50)
            await self.case.advance(50)
            self.assertEqual((await handle.refresh()).returning, 5)  # noqa: PT009

    result = outcome_of(Adding)
    assert result.testsRun == 1
    assert result.wasSuccessful(), result.errors + result.failures


async def test_only_a_broker_takes_tasks_and_runs_none():
    async with AsyncTestCase(an_async_app(), name="trial") as case:
        await case.stop()
        await case.start(TestConfig.only_broker())
        handle = await case.add_task("add", 2, 3)
        await case.drain()
        (task,) = await case.submitted()
        assert task.uuid == handle.uuid
        assert (await case.get(handle.uuid)).status == "new"
        assert case.app.name == "trial"
    assert case.app.name == "shop"


async def test_only_a_worker_runs_tasks_of_the_apps_own_broker():
    broker = memory_broker()
    app = an_async_app(broker=broker)
    case = AsyncTestCase(app)
    case.settings(TestConfig.only_worker())
    async with case:
        assert app.broker is broker
        assert await (await case.add_task("add", 2, 3)).result(10) == 5
        with pytest.raises(SettingsError, match="no clock"):
            await case.advance(1)


async def test_plugins_take_part_when_they_are_wanted():
    app = an_async_app()
    app.plugins.add(Listener())
    async with AsyncTestCase(app) as case:
        assert len(case.app.plugins) == 1
    case.settings(TestConfig.only_broker())
    async with case:
        assert len(case.app.plugins) == 0
    assert len(app.plugins) == 1


@pytest.mark.parametrize(
    ("config", "in_memory", "worker"),
    [
        (TestConfig.full(), True, True),
        (TestConfig.full_broker(), True, False),
        (TestConfig.only_broker(), True, False),
        (TestConfig.only_worker(), False, True),
    ],
)
def test_configurations(config, in_memory, worker):
    assert (config.in_memory, config.worker) == (in_memory, worker)


def test_a_case_that_was_not_started_says_so():
    with pytest.raises(SettingsError, match="call `start` first"):
        SyncTestCase(a_sync_app()).drain()


def test_a_case_is_started_once():
    with (
        SyncTestCase(a_sync_app()) as case,
        pytest.raises(SettingsError, match="call `stop` first"),
    ):
        case.start()
