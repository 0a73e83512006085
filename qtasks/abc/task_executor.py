"""The task executor contract: what is done around a task's function, one attempt at a time.

    class Careful(AsyncTaskExecutor):
        async def on_error(self, error):
            if isinstance(error, KeyError):
                return None  # the result instead
            raise error

    @app.task(executor=Careful)
    async def careful(): ...

An executor is made for each attempt. `AsyncTaskExecutor` works in the worker's loop and
has `async def` methods, `SyncTaskExecutor` in a thread and has plain ones; either carries
out functions of both kinds. `super().execute()` works in both.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from qtasks.abc.middleware import check_all
from qtasks.colours import Colour, is_coroutine_function
from qtasks.errors import WrongColour, WrongComponent
from qtasks.task import TaskDefinition
from qtasks.triggers import Plugins

STEPS: Final = (
    "execute",
    "execute_middlewares_before",
    "before_execute",
    "run_task",
    "on_error",
    "after_execute",
    "execute_middlewares_after",
    "decode",
    "should_retry",
    "retry_delay",
)
"""What can be overridden, in the order it is called."""


class DecodeFailed(Exception):
    """What turned a result into the form it travels in raised the cause of this."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker lends to an executor."""

    call: Callable[[list[Any], dict[str, Any]], Any]
    """Calls the function with these arguments, in its place; a generator is run to its
    end."""
    before: Sequence[Any] = ()
    """The middlewares before, those of the app first."""
    after: Sequence[Any] = ()
    """The middlewares after, those of the app last."""
    stopped: Callable[[], str | None] = lambda: None
    """Why the attempt was told to stop, if it was."""


class BaseTaskExecutor(ABC):
    """Carries out one attempt of a task.

    Args:
        task_func: The task's definition.
        task_broker: The task as the broker gave it: `task_name`, `uuid`, `priority`,
            `args`, `kwargs`, `created_at`, `attempt`, `metadata`.
        log: Where to log to.
        plugins: The plugins that take part in this task.
    """

    colour: ClassVar[Colour]
    place: ClassVar[str | None] = None
    """Where the function runs: `thread`, `process`, or as its kind says."""
    decode_cls: Callable[[Any], Any] | None = None
    """Turns results into values that travel, for tasks without a `decode` of their own."""

    def __init__(
        self,
        task_func: TaskDefinition,
        task_broker: Any,
        log: Any = None,
        plugins: Plugins | None = None,
    ) -> None:
        self.task_func = task_func
        self.task_broker = task_broker
        self.log = log or logging.getLogger(f"qtasks.task.{task_func.name}")
        self.plugins = plugins
        self.echo = task_func.echo
        self._args: list[Any] = list(task_broker.args)
        self._kwargs: dict[str, Any] = dict(task_broker.kwargs)
        self._result: Any = None
        self.error: BaseException | None = None
        """What went wrong so far; after-middlewares and plugins look here."""
        self.surroundings = Surroundings(
            lambda args, kwargs: task_func.func(*args, **kwargs),
            task_func.middlewares_before,
            task_func.middlewares_after,
        )

    @property
    def args(self) -> list[Any]:
        """The arguments, with the task object of `echo` in front; may be changed."""
        return self._args

    @args.setter
    def args(self, args: Sequence[Any]) -> None:
        self._args = list(args)

    @property
    def kwargs(self) -> dict[str, Any]:
        """The named arguments; may be changed."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, kwargs: dict[str, Any]) -> None:
        self._kwargs = kwargs

    @property
    def result(self) -> Any:
        """The result so far; may be changed."""
        return self._result

    @result.setter
    def result(self, result: Any) -> None:
        self._result = result

    @abstractmethod
    def execute(self, decode: bool = True) -> Any:  # noqa: FBT001, FBT002  # as users know it
        """Carry the attempt out: its result.

        Calls the other steps, in the order of `STEPS`.

        Args:
            decode: Whether the result is turned into the form it travels in.
        """

    @abstractmethod
    def execute_middlewares_before(self) -> Any:
        """Call the middlewares before; what one raises is the task's error."""

    @abstractmethod
    def before_execute(self) -> Any:
        """Get ready: the arguments are complete."""

    @abstractmethod
    def run_task(self) -> Any:
        """Call the function with the arguments as they are now: its result."""

    @abstractmethod
    def on_error(self, error: Exception) -> Any:
        """Decide on an error: return the result to have instead, or raise.

        Not asked about `Retry`, `TaskCancelError` and being told to stop.
        """

    @abstractmethod
    def after_execute(self) -> Any:
        """The function returned."""

    @abstractmethod
    def execute_middlewares_after(self) -> Any:
        """Call the middlewares after, however the attempt ended: see `error`."""

    @abstractmethod
    def decode(self) -> Any:
        """The result in the form it travels in."""

    @abstractmethod
    def should_retry(self, error: Exception) -> Any:
        """Whether the task may be tried again after this error.

        How often in all, the task's `retry` says.
        """

    @abstractmethod
    def retry_delay(self, error: Exception) -> Any:
        """Seconds to wait before the next attempt; `None`: as `retry_backoff` says."""


