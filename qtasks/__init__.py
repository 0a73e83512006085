"""qtasks: a distributed task queue whose wire is gRPC."""

import importlib
from typing import TYPE_CHECKING, Any

from qtasks import legacy
from qtasks.version import __version__

if TYPE_CHECKING:
    from qtasks.client.schedules import Schedule
    from qtasks.context import Ask, Context, Retry, TaskCancelError, ctx
    from qtasks.errors import QtasksError
    from qtasks.flow import chain, chord, group
    from qtasks.plugins import Depends
    from qtasks.router import AsyncRouter, SyncRouter
    from qtasks.schemas import Event, Task
    from qtasks.shared import get_app, shared_task
    from qtasks.sync import QueueTasks
    from qtasks.task import Backoff

__all__ = [
    "Ask",
    "AsyncRouter",
    "Backoff",
    "Context",
    "Depends",
    "Event",
    "QtasksError",
    "QueueTasks",
    "Retry",
    "Schedule",
    "SyncRouter",
    "Task",
    "TaskCancelError",
    "__version__",
    "chain",
    "chord",
    "ctx",
    "get_app",
    "group",
    "shared_task",
]

# Looked up when first used, so that the broker service and the storages, which live in
# this package too, do not load the app.
_HOMES = {
    "Ask": "qtasks.context",
    "AsyncRouter": "qtasks.router",
    "Backoff": "qtasks.task",
    "Context": "qtasks.context",
    "Depends": "qtasks.plugins",
    "Event": "qtasks.schemas",
    "QtasksError": "qtasks.errors",
    "QueueTasks": "qtasks.sync",
    "Retry": "qtasks.context",
    "Schedule": "qtasks.client.schedules",
    "SyncRouter": "qtasks.router",
    "Task": "qtasks.schemas",
    "TaskCancelError": "qtasks.context",
    "chain": "qtasks.flow",
    "chord": "qtasks.flow",
    "ctx": "qtasks.context",
    "get_app": "qtasks.shared",
    "group": "qtasks.flow",
    "shared_task": "qtasks.shared",
}

legacy.install()


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'qtasks' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
