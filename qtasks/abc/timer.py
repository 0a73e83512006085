"""The timer contract: submits an app's tasks at certain times, from its own process.

A timer is a clock of a program's own: it submits while it runs, and what it missed is
missed. Schedules (`app.schedules`) are the other way: the broker keeps them and fires once
for each time, however many programs run.
"""

from abc import ABC, abstractmethod
from typing import Any


class Timer(ABC):
    """Submits an app's tasks at certain times."""

    app: Any
    """The app whose tasks it submits."""

    @abstractmethod
    def add_task(
        self,
        *args: Any,
        trigger: Any,
        task_name: Any = None,
        priority: int | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Any:
        """Submit a task at the times of a trigger from now on.

        Args:
            *args: The task, unless `task_name` names it, and its arguments.
            trigger: Says when.
            task_name: The task: its name, the task itself, or a call (`task(...)`).
            priority: Instead of the task's own.
            timeout: Wait so many seconds for each task's end, which the log then tells.
            **kwargs: Submit options and the task's named arguments.
        """

    @abstractmethod
    def run_forever(self) -> None:
        """Submit until SIGTERM, SIGINT or `stop`."""

    @abstractmethod
    def stop(self) -> None:
        """Let `run_forever` return; from any thread."""
