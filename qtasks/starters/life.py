"""Life: who is told, in which order, that an app's components start and stop.

Up: plugins are started; the event `starting`; then the components from the outside in,
each told by its trigger when it is there: `starter_start`, `global_config_start`,
`storage_start`, `broker_start`. Then the worker starts, which tells of itself.

Down, once the worker has ended: the same in reverse. So what `starting` opened can be
used by every task, and `stopping` may close it; the broker is open all the while.
"""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from qtasks.abc.component import Component, assembled
from qtasks.abc.global_config import GlobalConfig
from qtasks.abc.starter import Starter
from qtasks.colours import called
from qtasks.errors import PluginFailed
from qtasks.triggers import BasePlugin

GIVEN = {
    "starter": ("starter",),
    "global_config": ("global_config",),
    "storage": ("storage",),
    "broker": ("broker", "worker"),
}
"""What the start trigger of each component gives, in the order they start."""


class Life:
    """Tells plugins and events that the components start, and later that they stop.

    Entered once the broker is open and before the worker starts.

    Args:
        starter: Whose components.
    """

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self._parts: dict[str, Component] = {
            part.component: part
            for part in (starter, starter.worker, *assembled(starter.broker))
            if part is not None
        }
        self._blocking = starter.app.colour == "sync"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for plugin in self._plugins():
                await self._start_plugin(plugin)
                stack.push_async_callback(self._called, plugin.stop)
            await self._tell("starting")
            stack.push_async_callback(self._tell, "stopping")
            for kind in GIVEN:
                if part := self._parts.get(kind):
                    await self._start(part)
                    stack.push_async_callback(self._stop, part)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(exc_type, exc, traceback)

    # -- components ---------------------------------------------------------------------

    async def _start(self, part: Component) -> None:
        if isinstance(part, GlobalConfig):
            await self._called(part.start)
        trigger = f"{part.component}_start"
        if part.plugins.wants(trigger):
            given = {kind: self._parts.get(kind) for kind in GIVEN[part.component]}
            await part.plugins.fire(trigger, **given)

    async def _stop(self, part: Component) -> None:
        trigger = f"{part.component}_stop"
        if part.plugins.wants(trigger):
            await part.plugins.fire(trigger, **{part.component: part})
        if isinstance(part, GlobalConfig):
            await self._called(part.stop)

    async def _tell(self, event: str) -> None:
        events = self._starter.app.events
        if events.wants(event):
            kinds = ("starter", "worker", "broker")
            await events.fire(event, **{kind: self._parts.get(kind) for kind in kinds})

    # -- plugins ------------------------------------------------------------------------

    def _plugins(self) -> Iterator[BasePlugin]:
        """The plugins of the app and all components, each once."""
        hubs = (self._starter.app.plugins, *(p.plugins for p in self._parts.values()))
        seen: set[int] = set()
        for hub in hubs:
            for plugin in hub:
                if id(plugin) not in seen:
                    seen.add(id(plugin))
                    yield plugin

    async def _start_plugin(self, plugin: BasePlugin) -> None:
        """Start a plugin; an app does not run with one that can't."""
        try:
            await self._called(plugin.start)
        except Exception as error:
            raise PluginFailed(
                f"the plugin {plugin.name!r} does not start: "
                f"{type(error).__name__}: {error}",
                plugin=plugin.name,
            ) from error

    async def _called(self, function: Any) -> None:
        await called(function, offload=self._blocking)
