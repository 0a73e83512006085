"""The plugin contract: logic that takes part in what components do."""

from collections.abc import Callable
from typing import Any, ClassVar

from qtasks.colours import Colour

Handler = Callable[..., Any]


class BasePlugin:
    """Logic that takes part in what components do, at the triggers it handles.

    A subclass fills `handlers`. A handler gets what the trigger gives (see
    `qtasks.triggers.table`) by name, and returns `None`, or a dict of what it wants
    changed: only what it names is. In an async app handlers are coroutine functions,
    in a sync app plain ones.

    Args:
        name: Names the plugin in logs and errors; the class's own if none is given.
    """

    colour: ClassVar[Colour | None] = None
    """The kind of app it is made for; `None`: what its handlers are."""
    fatal: bool | None = None
    """Whether its errors are those of the task or call it takes part in; `None`: as the
    app's `plugin_errors` says."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__
        self.handlers: dict[str, Handler] = {}

    def trigger(self, name: str, **given: Any) -> Any:
        """Handle a trigger; `None` when there is no handler for it."""
        handler = self.handlers.get(name)
        return None if handler is None else handler(**given)

    def start(self, *args: Any, **kwargs: Any) -> Any:
        """Get ready: called once when the app's components start."""

    def stop(self, *args: Any, **kwargs: Any) -> Any:
        """Let go: called once when they stop."""
