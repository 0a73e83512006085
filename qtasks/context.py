"""What a running task sees of itself, and says to its worker.

The worker sets the current attempt; `ctx` finds it from any code the task calls, also in
the threads it runs in.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, NoReturn
from uuid import UUID

from qtasks.errors import NoRunningTask


@dataclass(frozen=True, slots=True)
class Ask:
    """Yield it to ask a question: the `yield` evaluates to the answer.

    The task waits until somebody replies, also across a restart of the broker.
    """

    prompt: Any = None
    """What to show to whoever answers."""
    timeout: float | timedelta | None = None
    """How long to wait; then `AskTimeout` is raised at the `yield`."""


class Retry(Exception):
    """Raise it to end the attempt and have the task tried again.

    Counts as a failed attempt: the task's retry policy says how many there may be.
    """

    def __init__(
        self, message: str = "", *, delay: float | timedelta | None = None
    ) -> None:
        super().__init__(message or "the task asked to be tried again")
        self.delay = delay


class TaskCancelError(RuntimeError):
    """Raise it to end the task as cancelled; the message is the reason."""


class TaskPluginTriggerError(Exception):
    """Raise it to have a plugin decide: see `task_executor_run_task_trigger_error`.

    Without a plugin that answers, it is an error like others.

    Args:
        **kwargs: Facts for the plugin.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.kwargs = kwargs
        facts = ", ".join(f"{name}={value!r}" for name, value in kwargs.items())
        super().__init__(facts or "the task asked for a plugin")

    def __reduce__(self) -> Any:
        return _plugin_error, (self.kwargs,)


def _plugin_error(kwargs: dict[str, Any]) -> TaskPluginTriggerError:
    return TaskPluginTriggerError(**kwargs)


class Context(ABC):
    """What a running task sees of itself, and says to its worker."""

    @cached_property
    def submissions(self) -> list[Any]:
        """What the task has submitted and may not have awaited."""
        return []

    @property
    @abstractmethod
    def task_uuid(self) -> UUID:
        """The task's id."""

    @property
    @abstractmethod
    def task_name(self) -> str:
        """The task's name."""

    @property
    @abstractmethod
    def attempt(self) -> int:
        """The number of this attempt, from 1."""

    @property
    def app(self) -> Any:
        """The app that runs it; `None` in a process of the task's own."""
        return None

    @property
    @abstractmethod
    def metadata(self) -> dict[str, str]:
        """The facts that travelled with the task."""

    @property
    @abstractmethod
    def cancelled(self) -> bool:
        """Whether the task was told to stop; a plain function looks now and then."""

    @abstractmethod
    def log(
        self, message: str, *, level: int = logging.INFO, **fields: object
    ) -> Awaitable[None]:
        """Send a log line to everybody who watches.

        A coroutine that logs a lot may await the answer: it comes when there is room. A
        plain function is held up by itself.
        """

    @abstractmethod
    def progress(
        self, done: float, total: float = 0, note: str = ""
    ) -> Awaitable[None]:
        """Tell everybody who watches how far the task is; awaited like `log`."""

    @abstractmethod
    def sleep(self, seconds: float) -> Any:
        """Wait; ends early when the task is cancelled. Awaited in coroutines."""

    @abstractmethod
    def get_config(self) -> Any:
        """The app's settings."""

    @abstractmethod
    def get_component(self, name: str) -> Any:
        """A component of the app, for example `broker`; `None` if it has none."""

    @abstractmethod
    def get_task(self, uuid: UUID | str) -> Any:
        """A task as it stands. Awaited in coroutines."""

    def get_metadata(self, *, cache: bool = True) -> Any:
        """This task as it stands. Awaited in coroutines.

        Args:
            cache: What was looked up before in this attempt will do.
        """
        del cache
        return self.get_task(self.task_uuid)

    def get_logger(self, name: str | None = None) -> logging.LoggerAdapter[Any]:
        """A Python logger that adds the task's name and id to each record."""
        return logging.LoggerAdapter(
            logging.getLogger(name or self.task_name),
            {"task_name": self.task_name, "task_id": str(self.task_uuid)},
        )

    def cancel(self, reason: str = "") -> NoReturn:
        """End the task here, as cancelled."""
        raise TaskCancelError(reason)

    def plugin_error(self, **kwargs: Any) -> NoReturn:
        """End the task here and have a plugin decide; see `TaskPluginTriggerError`."""
        raise TaskPluginTriggerError(**kwargs)


CURRENT: ContextVar[Context] = ContextVar("qtasks_context")


def current_context() -> Context:
    """The context of the task that runs here; raises `NoRunningTask`."""
    try:
        return CURRENT.get()
    except LookupError:
        raise NoRunningTask from None


class _CurrentContext:
    """Stands for the context of whatever task runs where it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(current_context(), name)


ctx: Any = _CurrentContext()
"""The context of the running task, wherever it is used."""
