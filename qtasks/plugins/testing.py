"""The plugin that marks the tasks that are tests."""

from typing import Any, ClassVar

from qtasks.task.definition import TaskDefinition
from qtasks.triggers import TaskPlugin


class TestPlugin(TaskPlugin):
    """Marks the records of tasks registered with `test=...`, for other plugins to see.

    The `extra` of a record (`model`) then has `is_testing`: what `test` is, as text.
    Unlike the other built-in plugins it is added by those who want it.
    """

    __test__ = False  # for pytest: not a test itself
    kind: ClassVar[str] = "testing"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.handlers = {
            "worker_execute_before": self._mark,
            "worker_remove_finished_task": self._mark,
        }

    def applies(self, definition: TaskDefinition) -> bool:
        """Whether the task is one."""
        return bool(definition.extra.get("test"))

    async def _mark(
        self, *, task_func: TaskDefinition, model: Any, **_: Any
    ) -> dict[str, Any]:
        model.extra["is_testing"] = str(task_func.extra["test"])
        return {"model": model}


class AsyncTestPlugin(TestPlugin):
    """The same, under the name async apps know."""


class SyncTestPlugin(TestPlugin):
    """The same, under the name sync apps know."""
