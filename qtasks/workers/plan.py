"""The plan of a worker: what it serves, for whom, and how much at once."""

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qtasks.abc.executor import Executor
from qtasks.abc.middleware import MiddlewareStack
from qtasks.abc.serializer import Serializer
from qtasks.abc.task_executor import BaseTaskExecutor
from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.context import Context
from qtasks.events import Events
from qtasks.task import TaskDefinition, TaskRegistry
from qtasks.triggers import Plugins


def new_worker_id() -> str:
    """A name for people that no other worker has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


@dataclass(kw_only=True)
class WorkerPlan:
    """What a worker serves, for whom, and how much at once."""

    app_name: str
    registry: TaskRegistry
    config: QueueConfig
    serializer: Serializer
    executors: Mapping[str, Executor]
    """By name: `coroutine`, `thread`, `process`."""
    app: Any
    """The app, for tasks in the loop."""
    blocking_app: Any
    """The app, for tasks in threads."""
    running_task: Callable[[TaskDefinition, Context], Any]
    """Makes the task object that `echo` passes."""
    task_executors: Mapping[Colour, type[BaseTaskExecutor]] = field(
        default_factory=dict
    )
    """What carries tasks out that name no class of their own, by colour."""
    middlewares: MiddlewareStack = field(default_factory=MiddlewareStack)
    """Those of the app."""
    worker: Any = None
    """The worker, for its middlewares, and for plugins and events."""
    plugins: Mapping[str, Plugins] = field(default_factory=dict)
    """Who takes part, by component: `worker`, `broker`, `storage`."""
    events: Events | None = None
    queues: tuple[str, ...] = ()
    worker_id: str = field(default_factory=new_worker_id)
    num_workers: int | None = None
    """How many tasks to run at once; `None`: as the settings say."""

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self.num_workers or self.config.max_tasks_process

    def served_queues(self) -> list[str]:
        """The queues to take from."""
        if self.queues:
            return list(self.queues)
        if self.config.queues:
            return list(self.config.queues)
        named = {task.queue for task in self.registry if task.queue}
        return ["default", *sorted(named - {"default"})]
