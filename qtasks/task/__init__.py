"""Tasks as they are registered and called."""

from qtasks.task.call import TaskCall, call_of
from qtasks.task.definition import Mismatch, TaskDefinition
from qtasks.task.injection import Injected
from qtasks.task.options import (
    NO_OPTIONS,
    OPTION_NAMES,
    After,
    Backoff,
    Seconds,
    SubmitOptions,
    Waits,
)
from qtasks.task.registered import AsyncTask, RegisteredTask, RunningTask, SyncTask
from qtasks.task.registry import TaskRegistry

__all__ = [
    "NO_OPTIONS",
    "OPTION_NAMES",
    "After",
    "AsyncTask",
    "Backoff",
    "Injected",
    "Mismatch",
    "RegisteredTask",
    "RunningTask",
    "Seconds",
    "SubmitOptions",
    "SyncTask",
    "TaskCall",
    "TaskDefinition",
    "TaskRegistry",
    "Waits",
    "call_of",
]