Seconds = float | timedelta


def check_around(definition: TaskDefinition) -> None:
    """Check what a task is to have around its function.

    Raises:
        WrongComponent: its executor or a middleware can't be one.
        WrongColour: it mixes functions of both kinds.
    """
    check_all((*definition.middlewares_before, *definition.middlewares_after))
    if definition.executor is not None and not isinstance(definition.executor, str):
        check_task_executor(definition.executor)


def check_task_executor(executor: Any) -> None:
    """Raise for what can't carry tasks out.

    A class of another kind will do if it is made like a `BaseTaskExecutor` and has
    `execute`: then all of the attempt is up to it. One without it, which has nothing but
    steps, overrides these of the usual executor.

    Raises:
        WrongComponent: it is no class, or has neither `execute` nor only steps.
        WrongColour: it overrides a step with a function of the other kind.
    """
    if not isinstance(executor, type):
        name = type(executor).__name__
        made = f"the class itself: executor={name}" if name != "function" else "a class"
        raise WrongComponent(
            f"executor takes a class, of which one is made for each attempt, not "
            f"{executor!r:.80}; pass {made}",
            field="executor",
        )
    if not callable(getattr(executor, "execute", None)):
        _check_steps(executor)
    if issubclass(executor, BaseTaskExecutor):
        _check_colour(executor)


def _check_steps(executor: type) -> None:
    names = [name for name in dir(executor) if not name.startswith("_")]
    strange = [name for name in names if name not in (*STEPS, "decode_cls", "place")]
    if strange:
        raise WrongComponent(
            f"the executor {executor.__name__} has no `execute`, and `{strange[0]}` is "
            "no step; derive it from qtasks.executors.AsyncTaskExecutor or "
            "SyncTaskExecutor",
            field="executor",
        )


def completed(executor: type[Any], usual: type[BaseTaskExecutor]) -> type[Any]:
    """An executor with all the steps: those it has not are those of the usual one."""
    if hasattr(executor, "execute"):
        return executor
    return type(executor.__name__, (executor, usual), {})


def _check_colour(executor: type[BaseTaskExecutor]) -> None:
    colour = getattr(executor, "colour", None)
    for name in STEPS:
        step = getattr(executor, name)
        if getattr(step, "__isabstractmethod__", False):
            continue
        if colour is not None and is_coroutine_function(step) != (colour == "async"):
            needed = "`async def`" if colour == "async" else "a plain `def`"
            raise WrongColour(
                f"{executor.__name__}.{name} must be {needed}, as in "
                f"{'Async' if colour == 'async' else 'Sync'}TaskExecutor",
                field="executor",
            )
