"""Defaults: what submits of a task leave unset, filled with what it was registered with.

Looked up once for a request, never for a task: the registered tasks of an app are kept,
and read again at most once a second, for those that registered with other brokers.
"""

import time
from collections.abc import Iterable, Mapping

from qtasks import v1
from qtasks.engine.admission import DEFAULT_APP, admit
from qtasks.engine.registry import FRESH, MAX_APPS, Registry
from qtasks.engine.settings import EngineSettings
from qtasks.errors import InvalidField


class Defaults:
    """What registered tasks are submitted with.

    Args:
        registry: Which tasks are registered.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._apps: dict[str, _Known] = {}

    async def refresh(self, tasks: Iterable[v1.TaskSubmit]) -> None:
        """Know, for the apps of these tasks, what is registered.

        Raises:
            StorageUnavailable: it can't be read.
        """
        for app in {task.app or DEFAULT_APP for task in tasks}:
            known = self._apps.get(app)
            now = time.monotonic()
            version = self._registry.version
            if known is None:
                encoded = await self._registry.encoded(app)
                self._remember(app, _Known(encoded, version, now))
            elif known.version != version or now - known.read > FRESH:
                # Noted first: other requests go on with what is known until then.
                known.version, known.read = version, now
                known.take(await self._registry.encoded(app))

    def _remember(self, app: str, known: "_Known") -> None:
        while len(self._apps) >= MAX_APPS:
            del self._apps[next(iter(self._apps))]
        self._apps[app] = known

    def fill(self, task: v1.TaskSubmit) -> v1.TaskSubmit | None:
        """Fill what a task leaves unset; as it was sent, if there is anything to fill."""
        known = self._apps.get(task.app or DEFAULT_APP)
        if known is None or not known.tasks:
            return None
        defaults = known.tasks.get(task.name)
        if defaults is None:
            return None
        sent = v1.TaskSubmit()
        sent.CopyFrom(task)
        fill(task, defaults)
        return sent


class _Known:
    """What is registered for an app, as of a moment."""

    __slots__ = ("encoded", "read", "tasks", "version")

    def __init__(self, encoded: Mapping[str, bytes], version: int, read: float) -> None:
        self.encoded: Mapping[str, bytes] = {}
        self.tasks: Mapping[str, v1.TaskDefaults] = {}
        self.version = version
        self.read = read
        self.take(encoded)

    def take(self, encoded: Mapping[str, bytes]) -> None:
        """Know these tasks instead."""
        if encoded == self.encoded:
            return
        infos = [v1.TaskInfo.FromString(one) for one in encoded.values()]
        self.tasks = {
            info.name: info.defaults for info in infos if info.HasField("defaults")
        }
        self.encoded = encoded


def fill(task: v1.TaskSubmit, defaults: v1.TaskDefaults) -> None:
    """Fill what a task leaves unset; what it says itself stands."""
    if defaults.HasField("priority") and not task.HasField("priority"):
        task.priority = defaults.priority
    if defaults.queue and not task.queue:
        task.queue = defaults.queue
    for field in ("max_time", "keep_result"):
        if defaults.HasField(field) and not task.HasField(field):
            getattr(task, field).CopyFrom(getattr(defaults, field))
    if defaults.tags and not task.tags:
        task.tags.extend(defaults.tags)
    if defaults.HasField("retry"):
        policy = v1.RetryPolicy()
        policy.CopyFrom(defaults.retry)
        policy.MergeFrom(task.retry)
        task.retry.CopyFrom(policy)


def is_same(sent: v1.TaskSubmit, stored: v1.TaskSubmit) -> bool:
    """Whether a stored task is the one that was sent, whatever it was filled with."""
    filled = v1.TaskDefaults(queue=stored.queue, tags=stored.tags)
    if stored.HasField("priority"):
        filled.priority = stored.priority
    for field in ("max_time", "retry", "keep_result"):
        if stored.HasField(field):
            getattr(filled, field).CopyFrom(getattr(stored, field))
    task = v1.TaskSubmit()
    task.CopyFrom(sent)
    task.app = task.app or DEFAULT_APP
    fill(task, filled)
    return task == stored


def check_defaults(info: v1.TaskInfo) -> None:
    """Refuse what no submit could have.

    Raises:
        InvalidField: or one of its kinds, naming the field.
    """
    task = v1.TaskSubmit(name=info.name)
    fill(task, info.defaults)
    try:
        admit(task, EngineSettings())
    except InvalidField as error:
        error.facts["field"] = f"hello.tasks.defaults.{error.field}"
        error.facts["name"] = info.name
        raise
