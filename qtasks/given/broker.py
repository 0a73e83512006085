"""What plugins of the component `broker` get and may return."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from qtasks.abc.broker import Broker
from qtasks.abc.storage import Storage
from qtasks.abc.worker import Worker
from qtasks.client.moments import SubmittedModel
from qtasks.given.base import Given
from qtasks.schemas import Task
from qtasks.workers.views import AssignedTask, TaskModel


class BrokerAddBeforeGiven(Given):
    """What a handler of `broker_add_before` gets."""

    broker: Broker
    storage: Storage
    model: SubmittedModel


class BrokerAddBeforeAnswer(TypedDict, total=False):
    """What a handler of `broker_add_before` may return."""

    model: SubmittedModel


class BrokerAddAfterGiven(Given):
    """What a handler of `broker_add_after` gets."""

    broker: Broker
    storage: Storage
    model: SubmittedModel


class BrokerGetGiven(Given):
    """What a handler of `broker_get` gets."""

    broker: Broker
    task: Task | AssignedTask


class BrokerGetAnswer(TypedDict, total=False):
    """What a handler of `broker_get` may return."""

    task: Task | AssignedTask


class BrokerUpdateGiven(Given):
    """What a handler of `broker_update` gets."""

    broker: Broker
    kw: dict[str, Any]


class BrokerUpdateAnswer(TypedDict, total=False):
    """What a handler of `broker_update` may return."""

    kw: dict[str, Any]


class BrokerStartGiven(Given):
    """What a handler of `broker_start` gets."""

    broker: Broker
    worker: Worker


class BrokerListenStartGiven(Given):
    """What a handler of `broker_listen_start` gets."""

    broker: Broker
    worker: Worker


class BrokerRunningOlderTasksGiven(Given):
    """What a handler of `broker_running_older_tasks` gets."""

    broker: Broker
    worker: Worker


class BrokerAddWorkerGiven(Given):
    """What a handler of `broker_add_worker` gets."""

    broker: Broker
    worker: Worker
    task_name: str
    uuid: UUID
    priority: int
    args: list[Any]
    kw: dict[str, Any]
    created_at: datetime


class BrokerAddWorkerAnswer(TypedDict, total=False):
    """What a handler of `broker_add_worker` may return."""

    priority: int
    args: list[Any]
    kw: dict[str, Any]
    created_at: datetime


class BrokerRemoveFinishedTaskGiven(Given):
    """What a handler of `broker_remove_finished_task` gets."""

    broker: Broker
    storage: Storage
    model: TaskModel


class BrokerRemoveFinishedTaskAnswer(TypedDict, total=False):
    """What a handler of `broker_remove_finished_task` may return."""

    model: TaskModel


class BrokerStopGiven(Given):
    """What a handler of `broker_stop` gets."""

    broker: Broker


class BrokerFlushAllGiven(Given):
    """What a handler of `broker_flush_all` gets."""

    broker: Broker
