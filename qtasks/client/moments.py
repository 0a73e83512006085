"""Moments: what plugins hear, and change, when a program submits or looks at tasks.

These triggers belong to the app, the broker and the storage, but come in the process
that asks, whatever the broker is: `storage_get` is a task that was read here. In order:

    submit  qtasks_add_task_before_broker, broker_add_before, storage_add,
            then broker_add_after, qtasks_add_task_after_broker
    look    storage_get, broker_get, qtasks_get; of many storage_get_all
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.colours import Colour
from qtasks.core.states import State
from qtasks.errors import InvalidField
from qtasks.task import TaskCall, TaskRegistry
from qtasks.triggers import Plugins

ON_SUBMIT = frozenset(
    {
        "qtasks_add_task_before_broker",
        "broker_add_before",
        "storage_add",
        "broker_add_after",
        "qtasks_add_task_after_broker",
    }
)
ON_LOOK = frozenset({"storage_get", "broker_get", "qtasks_get"})


@dataclass(slots=True, kw_only=True)
class SubmittedModel:
    """A task that is submitted, as plugins see it; what they change of it counts.

    But for `status` and the times, which the broker sets.
    """

    task_name: str
    uuid: UUID
    priority: int
    args: str
    """As JSON."""
    kwargs: str
    """As JSON."""
    created_at: datetime
    updated_at: datetime
    status: str = State.NEW.value

    @classmethod
    def of(cls, task: v1.TaskSubmit) -> "SubmittedModel":
        """The task of a message."""
        now = datetime.now(UTC)  # noqa: TID251  # until the broker's is known
        return cls(
            task_name=task.name,
            uuid=UUID(task.id),
            priority=task.priority,
            args=task.args.json or "[]",
            kwargs=task.kwargs.json or "{}",
            created_at=now,
            updated_at=now,
        )

    def write(self, task: v1.TaskSubmit) -> None:
        """Put what was changed into the message."""
        before = SubmittedModel.of(task)
        task.id = str(self.uuid)
        task.name = self.task_name
        if self.priority != before.priority:
            task.priority = self.priority
        if self.args != before.args:
            task.args.CopyFrom(v1.Payload(json=_encoded(self.args)))
        if self.kwargs != before.kwargs:
            task.kwargs.CopyFrom(v1.Payload(json=_encoded(self.kwargs)))


class WatchedApp(Protocol):
    """What is asked of the app."""

    plugins: Plugins
    registry: TaskRegistry
    colour: Colour
    blocking: Any

    @property
    def broker(self) -> Broker:
        """The broker."""


class Moments:
    """Asks the plugins of an app, its broker and its storage.

    Args:
        app: The app.
    """

    def __init__(self, app: Any) -> None:
        self._app: WatchedApp = app

    @property
    def app(self) -> Any:
        """The app, as its own code sees it."""
        app = self._app
        return app.blocking if app.colour == "sync" else app

    def _hubs(self) -> tuple[Plugins, Plugins, Plugins]:
        broker = self._app.broker
        return self._app.plugins, broker.plugins, broker.storage.plugins

    def submit_wanted(self) -> bool:
        """Whether anybody listens when tasks are submitted."""
        of_app, of_broker, of_storage = self._hubs()
        return (
            of_app.wants_any(ON_SUBMIT)
            or of_broker.wants_any(ON_SUBMIT)
            or of_storage.wants_any(ON_SUBMIT)
        )

    def look_wanted(self) -> bool:
        """Whether anybody listens when tasks are looked at."""
        return any(hub.wants_any(ON_LOOK) for hub in self._hubs())

    # -- submitting -----------------------------------------------------------------------

    async def submitting(self, call: TaskCall[Any]) -> TaskCall[Any]:
        """The call as the app's plugins want it."""
        trigger = "qtasks_add_task_before_broker"
        app = self._app
        if not app.plugins.wants(trigger):
            return call
        changed = await app.plugins.fire(
            trigger,
            qtasks=self.app,
            broker=app.broker,
            task_name=call.task_name,
            priority=_priority(call),
            args=list(call.args),
            kw=dict(call.kwargs),
        )
        return self._changed(call, changed) if changed else call

    def _changed(
        self, call: TaskCall[Any], changed: Mapping[str, Any]
    ) -> TaskCall[Any]:
        name = changed.get("task_name", call.task_name)
        options = call.options.merged(
            priority=changed.get("priority"),
            metadata=_metadata(call.options.metadata, changed.get("extra")),
        )
        definition = call.definition
        if name != call.task_name:
            definition = self._app.registry.find(name)
        args = tuple(changed.get("args", call.args))
        kwargs = dict(changed.get("kw", call.kwargs))
        return TaskCall(name, args, kwargs, options, definition, call.each)

    async def storing(self, task: v1.TaskSubmit) -> None:
        """Change a task as the plugins of the broker and the storage want it."""
        _, of_broker, of_storage = self._hubs()
        broker = self._app.broker
        if of_broker.wants("broker_add_before"):
            model = SubmittedModel.of(task)
            given = {"broker": broker, "storage": broker.storage, "model": model}
            changed = await of_broker.fire("broker_add_before", **given)
            changed.get("model", model).write(task)
        if of_storage.wants("storage_add"):
            model = SubmittedModel.of(task)
            changed = await of_storage.fire(
                "storage_add",
                storage=broker.storage,
                uuid=model.uuid,
                task_status=model,
            )
            model = changed.get("task_status", model)
            model.uuid = _uuid(changed.get("uuid", model.uuid))
            model.write(task)

    async def stored(
        self, calls: Sequence[tuple[TaskCall[Any], v1.TaskSubmit]]
    ) -> None:
        """Tell of tasks that the broker stored."""
        of_app, of_broker, _ = self._hubs()
        broker = self._app.broker
        for call, task in calls:
            if of_broker.wants("broker_add_after"):
                model = SubmittedModel.of(task)
                given = {"broker": broker, "storage": broker.storage, "model": model}
                await of_broker.fire("broker_add_after", **given)
            if of_app.wants("qtasks_add_task_after_broker"):
                await of_app.fire(
                    "qtasks_add_task_after_broker",
                    qtasks=self.app,
                    broker=broker,
                    task_name=task.name,
                    priority=task.priority,
                    args=list(call.args),
                    kwargs=dict(call.kwargs),
                )

    # -- looking --------------------------------------------------------------------------

    async def looked(self, handle: Any) -> Any:
        """A task that was read, as the plugins want it."""
        of_app, of_broker, of_storage = self._hubs()
        broker = self._app.broker
        sync = self._app.colour == "sync"
        task = self._app.blocking.over(handle) if sync else handle
        if of_storage.wants("storage_get"):
            given = {"storage": broker.storage, "result": task}
            task = (await of_storage.fire("storage_get", **given)).get("result", task)
        if of_broker.wants("broker_get"):
            changed = await of_broker.fire("broker_get", broker=broker, task=task)
            task = changed.get("task", task)
        if of_app.wants("qtasks_get"):
            given = {"qtasks": self.app, "broker": broker, "task": task}
            task = (await of_app.fire("qtasks_get", **given)).get("task", task)
        return task

    async def all_looked(self, handles: list[Any]) -> list[Any]:
        """Tasks that were read together, as the storage's plugins want them."""
        storage = self._app.broker.storage
        if not storage.plugins.wants("storage_get_all"):
            return handles
        sync = self._app.colour == "sync"
        tasks = [self._app.blocking.over(one) if sync else one for one in handles]
        changed = await storage.plugins.fire(
            "storage_get_all", storage=storage, results=tasks
        )
        return list(changed.get("results", tasks))


def _priority(call: TaskCall[Any]) -> int:
    if call.options.priority is not None:
        return call.options.priority
    registered = call.definition.priority if call.definition is not None else None
    return registered or 0


def _metadata(
    metadata: Mapping[str, str] | None, extra: Mapping[str, Any] | None
) -> Mapping[str, str] | None:
    """What plugins add to a task travels as its metadata."""
    if not extra:
        return metadata
    added = {
        name: value if isinstance(value, str) else json.dumps(value, default=str)
        for name, value in extra.items()
    }
    return {**(metadata or {}), **added}


def _encoded(text: Any) -> str:
    """JSON that a plugin wrote, or the value of it."""
    if isinstance(text, str):
        try:
            json.loads(text)
        except ValueError as error:
            raise InvalidField(
                f"a plugin wrote no JSON: {error}", field="args"
            ) from error
        return text
    return json.dumps(text, ensure_ascii=False)


def _uuid(uuid: Any) -> UUID:
    return uuid if isinstance(uuid, UUID) else UUID(str(uuid))
