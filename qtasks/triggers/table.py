"""The table of triggers: where plugins take part, what they get, what they may change."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from qtasks.triggers.trigger import Trigger, named, trigger

TRIGGERS: Final[Mapping[str, Mapping[str, Trigger]]] = MappingProxyType(
    {
        "app": named(
            trigger(
                "qtasks_add_task_before_broker",
                "A task is about to be submitted.",
                "qtasks broker task_name priority args kw",
                "task_name priority extra args kw",
            ),
            trigger(
                "qtasks_add_task_after_broker",
                "A task was submitted.",
                "qtasks broker task_name priority args kwargs",
            ),
            trigger(
                "qtasks_get",
                "A task was looked up.",
                "qtasks broker task",
                "task",
            ),
            trigger(
                "qtasks_stop",
                "The app stops.",
                "qtasks starter",
            ),
            trigger(
                "qtasks_ping",
                "The app was asked whether workers are there.",
                "qtasks global_config",
            ),
            trigger(
                "qtasks_flush_all",
                "Everything of the app is about to be forgotten.",
                "qtasks broker",
            ),
        ),
        "broker": named(
            trigger(
                "broker_add_before",
                "A task is about to be handed to the broker.",
                "broker storage model",
                "model",
                model="qtasks.client.moments.SubmittedModel",
            ),
            trigger(
                "broker_add_after",
                "The broker stored a task.",
                "broker storage model",
                model="qtasks.client.moments.SubmittedModel",
            ),
            trigger(
                "broker_get",
                "The broker told how a task stands; or, in a worker, which task to run.",
                "broker task",
                "task",
                task="qtasks.schemas.Task | qtasks.workers.views.AssignedTask",
            ),
            trigger(
                "broker_update",
                "A worker reports a state to the broker.",
                "broker kw",
                "kw",
            ),
            trigger(
                "broker_start",
                "The broker was opened.",
                "broker worker",
            ),
            trigger(
                "broker_listen_start",
                "The worker begins to take tasks from the broker.",
                "broker worker",
            ),
            trigger(
                "broker_running_older_tasks",
                "A worker took over tasks that lost theirs.",
                "broker worker",
            ),
            trigger(
                "broker_add_worker",
                "The broker gave a task to the worker.",
                "broker worker task_name uuid priority args kw created_at",
                "priority args kw created_at",
            ),
            trigger(
                "broker_remove_finished_task",
                "The broker stores how a task ended.",
                "broker storage model",
                "model",
            ),
            trigger(
                "broker_stop",
                "The broker is let go of.",
                "broker",
            ),
            trigger(
                "broker_flush_all",
                "The broker forgets everything of the app.",
                "broker",
            ),
        ),
        "storage": named(
            trigger(
                "storage_add",
                "A task is about to be stored.",
                "storage uuid task_status",
                "uuid task_status",
            ),
            trigger(
                "storage_get",
                "A task was read; or, in a worker, the one to run.",
                "storage result",
                "result",
                result="qtasks.schemas.Task | qtasks.workers.views.AssignedTask",
            ),
            trigger(
                "storage_get_all",
                "Tasks were read.",
                "storage results",
                "results",
                results="list[qtasks.schemas.Task]",
            ),
            trigger(
                "storage_update",
                "The state of a task is about to be stored; `broker_update` may change it.",
                "storage kw",
            ),
            trigger(
                "storage_add_process",
                "A task was leased to the worker.",
                "storage task_data priority",
                "priority",
            ),
            trigger(
                "storage_running_older_tasks",
                "A task that lost its worker came to this one.",
                "storage worker task_name uuid priority created_at args kw",
                "priority created_at args kw",
            ),
            trigger(
                "storage_remove_finished_task",
                "The end of a task was stored.",
                "storage task_broker model",
            ),
            trigger(
                "storage_start",
                "The storage was opened.",
                "storage",
            ),
            trigger(
                "storage_stop",
                "The storage is let go of.",
                "storage",
            ),
            trigger(
                "storage_delete_finished_tasks",
                "Ended tasks are about to be forgotten.",
                "storage",
            ),
            trigger(
                "storage_flush_all",
                "The storage forgets everything of the app.",
                "storage",
            ),
        ),
        "global_config": named(
            trigger(
                "global_config_set",
                "A variable is about to be set.",
                "global_config name_ key value",
                "name key value",
            ),
            trigger(
                "global_config_get",
                "A variable was read.",
                "global_config get",
                "get",
            ),
            trigger(
                "global_config_get_all",
                "All variables of a name were read.",
                "global_config get",
                "get",
                get="dict[str, Any]",
            ),
            trigger(
                "global_config_get_match",
                "Variables that match were read.",
                "global_config get",
                "get",
                get="dict[str, Any]",
            ),
            trigger(
                "global_config_start",
                "The global config was opened.",
                "global_config",
            ),
            trigger(
                "global_config_stop",
                "The global config is let go of.",
                "global_config",
            ),
            trigger(
                "global_config_set_status",
                "The worker says that it is there.",
                "global_config",
            ),
        ),
        "starter": named(
            trigger(
                "starter_start",
                "The components are started.",
                "starter",
            ),
            trigger(
                "starter_stop",
                "The components are stopped.",
                "starter",
            ),
        ),
        "worker": named(
            trigger(
                "worker_start",
                "The worker starts.",
                "worker",
            ),
            trigger(
                "worker_stop",
                "The worker stops.",
                "worker",
            ),
            trigger(
                "worker_add",
                "A task came to the worker.",
                "worker task_name uuid priority args kw created_at",
                "priority args kw created_at",
            ),
            trigger(
                "worker_execute_before",
                "An attempt is about to begin.",
                "worker task_broker task_func model",
                "model",
            ),
            trigger(
                "worker_run_task_before",
                "The task's executor is about to be made.",
                "worker task_func task_broker",
                "task_func task_broker",
            ),
            trigger(
                "worker_task_error_retry",
                "An attempt failed: `model.retry` says whether the task may be tried again, "
                "and `model.retry_delay` after how many seconds.",
                "worker broker task_func task_broker trace",
                "model",
            ),
            trigger(
                "worker_remove_finished_task",
                "An attempt ended, and its outcome is about to be reported.",
                "worker broker task_func task_broker model",
                "task_broker model",
            ),
            trigger(
                "worker_execute_after",
                "The outcome of an attempt was reported.",
                "task_func task_broker model",
            ),
            trigger(
                "task_executor_args_replace",
                "The arguments of an attempt are known.",
                "task_executor args kw args_info",
                "args kw",
            ),
            trigger(
                "task_executor_before_execute",
                "The function is about to be called.",
                "task_executor",
            ),
            trigger(
                "task_executor_after_execute",
                "The function returned.",
                "task_executor",
            ),
            trigger(
                "task_executor_middlewares_execute",
                "Middlewares are about to run.",
                "task_executor middlewares_before middlewares_after",
            ),
            trigger(
                "task_executor_run_task",
                "A function returned its result.",
                "task_executor result",
                "result",
            ),
            trigger(
                "task_executor_run_task_gen",
                "A generator ended; these are its outputs.",
                "task_executor results",
                "results",
            ),
            trigger(
                "task_executor_after_execute_result_replace",
                "The result of an attempt is known.",
                "task_executor result",
                "result",
            ),
            trigger(
                "task_executor_decode",
                "The result was put into the form it travels in.",
                "task_executor result",
                "result",
            ),
            trigger(
                "task_executor_run_task_trigger_error",
                "The task raised `TaskPluginTriggerError`: what is returned is its result.",
                "task_executor task_func task_broker e",
                "result",
            ),
            trigger(
                "task_executor_task_close",
                "An attempt is over, however it ended: see `task_executor.error`.",
                "task_executor task_func task_broker error",
            ),
        ),
        "stats": named(
            trigger(
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
