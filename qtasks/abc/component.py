"""What all components have: a name, settings, events, and plugins that take part.

A component needs no `__init__` for this, so that one of a user's own can be a few lines.
The app it is given to fills in what it was not given itself (`join`).
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.events import Events
from qtasks.triggers import BasePlugin, Plugins


class Component:
    """A part of an app that can be replaced."""

    component: ClassVar[str]
    """Its kind, as `add_plugin` names it."""
    name: str = "QueueTasks"
    """The app it serves."""
    config: QueueConfig | None = None
    events: Events | None = None

    @cached_property
    def plugins(self) -> Plugins:
        """The plugins that take part in what it does."""
        return Plugins(self.component)

    def add_plugin(
        self, plugin: BasePlugin, trigger_names: Sequence[str] | None = None
    ) -> None:
        """Let a plugin take part; see `Plugins.add`."""
        self.plugins.add(plugin, trigger_names)

    def update_config(self, config: QueueConfig) -> None:
        """Use these settings from now on."""
        self.config = config

    def join(
        self, name: str, config: QueueConfig, events: Events, colour: Colour
    ) -> None:
        """Belong to an app: take over what the component was not given itself.

        Raises:
            WrongColour: a plugin is made for the other kind of app.
        """
        self.name = name
        self.update_config(config)
        if self.events is None:
            self.events = events
        self.plugins.colour = colour
        self.plugins.fatal = config.plugin_errors == "fatal"
        self.plugins.paint(colour)

    def parts(self) -> dict[str, Any]:
        """The components inside this one, by kind."""
        return {}
