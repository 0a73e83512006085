"""AsyncStats and SyncStats: one way to look at an app, for both kinds of app."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from qtasks.colours import Colour
from qtasks.stats.app_sheet import InspectedApp
from qtasks.stats.inspection import InspectStats
from qtasks.triggers import BasePlugin, Plugins

TRIGGER = "stats_inspect"


class _Stats:
    """Looks at an app.

    Its methods are plain in both kinds of app: they look at what is in memory.

    Args:
        app: The app.
        plugins: Plugins that take part, by trigger (`stats_inspect`); or plain in a
            sequence, for every trigger.
    """

    colour: ClassVar[Colour]

    def __init__(
        self,
        app: InspectedApp,
        plugins: Mapping[str, Sequence[BasePlugin]]
        | Sequence[BasePlugin]
        | None = None,
    ) -> None:
        self.app = app
        self.plugins = Plugins("stats")
        self.plugins.colour = self.colour
        self.plugins.fatal = app.config.plugin_errors == "fatal"
        if isinstance(plugins, Mapping):
            for trigger, listed in plugins.items():
                for plugin in listed:
                    self.add_plugin(plugin, [trigger])
        else:
            for plugin in plugins or ():
                self.add_plugin(plugin)
        plugging = getattr(getattr(app, "asyncio", app), "plugging", None)
        if plugging is not None:
            plugging.join(self)

    def add_plugin(
        self, plugin: BasePlugin, trigger_names: Sequence[str] | None = None
    ) -> None:
        """Let a plugin take part when the app is inspected.

        Args:
            plugin: The plugin.
            trigger_names: Where; none means everywhere.

        Raises:
            UnknownTrigger: there is no such trigger.
            WrongColour: the plugin is made for the other kind of app.
        """
        self.plugins.add(plugin, trigger_names)

    def inspect(self) -> InspectStats:
        """Look at the app as it is now.

        Plugins hear of it first; a plugin's coroutine is run to its end in a thread of
        its own, because this call waits for it and has no loop to lend.

        Raises:
            PluginFailed: a plugin raised whose errors are not to be skipped.
        """
        if self.plugins.wants(TRIGGER):
            with ThreadPoolExecutor(1, "qtasks-stats") as thread:
                told = self.plugins.fire(TRIGGER, stats=self)
                thread.submit(asyncio.run, told).result()
        return InspectStats(self.app)


class AsyncStats(_Stats):
    """Looks at an app; plugins are those of an asynchronous one."""

    colour: ClassVar[Colour] = "async"


class SyncStats(_Stats):
    """Looks at an app; plugins are plain functions, as in a synchronous one."""

    colour: ClassVar[Colour] = "sync"
