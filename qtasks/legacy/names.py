"""Names: the modules of qtasks 1.7, and where what they gave is at home now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Gone:
    """A name that has no meaning any more."""

    instead: str
    """What to use instead, a sentence."""


FOREIGN: Final = Gone(
    "tasks are kept by the broker service and its storage; use "
    "qtasks.brokers.AsyncRedisBroker, or no broker at all for `qtasks serve`"
)
GRPC: Final = Gone(
    "the broker is a gRPC service itself: start it with `qtasks serve`; its messages and "
    "stubs are in qtasks.v1"
)
COMMANDS: Final = Gone(
    "writes to Redis are gathered by the storage itself; use "
    "qtasks.storages.AsyncRedisStorage"
)
LOGGER: Final = Gone(
    "the framework logs through Python's logging: use logging.getLogger, or "
    "ctx.get_logger in a task"
)
MIXINS: Final = Gone(
    "components derive from qtasks.abc.component.Component, whose add_plugin and plugins "
    "serve both kinds of app"
)
COLOUR: Final = Gone(
    "contracts are written once for both kinds of app; leave the type parameter away"
)
CHAINS: Final = Gone("use qtasks.chain: `chain(first(1), second()).add_task()`")
BUILD: Final = Gone("tasks are qtasks.Task objects: ask the app, `app.get(uuid)`")
DOUBLES: Final = Gone(
    "tests use the real thing in memory: qtasks.testing.eager, or an app with "
    'broker_url="memory://"'
)
STATE: Final = Gone("use qtasks.get_app()")
WIRE: Final = Gone(
    "records travel as messages of qtasks.v1; plugins get what qtasks.triggers says"
)

NAMES: Final[Mapping[str, Mapping[str, str | Gone]]] = {
    "qtasks._state": {"app_main": STATE, "log_main": STATE},
    "qtasks.base": {"BaseQueueTasks": "qtasks.shared:App"},
    "qtasks.brokers": {
        "AsyncKafkaBroker": FOREIGN,
        "AsyncRabbitMQBroker": FOREIGN,
        "AsyncSocketBroker": FOREIGN,
        "SyncKafkaBroker": FOREIGN,
        "SyncRabbitMQBroker": FOREIGN,
        "SyncSocketBroker": FOREIGN,
    },
    "qtasks.brokers.base": {"BaseBroker": "qtasks.abc.broker:Broker"},
    "qtasks.configs.base": {
        "BaseGlobalConfig": "qtasks.abc.global_config:GlobalConfig"
    },
    "qtasks.configs.config": {"QueueConfig": "qtasks.config:QueueConfig"},
    "qtasks.contexts": {
        "AsyncContext": "qtasks.workers.contexts:AsyncContext",
        "SyncContext": "qtasks.workers.contexts:SyncContext",
    },
    "qtasks.contrib.redis": {
        "AsyncRedisCommandQueue": COMMANDS,
        "SyncRedisCommandQueue": COMMANDS,
    },
    "qtasks.enums": {"TaskStatusEnum": "qtasks.core.states:State"},
    "qtasks.events": {
        "AsyncEvents": "qtasks.events:Events",
        "SyncEvents": "qtasks.events:Events",
    },
    "qtasks.events.base": {"BaseEvents": "qtasks.events:Events"},
    "qtasks.events.events": {
        "BaseOnEvents": "qtasks.events:OnEvents",
        "OnEvents": "qtasks.events:OnEvents",
    },
    "qtasks.exc": {
        "TaskCancelError": "qtasks.context:TaskCancelError",
        "TaskPluginTriggerError": "qtasks.context:TaskPluginTriggerError",
    },
    "qtasks.logs": {"Logger": LOGGER},
    "qtasks.mixins": {"AsyncPluginMixin": MIXINS, "SyncPluginMixin": MIXINS},
    "qtasks.plugins": {"AsyncgRPCPlugin": GRPC, "SyncgRPCPlugin": GRPC},
    "qtasks.plugins.base": {"BasePlugin": "qtasks.triggers:BasePlugin"},
    "qtasks.plugins.grpc": {
        "AsyncgRPCPlugin": GRPC,
        "SyncgRPCPlugin": GRPC,
        "qtasks_pb2": GRPC,
        "qtasks_pb2_grpc": GRPC,
    },
    "qtasks.registries": {
        "AsyncTask": "qtasks.task:AsyncTask",
        "SyncTask": "qtasks.task:SyncTask",
        "TaskRegistry": "qtasks.task:TaskRegistry",
    },
    "qtasks.results": {
        "AsyncResult": "qtasks.legacy.results:AsyncResult",
        "SyncResult": "qtasks.legacy.results:SyncResult",
    },
    "qtasks.routers": {
        "AsyncRouter": "qtasks.router:AsyncRouter",
        "SyncRouter": "qtasks.router:SyncRouter",
    },
    "qtasks.schemas": {
        "GlobalConfigSchema": WIRE,
        "TaskExecSchema": "qtasks.task:TaskDefinition",
        "TaskStatusErrorSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusNewSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusProcessSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusSuccessSchema": "qtasks.workers.views:TaskModel",
        "TestConfig": "qtasks.testing:TestConfig",
    },
    "qtasks.schemas.argmeta": {"ArgMeta": "qtasks.task.arguments:ArgMeta"},
    "qtasks.schemas.inits": {"InitsExecSchema": "qtasks.events:InitsExecSchema"},
    "qtasks.schemas.task": {"Task": "qtasks.schemas:Task"},
    "qtasks.schemas.task_cls": {
        "AsyncTaskCls": "qtasks.task.registered:AsyncTaskCall",
        "BaseTaskCls": "qtasks.task:TaskCall",
        "SyncTaskCls": "qtasks.task.registered:SyncTaskCall",
    },
    "qtasks.schemas.task_exec": {
        "TaskExecSchema": "qtasks.task:TaskDefinition",
        "TaskPrioritySchema": WIRE,
    },
    "qtasks.schemas.task_status": {
        "TaskStatusCancelSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusErrorSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusNewSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusProcessSchema": "qtasks.workers.views:TaskModel",
        "TaskStatusSuccessSchema": "qtasks.workers.views:TaskModel",
    },
    "qtasks.starters.base": {"BaseStarter": "qtasks.abc.starter:Starter"},
    "qtasks.stats.base": {"BaseStats": "qtasks.stats.stats:AsyncStats"},
    "qtasks.stats.inspect": {"InspectStats": "qtasks.stats:InspectStats"},
    "qtasks.storages.base": {"BaseStorage": "qtasks.abc.storage:Storage"},
    "qtasks.tests": {
        "AsyncTestCase": "qtasks.testing:AsyncTestCase",
        "SyncTestCase": "qtasks.testing:SyncTestCase",
    },
    "qtasks.tests.async_classes": {
        "AsyncTestBroker": DOUBLES,
        "AsyncTestGlobalConfig": DOUBLES,
        "AsyncTestStorage": DOUBLES,
        "AsyncTestWorker": DOUBLES,
    },
    "qtasks.tests.base": {"BaseTestCase": "qtasks.testing:AsyncTestCase"},
    "qtasks.tests.sync_classes": {
        "SyncTestBroker": DOUBLES,
        "SyncTestGlobalConfig": DOUBLES,
        "SyncTestStorage": DOUBLES,
        "SyncTestWorker": DOUBLES,
    },
    "qtasks.types": {
        "P": "qtasks.task.registered:P",
        "R": "qtasks.task.registered:R",
        "T": "qtasks.schemas:T",
        "TAsyncFlag": COLOUR,
    },
    "qtasks.utils": {
        "AsyncTaskUtils": CHAINS,
        "_build_task": BUILD,
        "get_app": "qtasks.shared:get_app",
        "shared_task": "qtasks.shared:shared_task",
    },
    "qtasks.utils.tasks": {"AsyncTaskUtils": CHAINS},
    "qtasks.utils.tasks.chains": {},
    "qtasks.utils.tasks.chains.async_chains": {"AsyncChain": CHAINS},
    "qtasks.utils.tasks.chains.sync_chains": {"SyncChain": CHAINS},
    "qtasks.utils.tasks.sync_task_utils": {"SyncTaskUtils": CHAINS},
    "qtasks.workers.base": {"BaseWorker": "qtasks.abc.worker:Worker"},
}
"""By module: where each name is at home, as `module:name`."""
