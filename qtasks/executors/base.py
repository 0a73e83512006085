"""The task executor contract, where QTasks' users look for it."""

from qtasks.abc.task_executor import BaseTaskExecutor

__all__ = ["BaseTaskExecutor"]
