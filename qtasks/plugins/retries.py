"""Retry strategies of a user's own.

The broker tries tasks again, as they are registered (`retry`, `retry_on_exc`,
`retry_backoff`), with the same id. A strategy has a word in it when an attempt failed:

    class NotAtNight(AsyncRetryPlugin):
        async def decide(self, **given):
            return None if by_day() else timedelta(hours=8)

    app.add_plugin(NotAtNight(), component="worker")
"""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

from qtasks.colours import called
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import TaskPlugin


class RetryPlugin(TaskPlugin):
    """Decides about another attempt; as it stands, it leaves that to the broker."""

    kind: ClassVar[str] = "retry"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.handlers = {"worker_task_error_retry": self._decided}

    def decide(self, **given: Any) -> Any:
        """Decide about a failed attempt; a function of either colour.

        Args:
            **given: As for the trigger `worker_task_error_retry`: `broker`, `task_func`
                (the definition), `task_broker` (the task) and `trace`.

        Returns:
            `None` as registered; `False` for no other attempt; `True` for another one;
            or how long to wait for it, in seconds or as a timedelta. How many there are
            at most is the task's `retry`.
        """

    def applies(self, definition: TaskDefinition) -> bool:  # noqa: ARG002
        """Whether there is a strategy at all."""
        return type(self).decide is not RetryPlugin.decide

    async def _decided(self, *, model: Any = None, **given: Any) -> dict[str, Any]:
        answer = await called(self.decide, offload=True, model=model, **given)
        if answer is None:
            return {}
        model = model or SimpleNamespace()
        model.retry = answer is not False
        model.retry_delay = None if isinstance(answer, bool) else _seconds(answer)
        return {"model": model}


def _seconds(wait: float | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


class AsyncRetryPlugin(RetryPlugin):
    """The same, under the name async apps know."""


class SyncRetryPlugin(RetryPlugin):
    """The same, under the name sync apps know."""
