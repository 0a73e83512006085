"""What plugins of the component `worker` get and may return."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from qtasks.abc.broker import Broker
from qtasks.abc.task_executor import BaseTaskExecutor
from qtasks.abc.worker import Worker
from qtasks.given.base import Given
from qtasks.middlewares import TaskMiddleware
from qtasks.task import TaskDefinition
from qtasks.task.arguments import ArgMeta
from qtasks.workers.views import AssignedTask, TaskModel


class WorkerStartGiven(Given):
    """What a handler of `worker_start` gets."""

    worker: Worker


class WorkerStopGiven(Given):
    """What a handler of `worker_stop` gets."""

    worker: Worker


class WorkerAddGiven(Given):
    """What a handler of `worker_add` gets."""

    worker: Worker
    task_name: str
    uuid: UUID
    priority: int
    args: list[Any]
    kw: dict[str, Any]
    created_at: datetime


class WorkerAddAnswer(TypedDict, total=False):
    """What a handler of `worker_add` may return."""

    priority: int
    args: list[Any]
    kw: dict[str, Any]
    created_at: datetime


class WorkerExecuteBeforeGiven(Given):
    """What a handler of `worker_execute_before` gets."""

    worker: Worker
    task_broker: AssignedTask
    task_func: TaskDefinition
    model: TaskModel


class WorkerExecuteBeforeAnswer(TypedDict, total=False):
    """What a handler of `worker_execute_before` may return."""

    model: TaskModel


class WorkerRunTaskBeforeGiven(Given):
    """What a handler of `worker_run_task_before` gets."""

    worker: Worker
    task_func: TaskDefinition
    task_broker: AssignedTask


class WorkerRunTaskBeforeAnswer(TypedDict, total=False):
    """What a handler of `worker_run_task_before` may return."""

    task_func: TaskDefinition
    task_broker: AssignedTask


class WorkerTaskErrorRetryGiven(Given):
    """What a handler of `worker_task_error_retry` gets."""

    worker: Worker
    broker: Broker
    task_func: TaskDefinition
    task_broker: AssignedTask
    trace: str


class WorkerTaskErrorRetryAnswer(TypedDict, total=False):
    """What a handler of `worker_task_error_retry` may return."""

    model: TaskModel


class WorkerRemoveFinishedTaskGiven(Given):
    """What a handler of `worker_remove_finished_task` gets."""

    worker: Worker
    broker: Broker
    task_func: TaskDefinition
    task_broker: AssignedTask
    model: TaskModel


class WorkerRemoveFinishedTaskAnswer(TypedDict, total=False):
    """What a handler of `worker_remove_finished_task` may return."""

    task_broker: AssignedTask
    model: TaskModel


class WorkerExecuteAfterGiven(Given):
    """What a handler of `worker_execute_after` gets."""

    task_func: TaskDefinition
    task_broker: AssignedTask
    model: TaskModel


class TaskExecutorArgsReplaceGiven(Given):
    """What a handler of `task_executor_args_replace` gets."""

    task_executor: BaseTaskExecutor
    args: list[Any]
    kw: dict[str, Any]
    args_info: list[ArgMeta]


class TaskExecutorArgsReplaceAnswer(TypedDict, total=False):
    """What a handler of `task_executor_args_replace` may return."""

    args: list[Any]
    kw: dict[str, Any]


class TaskExecutorBeforeExecuteGiven(Given):
    """What a handler of `task_executor_before_execute` gets."""

    task_executor: BaseTaskExecutor


class TaskExecutorAfterExecuteGiven(Given):
    """What a handler of `task_executor_after_execute` gets."""

    task_executor: BaseTaskExecutor


class TaskExecutorMiddlewaresExecuteGiven(Given):
    """What a handler of `task_executor_middlewares_execute` gets."""

    task_executor: BaseTaskExecutor
    middlewares_before: list[type[TaskMiddleware]]
    middlewares_after: list[type[TaskMiddleware]]


class TaskExecutorRunTaskGiven(Given):
    """What a handler of `task_executor_run_task` gets."""

    task_executor: BaseTaskExecutor
    result: Any


class TaskExecutorRunTaskAnswer(TypedDict, total=False):
    """What a handler of `task_executor_run_task` may return."""

    result: Any


class TaskExecutorRunTaskGenGiven(Given):
    """What a handler of `task_executor_run_task_gen` gets."""

    task_executor: BaseTaskExecutor
    results: list[Any]


class TaskExecutorRunTaskGenAnswer(TypedDict, total=False):
    """What a handler of `task_executor_run_task_gen` may return."""

    results: list[Any]


class TaskExecutorAfterExecuteResultReplaceGiven(Given):
    """What a handler of `task_executor_after_execute_result_replace` gets."""

    task_executor: BaseTaskExecutor
    result: Any


class TaskExecutorAfterExecuteResultReplaceAnswer(TypedDict, total=False):
    """What a handler of `task_executor_after_execute_result_replace` may return."""

    result: Any


class TaskExecutorDecodeGiven(Given):
    """What a handler of `task_executor_decode` gets."""

    task_executor: BaseTaskExecutor
    result: Any


class TaskExecutorDecodeAnswer(TypedDict, total=False):
    """What a handler of `task_executor_decode` may return."""

    result: Any


class TaskExecutorRunTaskTriggerErrorGiven(Given):
    """What a handler of `task_executor_run_task_trigger_error` gets."""

    task_executor: BaseTaskExecutor
    task_func: TaskDefinition
    task_broker: AssignedTask
    e: Exception


class TaskExecutorRunTaskTriggerErrorAnswer(TypedDict, total=False):
    """What a handler of `task_executor_run_task_trigger_error` may return."""

    result: Any


class TaskExecutorTaskCloseGiven(Given):
    """What a handler of `task_executor_task_close` gets."""

    task_executor: BaseTaskExecutor
    task_func: TaskDefinition
    task_broker: AssignedTask
    error: BaseException | None
