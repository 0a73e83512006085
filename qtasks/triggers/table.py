"""The table of triggers: where plugins take part, what they get, what they may change.

The types are written as a reader finds them in the reference: the components are above
this module, which can't import them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Trigger:
    """A moment plugins can take part in."""

    name: str
    about: str
    """When it comes."""
    gives: Mapping[str, str]
    """What a handler gets, by name: the types."""
    takes: Mapping[str, str]
    """What a handler may return to be used instead, by name."""


WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the components
        "qtasks": "qtasks.QueueTasks",
        "broker": "qtasks.abc.broker.Broker",
        "storage": "qtasks.abc.storage.Storage",
        "worker": "qtasks.abc.worker.Worker",
        "starter": "qtasks.abc.starter.Starter",
        "global_config": "qtasks.abc.global_config.GlobalConfig",
        "stats": "qtasks.stats.AsyncStats",
        # a task that is submitted, runs, or ended
        "task_name": "str",
        "uuid": "UUID",
        "priority": "int",
        "args": "list[Any]",
        "kw": "dict[str, Any]",
        "kwargs": "dict[str, Any]",
        "extra": "dict[str, Any]",
        "created_at": "datetime",
        "task": "qtasks.schemas.Task",
        "result": "Any",
        "results": "list[Any]",
        "model": "qtasks.workers.views.TaskModel",
        "task_status": "qtasks.client.moments.SubmittedModel",
        "task_data": "str",
        "task_func": "qtasks.task.TaskDefinition",
        "task_broker": "qtasks.workers.views.AssignedTask",
        "trace": "str",
        # what carries an attempt out
        "task_executor": "qtasks.abc.task_executor.BaseTaskExecutor",
        "args_info": "list[qtasks.task.arguments.ArgMeta]",
        "middlewares_before": "list[type[qtasks.middlewares.TaskMiddleware]]",
        "middlewares_after": "list[type[qtasks.middlewares.TaskMiddleware]]",
        "e": "Exception",
        # variables
        "name": "str",
        "name_": "str",
        "key": "str",
        "value": "Any",
        "get": "Any",
    }
)
"""What triggers give and take, by name: the types."""


def _trigger(
    name: str, about: str, gives: str, takes: str = "", **types: str
) -> Trigger:
    """A row; `types` says where a word means something else than elsewhere."""
    known = {**WORDS, **types}
    return Trigger(
        name,
        about,
        MappingProxyType({word: known[word] for word in gives.split()}),
        MappingProxyType({word: known[word] for word in takes.split()}),
    )


def _named(*triggers: Trigger) -> Mapping[str, Trigger]:
    return MappingProxyType({one.name: one for one in triggers})


TRIGGERS: Final[Mapping[str, Mapping[str, Trigger]]] = MappingProxyType(
    {
        "app": _named(
            _trigger(
                "qtasks_add_task_before_broker",
                "A task is about to be submitted.",
                "qtasks broker task_name priority args kw",
                "task_name priority extra args kw",
            ),
            _trigger(
                "qtasks_add_task_after_broker",
                "A task was submitted.",
                "qtasks broker task_name priority args kwargs",
            ),
            _trigger(
                "qtasks_get",
                "A task was looked up.",
                "qtasks broker task",
                "task",
            ),
            _trigger(
                "qtasks_stop",
                "The app stops.",
                "qtasks starter",
            ),
            _trigger(
                "qtasks_ping",
                "The app was asked whether workers are there.",
                "qtasks global_config",
            ),
            _trigger(
                "qtasks_flush_all",
                "Everything of the app is about to be forgotten.",
                "qtasks broker",
            ),
        ),
        "broker": _named(
            _trigger(
                "broker_add_before",
                "A task is about to be handed to the broker.",
                "broker storage model",
                "model",
                model="qtasks.client.moments.SubmittedModel",
            ),
            _trigger(
                "broker_add_after",
                "The broker stored a task.",
                "broker storage model",
                model="qtasks.client.moments.SubmittedModel",
            ),
            _trigger(
                "broker_get",
                "The broker told how a task stands.",
                "broker task",
                "task",
            ),
            _trigger(
                "broker_update",
                "A worker reports a state to the broker.",
                "broker kw",
                "kw",
            ),
            _trigger(
                "broker_start",
                "The broker was opened.",
                "broker worker",
            ),
            _trigger(
                "broker_listen_start",
                "The worker begins to take tasks from the broker.",
                "broker worker",
            ),
            _trigger(
                "broker_running_older_tasks",
                "A worker took over tasks that lost theirs.",
                "broker worker",
            ),
            _trigger(
                "broker_add_worker",
                "The broker gave a task to the worker.",
                "broker worker task_name uuid priority args kw created_at",
                "task_name uuid priority args kw created_at",
            ),
            _trigger(
                "broker_remove_finished_task",
                "The broker stores how a task ended.",
                "broker storage model",
                "model",
            ),
            _trigger(
                "broker_stop",
                "The broker is let go of.",
                "broker",
            ),
            _trigger(
                "broker_flush_all",
                "The broker forgets everything of the app.",
                "broker",
            ),
        ),
        "storage": _named(
            _trigger(
                "storage_add",
                "A task is about to be stored.",
                "storage uuid task_status",
                "uuid task_status",
            ),
            _trigger(
                "storage_get",
                "A task was read.",
                "storage result",
                "result",
                result="qtasks.schemas.Task",
            ),
            _trigger(
                "storage_get_all",
                "Tasks were read.",
                "storage results",
                "results",
                results="list[qtasks.schemas.Task]",
            ),
            _trigger(
                "storage_update",
                "The state of a task is about to be stored.",
                "storage kw",
                "kw",
            ),
            _trigger(
                "storage_add_process",
                "A task was leased to the worker.",
                "storage task_data priority",
                "task_data priority",
            ),
            _trigger(
                "storage_running_older_tasks",
                "A task that lost its worker came to this one.",
                "storage worker task_name uuid priority created_at args kw",
                "task_name uuid priority created_at args kw",
            ),
            _trigger(
                "storage_remove_finished_task",
                "The end of a task was stored.",
                "storage task_broker model",
            ),
            _trigger(
                "storage_start",
                "The storage was opened.",
                "storage",
            ),
            _trigger(
                "storage_stop",
                "The storage is let go of.",
                "storage",
            ),
            _trigger(
                "storage_delete_finished_tasks",
                "Ended tasks are about to be forgotten.",
                "storage",
            ),
            _trigger(
                "storage_flush_all",
                "The storage forgets everything of the app.",
                "storage",
            ),
        ),
        "global_config": _named(
            _trigger(
                "global_config_set",
                "A variable is about to be set.",
                "global_config name_ key value",
                "name key value",
            ),
            _trigger(
                "global_config_get",
                "A variable was read.",
                "global_config get",
                "get",
            ),
            _trigger(
                "global_config_get_all",
                "All variables of a name were read.",
                "global_config get",
                "get",
                get="dict[str, Any]",
            ),
            _trigger(
                "global_config_get_match",
                "Variables that match were read.",
                "global_config get",
                "get",
                get="dict[str, Any]",
            ),
            _trigger(
                "global_config_start",
                "The global config was opened.",
                "global_config",
            ),
            _trigger(
                "global_config_stop",
                "The global config is let go of.",
                "global_config",
            ),
            _trigger(
                "global_config_set_status",
                "The worker says that it lives.",
                "global_config",
            ),
        ),
        "starter": _named(
            _trigger(
                "starter_start",
                "The components are started.",
                "starter",
            ),
            _trigger(
                "starter_stop",
                "The components are stopped.",
                "starter",
            ),
        ),
        "worker": _named(
            _trigger(
                "worker_start",
                "The worker starts.",
                "worker",
            ),
            _trigger(
                "worker_stop",
                "The worker stops.",
                "worker",
            ),
            _trigger(
                "worker_add",
                "A task came to the worker.",
                "worker task_name uuid priority args kw created_at",
                "name uuid priority args kw created_at",
            ),
            _trigger(
                "worker_execute_before",
                "An attempt is about to begin.",
                "worker task_broker task_func model",
                "model",
            ),
            _trigger(
                "worker_run_task_before",
                "The task's executor is about to be made.",
                "worker task_func task_broker",
                "task_func task_broker",
            ),
            _trigger(
                "worker_task_error_retry",
                "An attempt failed: `model.retry` says whether the task may be tried again, "
                "and `model.retry_delay` after how many seconds.",
                "broker task_func task_broker trace",
                "model",
            ),
            _trigger(
                "worker_remove_finished_task",
                "An attempt ended, and its outcome is about to be reported.",
                "worker broker task_func task_broker model",
                "task_broker model",
            ),
            _trigger(
                "worker_execute_after",
                "The outcome of an attempt was reported.",
                "task_func task_broker model",
            ),
            _trigger(
                "task_executor_args_replace",
                "The arguments of an attempt are known.",
                "task_executor args kw args_info",
                "args kw",
            ),
            _trigger(
                "task_executor_before_execute",
                "The function is about to be called.",
                "task_executor",
            ),
            _trigger(
                "task_executor_after_execute",
                "The function returned.",
                "task_executor",
            ),
            _trigger(
                "task_executor_middlewares_execute",
                "Middlewares are about to run.",
                "task_executor middlewares_before middlewares_after",
            ),
            _trigger(
                "task_executor_run_task",
                "A function returned its result.",
                "task_executor result",
                "result",
            ),
            _trigger(
                "task_executor_run_task_gen",
                "A generator ended; these are its outputs.",
                "task_executor results",
                "results",
            ),
            _trigger(
                "task_executor_after_execute_result_replace",
                "The result of an attempt is known.",
                "task_executor result",
                "result",
            ),
            _trigger(
                "task_executor_decode",
                "The result was put into the form it travels in.",
                "task_executor result",
                "result",
            ),
            _trigger(
                "task_executor_run_task_trigger_error",
                "The task raised `TaskPluginTriggerError`: what is returned is its result.",
                "task_executor task_func task_broker e",
                "result",
            ),
            _trigger(
                "task_executor_task_close",
                "An attempt is over, however it ended: see `task_executor.error`.",
                "task_executor task_func task_broker",
            ),
        ),
        "stats": _named(
            _trigger(
                "stats_inspect",
                "Somebody inspects the app.",
                "stats",
            ),
        ),
    }
)
"""The triggers of each component, by name."""

COMPONENTS: Final = tuple(TRIGGERS)
"""The kinds of component that plugins can be added to."""
NAMES: Final = frozenset(name for names in TRIGGERS.values() for name in names)
"""The triggers of all components."""
