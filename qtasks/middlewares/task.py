"""Middlewares of tasks."""

from typing import Any

from qtasks.abc.task_executor import BaseTaskExecutor
from qtasks.middlewares.base import BaseMiddleware


class TaskMiddleware(BaseMiddleware):
    """Runs before or after a task; one is made for each attempt and called once.

        class Timed(TaskMiddleware):
            async def __call__(self):
                self.task_executor.kwargs["now"] = time.time()
                return self.task_executor

    Before the task it may change the `args` and `kwargs` of the executor; raising
    `TaskCancelError` or `Retry` ends the attempt, and any other error is the task's.
    After the task it is called however that ended: `error` of the executor is what went
    wrong, `result` what came of it, which it may change. In an async app `__call__` is a
    coroutine function, in a sync app a plain one. Any class that is made with the
    executor and can be called will do.

    Args:
        task_executor: What carries the attempt out.
    """

    def __init__(self, task_executor: BaseTaskExecutor) -> None:
        super().__init__()
        self.task_executor = task_executor

    def __call__(self) -> Any:
        """Do something; return the executor, or nothing."""
        return self.task_executor
