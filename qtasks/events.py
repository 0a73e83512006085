"""Events: functions of an app's author that are called when something happens to it.

    @app.events.on.task_error()
    async def tell(worker, task_func, task_broker, model): ...

They watch and change nothing; what they raise is logged. They may be added at any time:
a running worker calls them from the next attempt of a task on.

    starting         the app's plugins have started, the broker is open; the components
                     and the worker start next
    stopping         the worker has ended, the broker is still open
    worker_running   the worker is about to take its first task; `number` is its place
                     among the workers in this process: 0, since there is one
    worker_stopping  it takes no more tasks; those that run go on
    task_running     an attempt begins: its arguments are known, the function is next
    task_stopping    an attempt ended, however it did, and its outcome is about to be
                     reported; `model.status` is `success`, `error`, `cancel`, `retry` when
                     another attempt follows, `new` when the task goes back to the queue
    task_success     a task ended well, and that was reported
    task_error       a task failed for good, and that was reported; after a failure that is
                     tried again it does not come
    task_cancel      a running task was cancelled, and that was reported

A task that is cancelled before it runs passes no worker, so no event tells of it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, overload

from qtasks.colours import Colour, called, is_coroutine_function
from qtasks.errors import InvalidField

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "starting": ("starter", "worker", "broker"),
    "stopping": ("starter", "worker", "broker"),
    "worker_running": ("worker", "number"),
    "worker_stopping": ("worker", "number"),
    "task_running": ("worker", "task_func", "task_broker"),
    "task_stopping": ("worker", "task_func", "task_broker", "model"),
    "task_success": ("worker", "task_func", "task_broker", "model"),
    "task_error": ("worker", "task_func", "task_broker", "model"),
    "task_cancel": ("worker", "task_func", "task_broker", "model"),
}
"""The events, and what their functions are called with, by name."""


@dataclass(frozen=True, slots=True)
class InitsExecSchema:
    """A function that is called on an event."""

    name: str
    """The event."""
    func: Callable[..., Any]
    awaiting: bool
    """Whether it is a coroutine function."""


class EventDecorator(Protocol):
    """Has a function called on an event; with or without parentheses."""

    @overload
    def __call__(self, func: F, /) -> F: ...

    @overload
    def __call__(self) -> Callable[[F], F]: ...


class OnEvents:
    """The decorators, one for each event; with or without parentheses."""

    def __init__(
        self,
        inits: dict[str, list[InitsExecSchema]],
        watchers: list[Callable[[], None]],
    ) -> None:
        self._inits = inits
        self._watchers = watchers

    def __getattr__(self, name: str) -> EventDecorator:
        if name not in EVENTS:
            raise AttributeError(
                f"there is no event {name!r}; there are {', '.join(EVENTS)}"
            )

        def decorator(func: F | None = None) -> Any:
            return self._register(name, func) if func else decorator_of

        def decorator_of(func: F) -> F:
            return self._register(name, func)

        return decorator

    def _register(self, name: str, func: F) -> F:
        if not callable(func):
            raise InvalidField(f"an event calls a function, not {func!r}", field=name)
        init = InitsExecSchema(name, func, is_coroutine_function(func))
        self._inits.setdefault(name, []).append(init)
        for watcher in list(self._watchers):
            watcher()
        return func


class Events:
    """What is called when something happens to an app."""

    def __init__(self) -> None:
        self.inits: dict[str, list[InitsExecSchema]] = {}
        self.watchers: list[Callable[[], None]] = []
        """Called when a function was added, by those who decided from what there was."""
        self.on = OnEvents(self.inits, self.watchers)
        self.colour: Colour | None = None
        """That of the app: in a sync app plain functions may block."""

    def wants(self, name: str) -> bool:
        """Whether anybody listens: look first, it costs nothing."""
        return name in self.inits

    def __len__(self) -> int:
        return sum(map(len, self.inits.values()))

    async def fire(self, name: str, **given: Any) -> None:
        """Call the functions of an event, one after the other."""
        for init in self.inits.get(name, ()):
            try:
                await called(init.func, offload=self.colour == "sync", **given)
            except Exception:
                logger.exception(
                    "function of an event failed",
                    extra={"event": name, "func": repr(init.func)},
                )
