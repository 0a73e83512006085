"""Plugins: those of one component, by trigger, and the way to ask them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from qtasks.colours import Colour, called, is_coroutine_function
from qtasks.errors import PluginFailed, UnknownTrigger, WrongColour
from qtasks.spelling import did_you_mean
from qtasks.task.definition import TaskDefinition
from qtasks.triggers.plugin import BasePlugin, TaskPlugin
from qtasks.triggers.table import NAMES, TRIGGERS

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
        self._concerned: dict[TaskDefinition, Plugins] = {}
        self.watchers: list[Callable[[], None]] = []
        """Called when a plugin was added, by those who decided from what there was."""

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
        names = self._names(plugin, trigger_names)
        for name in names:
            self._check_name(name)
        for name in plugin.handlers:
            self._check_handler(plugin, name)
        if isinstance(plugin, TaskPlugin):
            self._remove_kind(plugin.kind)
        self._all[id(plugin)] = plugin
        self._concerned.clear()
        for name in names:
            if name == GLOBALS:
                self._everywhere.append(plugin)
            elif name != ONLY_LIFE:
                self._by_trigger.setdefault(name, []).append(plugin)
        for watcher in list(self.watchers):
            watcher()

    def _names(
        self, plugin: BasePlugin, trigger_names: Sequence[str] | None
    ) -> list[str]:
        if trigger_names is not None:
            return list(trigger_names)
        if isinstance(plugin, TaskPlugin):
            return [one for one in plugin.handlers if one in TRIGGERS[self.component]]
        return [GLOBALS]

    def _remove_kind(self, kind: str) -> None:
        for plugin in list(self):
            if isinstance(plugin, TaskPlugin) and plugin.kind == kind:
                del self._all[id(plugin)]
                for listed in (self._everywhere, *self._by_trigger.values()):
                    listed[:] = [one for one in listed if one is not plugin]

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
        self._concerned.clear()
        for plugin in self:
            self.check(plugin)

    def _check_handler(self, plugin: BasePlugin, name: str) -> None:
        """Raise `UnknownTrigger` for a handler that no component would call."""
        known = [one for named in TRIGGERS.values() for one in named]
        if name in known:
            return
        raise UnknownTrigger(
            f"the plugin {plugin.name!r} has a handler for {name!r}, but there is no "
            f"such trigger{did_you_mean(name, known)}",
            trigger=name,
            plugin=plugin.name,
        )

    def _check_name(self, name: str) -> None:
        known = TRIGGERS[self.component]
        if name in known or name in (GLOBALS, ONLY_LIFE):
            return
        elsewhere = [kind for kind, names in TRIGGERS.items() if name in names]
        if elsewhere:
            hint = f"; it is one of {elsewhere[0]!r}: pass component={elsewhere[0]!r}"
        else:
            hint = did_you_mean(name, known)
        raise UnknownTrigger(
            f"the component {self.component!r} has no trigger {name!r}{hint}",
            trigger=name,
            component=self.component,
        )

    # -- tasks --------------------------------------------------------------------------

    def of(self, definition: TaskDefinition) -> "Plugins":
        """Those that take part in a task: without built-in ones it does not need.

        The same object for the same task, until a plugin is added. It is empty (false)
        for most tasks; then nothing has to be fired for them.
        """
        found = self._concerned.get(definition)
        if found is None:
            found = self._concerned[definition] = self._filtered(definition)
        return found

    def _filtered(self, definition: TaskDefinition) -> "Plugins":
        def concerned(plugin: BasePlugin) -> bool:
            return not isinstance(plugin, TaskPlugin) or plugin.applies(definition)

        some = Plugins(self.component)
        some.colour, some.fatal = self.colour, self.fatal
        some._all = {id(one): one for one in self if concerned(one)}
        some._everywhere = [one for one in self._everywhere if concerned(one)]
        for name, plugins in self._by_trigger.items():
            if kept := [one for one in plugins if concerned(one)]:
                some._by_trigger[name] = kept
        return some

    def check_task(self, definition: TaskDefinition) -> None:
        """Raise what is wrong with a task that is to be served."""
        for plugin in self:
            if isinstance(plugin, TaskPlugin):
                plugin.check(definition)

    async def release(self) -> None:
        """Have built-in plugins let go of what they keep for a worker that stopped."""
        for plugin in self:
            if isinstance(plugin, TaskPlugin):
                await plugin.release()

    # -- asking -------------------------------------------------------------------------

    def wants(self, trigger: str) -> bool:
        """Whether any plugin takes part here."""
        return bool(self._everywhere) or trigger in self._by_trigger

    def wants_any(self, triggers: AbstractSet[str]) -> bool:
        """Whether any plugin takes part at one of these."""
        return bool(self._everywhere) or not triggers.isdisjoint(self._by_trigger)

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
                answer = await self._asked(plugin, trigger, {**given, **changed})
            except Exception as error:  # noqa: BLE001  # a plugin may raise anything
                self._failed(plugin, trigger, error)
                continue
            if answer is not None:
                changed.update(self._accepted(plugin, trigger, answer, takes))
        return changed

    async def _asked(
        self, plugin: BasePlugin, trigger: str, given: dict[str, Any]
    ) -> Any:
        if isinstance(plugin, TaskPlugin):
            # Written for loops and for threads: it chooses itself what runs where.
            return await plugin.trigger(trigger, **given)
        if plugin.plugin_cache is not None:
            given["plugin_cache"] = plugin.plugin_cache
        offload = self.colour == "sync"
        return await called(plugin.trigger, trigger, offload=offload, **given)

    def _accepted(
        self, plugin: BasePlugin, trigger: str, answer: Any, takes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What of a plugin's answer counts."""
        if not isinstance(answer, Mapping):
            kind = type(answer).__name__
            error = TypeError(f"it returned a {kind}; return None or a dict")
            self._failed(plugin, trigger, error)
            return {}
        if "plugin_cache" in answer:
            plugin.plugin_cache = answer["plugin_cache"]
        ignored = [key for key in answer if key not in takes and key != "plugin_cache"]
        if ignored:
            logger.warning(
                "plugin changed what can't be changed",
                extra={"plugin": plugin.name, "trigger": trigger, "keys": ignored},
            )
        return {key: answer[key] for key in answer if key in takes}

    def _failed(self, plugin: BasePlugin, trigger: str, error: Exception) -> None:
        if isinstance(plugin, TaskPlugin):
            raise error
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
    if isinstance(plugin, TaskPlugin):
        return
    if plugin.colour is not None:
        yield "the class", plugin.colour
        return
    if type(plugin).trigger is not BasePlugin.trigger:
        made_of = is_coroutine_function(plugin.trigger)
        yield "`trigger`", "async" if made_of else "sync"
    named = {name: getattr(plugin, name) for name in NAMES if hasattr(plugin, name)}
    for name, handler in {**named, **plugin.handlers}.items():
        made_of = is_coroutine_function(handler)
        yield f"the handler of {name!r}", "async" if made_of else "sync"
