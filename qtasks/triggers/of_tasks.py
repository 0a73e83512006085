"""A plugin that takes part for some tasks only: those of a router."""

from collections.abc import Callable
from typing import Any

from qtasks.triggers.plugin import BasePlugin
from qtasks.triggers.plugins import colours_of


class OfTasks(BasePlugin):
    """A plugin that takes part for some tasks only.

    Where a trigger does not tell of a single task, it does not take part.

    Args:
        plugin: The plugin.
        has: Whether a task of this name is one of them.
    """

    def __init__(self, plugin: BasePlugin, has: Callable[[str], bool]) -> None:
        super().__init__(plugin.name)
        self._plugin = plugin
        self._has = has
        self.fatal = plugin.fatal
        # What it is to Python is not what the plugin is to the app.
        self.colour = next(  # type: ignore[misc]
            (colour for _, colour in colours_of(plugin)), None
        )

    def trigger(self, name: str, **given: Any) -> Any:
        """Pass a trigger on that is about one of the tasks."""
        task_name = task_named_in(given)
        if task_name is None or not self._has(task_name):
            return None
        return self._plugin.trigger(name, **given)

    def start(self, *args: Any, **kwargs: Any) -> Any:
        """Get ready."""
        return self._plugin.start(*args, **kwargs)

    def stop(self, *args: Any, **kwargs: Any) -> Any:
        """Let go."""
        return self._plugin.stop(*args, **kwargs)


def task_named_in(given: dict[str, Any]) -> str | None:
    """The name of the task that a trigger is about, if it is about one."""
    name = given.get("task_name")
    if isinstance(name, str):
        return name
    func = given.get("task_func") or getattr(
        given.get("task_executor"), "task_func", None
    )
    if func is not None:
        return str(func.name)
    for key in ("model", "task_broker", "task"):
        name = getattr(given.get(key), "task_name", None)
        if isinstance(name, str):
            return name
    return None
