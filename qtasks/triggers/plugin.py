"""The plugin contract: logic that takes part in what components do."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from qtasks.colours import Colour
from qtasks.task.definition import TaskDefinition
from qtasks.triggers.table import NAMES

Handler = Callable[..., Any]


class BasePlugin:
    """Logic that takes part in what components do, at the triggers it handles.

    A handler is an entry of `handlers`, or a method with the name of the trigger. It
    gets what the trigger gives (see `qtasks.triggers.table`) by name, and returns
    `None`, or a dict of what it wants changed: only what it names is. In an async app
    handlers are coroutine functions, in a sync app plain ones. Types for them are in
    `qtasks.given`.

        class Louder(BasePlugin):
            async def task_executor_args_replace(self, *, args, **given):
                return {"args": [str(one).upper() for one in args]}

        app.add_plugin(Louder(), component="worker")

    Under the key `plugin_cache` a handler may return anything: the plugin's handlers get
    it back, by that name, from then on.

    Args:
        name: Names the plugin in logs and errors; the class's own if none is given.
    """

    colour: ClassVar[Colour | None] = None
    """The kind of app it is made for; `None`: what its handlers are."""
    fatal: bool | None = None
    """Whether its errors are those of the task or call it takes part in; `None`: as the
    app's `plugin_errors` says."""
    plugin_cache: Any = None
    """What a handler returned to be given back."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__
        self.handlers: dict[str, Handler] = {}

    def handler(self, name: str) -> Handler | None:
        """What handles a trigger, if anything does."""
        found = self.handlers.get(name)
        if found is None and name in NAMES:
            found = getattr(self, name, None)
        return found

    def trigger(self, name: str, **given: Any) -> Any:
        """Handle a trigger; `None` when there is no handler for it."""
        handler = self.handler(name)
        return None if handler is None else handler(**given)

    def start(self, *args: Any, **kwargs: Any) -> Any:
        """Get ready: called once when the app's components start."""

    def stop(self, *args: Any, **kwargs: Any) -> Any:
        """Let go: called once when they stop."""


class TaskPlugin(BasePlugin, ABC):
    """A plugin that is a part of how tasks run; each worker has the built-in ones.

    It takes part in the tasks it applies to, and costs the others nothing. Its handlers
    are coroutine functions that wait for nothing but `qtasks.colours.called`, so that
    they serve tasks in the loop and tasks in threads. What they raise is the task's error.
    """

    kind: ClassVar[str]
    """What it is for: a worker has one of each kind, and a second one replaces the
    first."""

    @abstractmethod
    def applies(self, definition: TaskDefinition) -> bool:
        """Whether it takes part in this task."""

    def check(self, definition: TaskDefinition) -> None:
        """Raise what is wrong with a task, before a worker serves it."""

    async def release(self) -> None:
        """Let go of what it keeps for the worker; called when that has stopped."""

    async def stop(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Let go of everything."""
        await self.release()
