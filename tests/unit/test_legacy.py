"""Names of qtasks 1.7: each is there, or says what to use instead."""

import importlib
import subprocess
import sys

import pytest

from qtasks import legacy
from qtasks.legacy.finder import LegacyFinder
from qtasks.legacy.names import NAMES, Gone

KEPT = [
    pytest.param(module, name, home, id=f"{module}.{name}")
    for module, names in NAMES.items()
    for name, home in names.items()
    if isinstance(home, str)
]
LOST = [
    pytest.param(module, name, id=f"{module}.{name}")
    for module, names in NAMES.items()
    for name, home in names.items()
    if isinstance(home, Gone)
]


@pytest.mark.parametrize(("module", "name", "home"), KEPT)
def test_a_name_is_what_is_at_its_home(module, name, home):
    place, attribute = home.split(":")
    thing = getattr(importlib.import_module(place), attribute)
    space = {}
    exec(f"from {module} import {name}", space)  # noqa: S102
    assert space[name] is thing


@pytest.mark.parametrize(("module", "name"), LOST)
def test_what_is_gone_says_what_to_use(module, name):
    with pytest.raises(
        ImportError, match=r"is gone: .*(use|start|ask|leave|derive|in)"
    ):
        exec(f"from {module} import {name}")  # noqa: S102


SURFACE = """
qtasks: QueueTasks AsyncRouter SyncRouter shared_task Depends __version__
qtasks.asyncio: QueueTasks
qtasks.base: BaseQueueTasks
qtasks.brokers: SyncRedisBroker AsyncRedisBroker
qtasks.brokers.base: BaseBroker
qtasks.storages: AsyncRedisStorage SyncRedisStorage
qtasks.storages.base: BaseStorage
qtasks.workers: AsyncWorker SyncThreadWorker
qtasks.workers.base: BaseWorker
qtasks.starters: AsyncStarter SyncStarter
qtasks.starters.base: BaseStarter
qtasks.configs: QueueConfig AsyncRedisGlobalConfig SyncRedisGlobalConfig
qtasks.configs.base: BaseGlobalConfig
qtasks.configs.config: QueueConfig
qtasks.timers: AsyncTimer SyncTimer
qtasks.timers.base: BaseTimer
qtasks.plugins: BasePlugin Depends AsyncDependsPlugin SyncDependsPlugin
qtasks.plugins: AsyncPydanticWrapperPlugin SyncPydanticWrapperPlugin
qtasks.plugins: AsyncRetryPlugin SyncRetryPlugin AsyncState SyncState
qtasks.plugins: AsyncStatePlugin SyncStatePlugin AsyncTestPlugin SyncTestPlugin
qtasks.plugins.base: BasePlugin
qtasks.plugins.depends: Depends ScopeEnum AsyncDependsPlugin SyncDependsPlugin
qtasks.plugins.states: AsyncState SyncState AsyncStatePlugin SyncStatePlugin
qtasks.plugins.retries: AsyncRetryPlugin SyncRetryPlugin
qtasks.plugins.pydantic: AsyncPydanticWrapperPlugin SyncPydanticWrapperPlugin
qtasks.plugins.testing: AsyncTestPlugin SyncTestPlugin
qtasks.stats: AsyncStats SyncStats
qtasks.stats.inspect: InspectStats
qtasks.stats.base: BaseStats
qtasks.executors: AsyncTaskExecutor SyncTaskExecutor
qtasks.executors.base: BaseTaskExecutor
qtasks.middlewares: TaskMiddleware
qtasks.middlewares.base: BaseMiddleware
qtasks.routers: AsyncRouter SyncRouter
qtasks.registries: AsyncTask SyncTask TaskRegistry
qtasks.results: AsyncResult SyncResult
qtasks.contexts: AsyncContext SyncContext
qtasks.schemas: TaskExecSchema TestConfig
qtasks.schemas.task: Task
qtasks.schemas.task_cls: BaseTaskCls AsyncTaskCls SyncTaskCls
qtasks.schemas.task_exec: TaskExecSchema
qtasks.schemas.argmeta: ArgMeta
qtasks.schemas.inits: InitsExecSchema
qtasks.enums: TaskStatusEnum
qtasks.exc: TaskPluginTriggerError TaskCancelError
qtasks.events: AsyncEvents SyncEvents
qtasks.events.base: BaseEvents
qtasks.events.events: OnEvents BaseOnEvents
qtasks.utils: get_app shared_task
qtasks.tests: AsyncTestCase SyncTestCase
qtasks.tests.base: BaseTestCase
qtasks.contrib.django: autodiscover_tasks
qtasks.types: P R T
qtasks.version: __version__
qtasks.__main__: main
"""


@pytest.mark.parametrize("line", SURFACE.strip().splitlines())
def test_what_users_know_is_imported(line):
    module, _, names = line.partition(": ")
    for name in names.split():
        exec(f"from {module} import {name}")  # noqa: S102


def test_every_module_of_the_table_is_imported():
    for module in NAMES:
        assert importlib.import_module(module).__name__ == module


def test_real_modules_keep_their_own():
    events = importlib.import_module("qtasks.events")
    assert events.AsyncEvents is events.Events
    assert importlib.import_module("qtasks.brokers").LocalBroker
    for module in ("qtasks.events", "qtasks.brokers", "qtasks.results"):
        with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
            _ = importlib.import_module(module).Nothing
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("qtasks.nothing")


def test_a_star_import_takes_what_there_is():
    space = {}
    exec("from qtasks.routers import *", space)  # noqa: S102
    assert {"AsyncRouter", "SyncRouter"} <= set(space)


def test_it_is_installed_once():
    legacy.install()
    assert sum(isinstance(one, LegacyFinder) for one in sys.meta_path) == 1


def test_importing_qtasks_loads_no_app():
    program = (
        "import sys, qtasks; "
        "print(*(m for m in sys.modules if m.startswith(('grpc', 'qtasks.app'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
