"""The plugins that each worker has."""

from typing import Any

from qtasks.abc.component import Component, assembled
from qtasks.plugins.depends import DependsPlugin
from qtasks.plugins.pydantic import PydanticPlugin
from qtasks.plugins.retries import RetryPlugin
from qtasks.plugins.states import StatePlugin
from qtasks.triggers import TaskPlugin


def furnish(worker: Component, app: Any) -> None:
    """Give a worker the built-in plugins, except for kinds it has."""
    there = {one.kind for one in worker.plugins if isinstance(one, TaskPlugin)}
    made: tuple[TaskPlugin, ...] = (
        RetryPlugin(),
        PydanticPlugin(),
        DependsPlugin(),
        StatePlugin(app=app),
    )
    for plugin in made:
        if plugin.kind not in there:
            worker.add_plugin(plugin)


def tell_stops(worker: Component, broker: Component) -> None:
    """Have the worker's plugins hear that the components of its broker stop."""
    for part in assembled(broker):
        stops = f"{part.component}_stop"
        for plugin in worker.plugins:
            if (
                isinstance(plugin, TaskPlugin)
                and stops in plugin.handlers
                and plugin not in part.plugins
            ):
                part.plugins.add(plugin, [stops])
