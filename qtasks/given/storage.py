"""What plugins of the component `storage` get and may return."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from qtasks.abc.storage import Storage
from qtasks.abc.worker import Worker
from qtasks.client.moments import SubmittedModel
from qtasks.given.base import Given
from qtasks.schemas import Task
from qtasks.workers.views import AssignedTask, TaskModel


class StorageAddGiven(Given):
    """What a handler of `storage_add` gets."""

    storage: Storage
    uuid: UUID
    task_status: SubmittedModel


class StorageAddAnswer(TypedDict, total=False):
    """What a handler of `storage_add` may return."""

    uuid: UUID
    task_status: SubmittedModel


class StorageGetGiven(Given):
    """What a handler of `storage_get` gets."""

    storage: Storage
    result: Task | AssignedTask


class StorageGetAnswer(TypedDict, total=False):
    """What a handler of `storage_get` may return."""

    result: Task | AssignedTask


class StorageGetAllGiven(Given):
    """What a handler of `storage_get_all` gets."""

    storage: Storage
    results: list[Task]


class StorageGetAllAnswer(TypedDict, total=False):
    """What a handler of `storage_get_all` may return."""

    results: list[Task]


class StorageUpdateGiven(Given):
    """What a handler of `storage_update` gets."""

    storage: Storage
    kw: dict[str, Any]


class StorageAddProcessGiven(Given):
    """What a handler of `storage_add_process` gets."""

    storage: Storage
    task_data: str
    priority: int


class StorageAddProcessAnswer(TypedDict, total=False):
    """What a handler of `storage_add_process` may return."""

    priority: int


class StorageRunningOlderTasksGiven(Given):
    """What a handler of `storage_running_older_tasks` gets."""

    storage: Storage
    worker: Worker
    task_name: str
    uuid: UUID
    priority: int
    created_at: datetime
    args: list[Any]
    kw: dict[str, Any]


class StorageRunningOlderTasksAnswer(TypedDict, total=False):
    """What a handler of `storage_running_older_tasks` may return."""

    priority: int
    created_at: datetime
    args: list[Any]
    kw: dict[str, Any]


class StorageRemoveFinishedTaskGiven(Given):
    """What a handler of `storage_remove_finished_task` gets."""

    storage: Storage
    task_broker: AssignedTask
    model: TaskModel


class StorageStartGiven(Given):
    """What a handler of `storage_start` gets."""

    storage: Storage


class StorageStopGiven(Given):
    """What a handler of `storage_stop` gets."""

    storage: Storage


class StorageDeleteFinishedTasksGiven(Given):
    """What a handler of `storage_delete_finished_tasks` gets."""

    storage: Storage


class StorageFlushAllGiven(Given):
    """What a handler of `storage_flush_all` gets."""

    storage: Storage
