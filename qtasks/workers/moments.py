"""Moments: what plugins and functions of events are told of a task on its way.

In the order in which a task passes the components: the storage, the broker, the worker;
and back again with its outcome. Only for tasks somebody wants to know of.
"""

import dataclasses
from typing import Any, Final

from qtasks import v1
from qtasks.core.states import State
from qtasks.task import TaskDefinition
from qtasks.task.wire import duration
from qtasks.triggers import Plugins
from qtasks.workers.attempt import Attempt
from qtasks.workers.failures import MAX_TRACEBACK, rejected
from qtasks.workers.outcomes import Outcome, cancelled, outcome_of_result
from qtasks.workers.plan import WorkerPlan
from qtasks.workers.texts import clean
from qtasks.workers.views import TaskModel

TRIGGERS: Final[dict[str, tuple[str, ...]]] = {
    "storage": (
        "storage_add_process",
        "storage_running_older_tasks",
        "storage_get",
        "storage_update",
        "storage_remove_finished_task",
    ),
    "broker": (
        "broker_running_older_tasks",
        "broker_get",
        "broker_add_worker",
        "broker_update",
        "broker_remove_finished_task",
    ),
    "worker": (
        "worker_add",
        "worker_execute_before",
        "worker_run_task_before",
        "worker_task_error_retry",
        "worker_remove_finished_task",
        "worker_execute_after",
    ),
}
EVENTS: Final = (
    "task_running",
    "task_stopping",
    "task_success",
    "task_error",
    "task_cancel",
)
ENDS: Final = {
    State.SUCCESS.value: "task_success",
    State.ERROR.value: "task_error",
    State.CANCEL.value: "task_cancel",
}


