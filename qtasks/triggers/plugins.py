"""Plugins: those of one component, by trigger, and the way to ask them."""

import difflib
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qtasks.colours import Colour, called, is_coroutine_function
from qtasks.errors import PluginFailed, UnknownTrigger, WrongColour
from qtasks.triggers.plugin import BasePlugin
from qtasks.triggers.table import TRIGGERS

logger = logging.getLogger(__name__)

GLOBALS = "Globals"
"""In the place of a trigger's name: all triggers of the component."""
ONLY_LIFE = "-"
"""In the place of a trigger's name: none, `start` and `stop` only."""


class Plugins:
    """The plugins of one component, by trigger.

    Asking costs nothing while nobody listens: look with `wants` first.

    Args:
        component: The component's kind, as in `TRIGGERS`.
    """

    def __init__(self, component: str) -> None:
        self.component = component
        self.colour: Colour | None = None
        """That of the app, once it is known; plugins of another are refused."""
        self.fatal = False
        """Whether an error of a plugin is passed on, or logged and skipped."""
        self._by_trigger: dict[str, list[BasePlugin]] = {}
        self._everywhere: list[BasePlugin] = []
        self._all: dict[int, BasePlugin] = {}

    def __iter__(self) -> Iterator[BasePlugin]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, plugin: object) -> bool:
        return id(plugin) in self._all

    @property
    def by_trigger(self) -> Mapping[str, Sequence[BasePlugin]]:
        """The plugins that asked for a trigger by name."""
        return self._by_trigger

    def add(
        self, plugin: BasePlugin, trigger_names: Sequence[str] | None = None
    ) -> None:
        """Let a plugin take part.

        Args:
            plugin: The plugin.
            trigger_names: Where; none means everywhere in the component.

        Raises:
            UnknownTrigger: the component has no such trigger.
            WrongColour: the plugin is made for the other kind of app.
        """
        self.check(plugin)
        names = [GLOBALS] if trigger_names is None else list(trigger_names)
        for name in names:
            self._check_name(name)
        self._all[id(plugin)] = plugin
        for name in names:
            if name == GLOBALS:
                self._everywhere.append(plugin)
            elif name != ONLY_LIFE:
                self._by_trigger.setdefault(name, []).append(plugin)

    def check(self, plugin: BasePlugin) -> None:
        """Raise `WrongColour` for a plugin made for the other kind of app."""
        if self.colour is None:
            return
        for what, colour in colours_of(plugin):
            if colour != self.colour:
                needed = "`async def`" if self.colour == "async" else "a plain `def`"
                raise WrongColour(
                    f"{what} of the plugin {plugin.name!r} is made for {colour} apps, "
                    f"and this app is {self.colour}: there it must be {needed}",
                    plugin=plugin.name,
                )

    def paint(self, colour: Colour) -> None:
        """Belong to an app of this colour; raises `WrongColour`."""
        self.colour = colour
        for plugin in self:
            self.check(plugin)

    def _check_name(self, name: str) -> None:
        known = TRIGGERS[self.component]
        if name in known or name in (GLOBALS, ONLY_LIFE):
            return
        elsewhere = [kind for kind, names in TRIGGERS.items() if name in names]
        if elsewhere:
            hint = f"; it is one of {elsewhere[0]!r}: pass component={elsewhere[0]!r}"
        else:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UnknownTrigger(
            f"the component {self.component!r} has no trigger {name!r}{hint}",
            trigger=name,
            component=self.component,
        )

    # -- asking -------------------------------------------------------------------------

    def wants(self, trigger: str) -> bool:
        """Whether any plugin takes part here."""
        return bool(self._everywhere) or trigger in self._by_trigger

    async def fire(self, trigger: str, **given: Any) -> dict[str, Any]:
        """Ask the plugins, each with what the ones before it changed.

        Returns:
            What was changed, by name; empty when nothing was.

        Raises:
            PluginFailed: a plugin raised whose errors are not to be skipped.
        """
        changed: dict[str, Any] = {}
        takes = TRIGGERS[self.component][trigger].takes
        for plugin in (*self._by_trigger.get(trigger, ()), *self._everywhere):
            try:
                answer = await called(
                    plugin.trigger,
                    trigger,
                    offload=self.colour == "sync",
                    **{**given, **changed},
                )
            except Exception as error:  # noqa: BLE001  # a plugin may raise anything
                self._failed(plugin, trigger, error)
                continue
            if answer is not None:
                changed.update(self._accepted(plugin, trigger, answer, takes))
        return changed

    def _accepted(
        self, plugin: BasePlugin, trigger: str, answer: Any, takes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What of a plugin's answer counts."""
        if not isinstance(answer, Mapping):
            kind = type(answer).__name__
            error = TypeError(f"it returned a {kind}; return None or a dict")
            self._failed(plugin, trigger, error)
            return {}
        ignored = [key for key in answer if key not in takes]
        if ignored:
            logger.warning(
                "plugin changed what can't be changed",
                extra={"plugin": plugin.name, "trigger": trigger, "keys": ignored},
            )
        return {key: answer[key] for key in answer if key in takes}

    def _failed(self, plugin: BasePlugin, trigger: str, error: Exception) -> None:
        fatal = self.fatal if plugin.fatal is None else plugin.fatal
        if fatal:
            raise PluginFailed(
                f"the plugin {plugin.name!r} failed at {trigger}: "
                f"{type(error).__name__}: {error}",
                plugin=plugin.name,
                trigger=trigger,
            ) from error
        logger.error(
            "plugin failed and was skipped",
            exc_info=error,
            extra={"plugin": plugin.name, "trigger": trigger},
        )


def colours_of(plugin: BasePlugin) -> Iterator[tuple[str, Colour]]:
    """What a plugin says of the kind of app it is made for."""
    if plugin.colour is not None:
        yield "the class", plugin.colour
        return
    if type(plugin).trigger is not BasePlugin.trigger:
        made_of = is_coroutine_function(plugin.trigger)
        yield "`trigger`", "async" if made_of else "sync"
    for name, handler in plugin.handlers.items():
        made_of = is_coroutine_function(handler)
        yield f"the handler of {name!r}", "async" if made_of else "sync"
