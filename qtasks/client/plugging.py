"""Plugging: plugins find their component, and a component that comes later its plugins."""

from collections.abc import Sequence
from inspect import isclass
from typing import Any, Protocol

from qtasks.abc.component import Component
from qtasks.errors import UnknownComponent, WrongComponent
from qtasks.spelling import did_you_mean
from qtasks.triggers import COMPONENTS, BasePlugin, Plugins

Row = tuple[BasePlugin, Sequence[str] | None]

LATER = ("starter", "stats")
"""Components that an app may not have yet when plugins are added to them."""


class PluggedApp(Protocol):
    """What is asked of the app."""

    plugins: Plugins
    worker: Any
    starter: Any

    @property
    def broker(self) -> Any:
        """The broker, with its storage and global config inside."""


class Plugging:
    """Adds plugins to an app and its components.

    Args:
        app: The app.
    """

    def __init__(self, app: PluggedApp) -> None:
        self._app = app
        self._waiting: dict[str, list[Row]] = {kind: [] for kind in LATER}

    def add(
        self,
        plugin: BasePlugin,
        trigger_names: Sequence[str] | None = None,
        component: str | None = None,
    ) -> None:
        """Let a plugin take part in what the app or a component does.

        Args:
            plugin: The plugin.
            trigger_names: Where, as in `qtasks.triggers`; none means everywhere in the
                component. `["-"]`: nowhere, it is started and stopped with the app.
            component: `worker`, `broker`, `storage`, `global_config`, `starter` or
                `stats`; `None`: the app's own calls.

        Raises:
            UnknownComponent: there is no such component.
            UnknownTrigger: the component has no such trigger.
            WrongComponent: this is no plugin.
            WrongColour: the plugin is made for the other kind of app.
        """
        _check(plugin)
        kind = _known(component)
        names = [trigger_names] if isinstance(trigger_names, str) else trigger_names
        if kind in LATER:
            trial = Plugins(kind)
            trial.colour = self._app.plugins.colour
            trial.add(plugin, names)
            self._waiting[kind].append((plugin, names))
            if kind == "stats" or self._app.starter is None:
                return
        self._hub(kind).add(plugin, names)

    def join(self, part: Any) -> None:
        """Give a component that came later the plugins that wait for it.

        Args:
            part: A starter, or statistics of the app.
        """
        kind = part.plugins.component
        for plugin, names in self._waiting.get(kind, ()):
            if plugin not in part.plugins:
                part.plugins.add(plugin, names)

    def _hub(self, kind: str) -> Plugins:
        app = self._app
        if kind == "app":
            return app.plugins
        part: Component
        if kind in ("worker", "starter", "broker"):
            part = getattr(app, kind)
        else:
            storage = app.broker.storage
            part = storage if kind == "storage" else storage.global_config
        return part.plugins


def _known(component: str | None) -> str:
    if component is None or component in COMPONENTS:
        return component or "app"
    hint = did_you_mean(str(component), COMPONENTS) or "."
    raise UnknownComponent(
        f"there is no component {component!r}{hint} There are "
        f"{', '.join(COMPONENTS[1:])}; leave it out for the app itself",
        component=str(component),
    )


def _check(plugin: Any) -> None:
    if isclass(plugin):
        raise WrongComponent(
            f"add_plugin takes a plugin, not the class: write {plugin.__name__}()"
        )
    if not isinstance(plugin, BasePlugin):
        raise WrongComponent(
            f"add_plugin takes a plugin, not {plugin!r:.80}: derive its class from "
            "qtasks.plugins.BasePlugin"
        )
    if not hasattr(plugin, "handlers"):
        raise WrongComponent(
            f"the plugin {type(plugin).__name__} was not made ready: call "
            "super().__init__() in its __init__"
        )