class Moments:
    """Tells plugins and functions of events of tasks on their way.

    Args:
        plan: What the worker serves.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        self._plan = plan
        self._events = plan.events
        self._broker = getattr(plan.app, "broker", None) if plan.plugins else None
        self._storage = getattr(self._broker, "storage", None)
        self._heard: dict[TaskDefinition, bool] = {}

    def heard(self, definition: TaskDefinition) -> bool:
        """Whether somebody wants to know of a task's way."""
        heard = self._heard.get(definition)
        if heard is None:
            heard = self._heard[definition] = self._is_heard(definition)
        return heard

    def forget(self) -> None:
        """Decide anew for each task: somebody came who may want to know."""
        self._heard.clear()

    def _is_heard(self, definition: TaskDefinition) -> bool:
        if self._events is not None and any(map(self._events.wants, EVENTS)):
            return True
        return any(
            hub.of(definition).wants(trigger)
            for kind, hub in self._plan.plugins.items()
            for trigger in TRIGGERS.get(kind, ())
        )

    async def _fire(
        self, component: str, trigger: str, definition: TaskDefinition, **given: Any
    ) -> dict[str, Any]:
        hub = self._plan.plugins.get(component)
        plugins: Plugins | None = hub.of(definition) if hub is not None else None
        if plugins is None or not plugins.wants(trigger):
            return {}
        return await plugins.fire(
            trigger, **{**given, component: self._part(component)}
        )

    def _part(self, component: str) -> Any:
        if component == "worker":
            return self._plan.worker
        return self._broker if component == "broker" else self._storage

    async def _tell(self, event: str, attempt: Attempt, **given: Any) -> None:
        if self._events is not None and self._events.wants(event):
            await self._events.fire(
                event,
                worker=self._plan.worker,
                task_func=attempt.definition,
                task_broker=attempt.task,
                **given,
            )

    # -- the way in ---------------------------------------------------------------------

    async def arriving(self, attempt: Attempt) -> None:
        """Tell of a task that is about to run; its arguments may be changed."""
        definition, task = attempt.definition, attempt.task
        data = f"{task.task_name}:{task.uuid}:{task.priority}"
        changed = await self._fire(
            "storage",
            "storage_add_process",
            definition,
            task_data=data,
            priority=task.priority,
        )
        if "priority" in changed:
            attempt.task = dataclasses.replace(task, priority=changed["priority"])
        if attempt.assign.losses:
            await self._taken_over(attempt)
        await self._read(attempt, "storage", "storage_get", "result")
        await self._read(attempt, "broker", "broker_get", "task")
        await self._came(attempt, "broker", "broker_add_worker")
        await self._came(attempt, "worker", "worker_add")
        await self._begins(attempt)
        await self._tell("task_running", attempt)

    async def _taken_over(self, attempt: Attempt) -> None:
        """Tell of a task whose worker was lost before."""
        await self._fire(
            "broker",
            "broker_running_older_tasks",
            attempt.definition,
            worker=self._plan.worker,
        )
        await self._came(attempt, "storage", "storage_running_older_tasks")

    async def _read(
        self, attempt: Attempt, component: str, trigger: str, key: str
    ) -> None:
        """Tell of the task as it was read; it may be exchanged."""
        given = {key: attempt.task}
        changed = await self._fire(component, trigger, attempt.definition, **given)
        if key in changed:
            attempt.task = task = changed[key]
            attempt.args, attempt.kwargs = list(task.args), dict(task.kwargs)

    async def _came(self, attempt: Attempt, component: str, trigger: str) -> None:
        task = attempt.task
        changed = await self._fire(
            component,
            trigger,
            attempt.definition,
            worker=self._plan.worker,
            task_name=task.task_name,
            uuid=task.uuid,
            priority=task.priority,
            args=attempt.args,
            kw=attempt.kwargs,
            created_at=task.created_at,
        )
        attempt.args = list(changed.get("args", attempt.args))
        attempt.kwargs = dict(changed.get("kw", attempt.kwargs))
        seen = {
            "priority": changed.get("priority", task.priority),
            "created_at": changed.get("created_at", task.created_at),
        }
        attempt.task = dataclasses.replace(
            task, args=attempt.args, kwargs=attempt.kwargs, **seen
        )

    async def _begins(self, attempt: Attempt) -> None:
        definition, task = attempt.definition, attempt.task
        model = TaskModel.of(task)
        changed = await self._fire(
            "worker",
            "worker_execute_before",
            definition,
            task_broker=task,
            task_func=definition,
            model=model,
        )
        await self._update(definition, changed.get("model", model))
        changed = await self._fire(
            "worker",
            "worker_run_task_before",
            definition,
            task_func=definition,
            task_broker=task,
        )
        attempt.definition = changed.get("task_func", definition)
        attempt.task = changed.get("task_broker", task)

    async def _update(self, definition: TaskDefinition, model: TaskModel) -> None:
        kw = {"name": str(model.uuid), "mapping": model}
        changed = await self._fire("broker", "broker_update", definition, kw=kw)
        await self._fire(
            "storage", "storage_update", definition, kw=changed.get("kw", kw)
        )

    # -- the way out ----------------------------------------------------------------------

    async def ending(self, attempt: Attempt, outcome: Outcome) -> Outcome:
        """Tell of an outcome before it is reported: the outcome to report."""
        definition = attempt.definition
        model = _model(attempt, outcome)
        if outcome.settle.HasField("failure"):
            model = await self._failed(attempt, model, outcome)
        before = dataclasses.replace(model)
        for component, trigger in (
            ("worker", "worker_remove_finished_task"),
            ("broker", "broker_remove_finished_task"),
            ("storage", "storage_remove_finished_task"),
        ):
            changed = await self._fire(
                component,
                trigger,
                definition,
                model=model,
                **self._beside(component, attempt),
            )
            model = changed.get("model", model)
            attempt.task = changed.get("task_broker", attempt.task)
        await self._tell("task_stopping", attempt, model=model)
        attempt.model = model
        return self._changed(attempt, outcome, before, model)

    def _beside(self, component: str, attempt: Attempt) -> dict[str, Any]:
        """What a trigger gives beside the component and the model."""
        if component == "broker":
            return {"storage": self._storage}
        if component == "storage":
            return {"task_broker": attempt.task}
        return {
            "broker": self._broker,
            "task_func": attempt.definition,
            "task_broker": attempt.task,
        }

    async def _failed(
        self, attempt: Attempt, model: TaskModel, outcome: Outcome
    ) -> TaskModel:
        changed = await self._fire(
            "worker",
            "worker_task_error_retry",
            attempt.definition,
            broker=self._broker,
            task_func=attempt.definition,
            task_broker=attempt.task,
            trace=outcome.settle.failure.traceback,
        )
        asked = changed.get("model")
        if asked is None:
            return model
        model = dataclasses.replace(
            model,
            retry=getattr(asked, "retry", model.retry),
            retry_delay=getattr(asked, "retry_delay", None),
        )
        outcome.settle.failure.retryable = bool(model.retry)
        if model.retry_delay is not None:
            delay = duration(model.retry_delay, "retry_delay")
            outcome.settle.retry_delay.CopyFrom(delay)
        model.status = _status(attempt, outcome)
        return model

    def _changed(
        self, attempt: Attempt, outcome: Outcome, before: TaskModel, model: TaskModel
    ) -> Outcome:
        """The outcome as plugins changed its model."""
        ours = (before.status, before.returning, before.traceback, before.cancel_reason)
        theirs = (model.status, model.returning, model.traceback, model.cancel_reason)
        if ours == theirs:
            return outcome
        if model.status == State.SUCCESS.value:
            return outcome_of_result(
                attempt, model.returning, self._plan.serializer, decode=False
            )
        if model.status == State.CANCEL.value:
            return cancelled(model.cancel_reason or "")
        if model.status == State.ERROR.value and not outcome.settle.HasField("failure"):
            text = model.traceback or "a plugin made it an error"
            failure = rejected("PluginError", text)
            return Outcome.of(v1.Settle(failure=failure))
        if outcome.settle.HasField("failure"):
            told = clean(model.traceback or "", MAX_TRACEBACK)
            outcome.settle.failure.traceback = told
        return outcome

    async def ended(self, attempt: Attempt) -> None:
        """Tell of an outcome that was reported."""
        model = attempt.model
        if model is None:
            return
        hub = self._plan.plugins.get("worker")
        plugins = hub.of(attempt.definition) if hub is not None else None
        if plugins is not None and plugins.wants("worker_execute_after"):
            await plugins.fire(
                "worker_execute_after",
                task_func=attempt.definition,
                task_broker=attempt.task,
                model=model,
            )
        if (event := ENDS.get(model.status)) is not None:
            await self._tell(event, attempt, model=model)


def _model(attempt: Attempt, outcome: Outcome) -> TaskModel:
    settle = outcome.settle
    model = TaskModel.of(attempt.task, status=_status(attempt, outcome))
    if settle.HasField("failure"):
        model.traceback = settle.failure.traceback or settle.failure.message
        model.retry = settle.failure.retryable
    elif settle.HasField("cancelled"):
        model.cancel_reason = settle.cancelled
    elif settle.HasField("result"):
        model.returning = outcome.value
    return model


def _status(attempt: Attempt, outcome: Outcome) -> str:
    kind = outcome.settle.WhichOneof("outcome")
    if kind == "result":
        return State.SUCCESS.value
    if kind == "cancelled":
        return State.CANCEL.value
    if kind == "given_back":
        return State.NEW.value
    most = max(1, attempt.assign.task.retry.max_attempts)
    again = outcome.settle.failure.retryable and attempt.assign.attempt < most
    return State.RETRY.value if again else State.ERROR.value
