"""The global config: variables kept wherever something answers for them.

A broker does, of any kind, and a storage on its own. A variable is a value of a space of
`VariableService`: the group is the space, and the value is JSON.
"""

import fnmatch
import json
from collections.abc import Callable
from typing import Any, Protocol

from qtasks import v1
from qtasks.abc.global_config import MAIN, GlobalConfig
from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.errors import Unserializable
from qtasks.events import Events

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode


class VariableCalls(Protocol):
    """What answers for variables: a broker, and whatever has these methods of one."""

    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        """Give the values of a space."""

    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        """Set and remove values."""


class AsyncGlobalConfig(GlobalConfig):
    """Variables that all processes of an app share, for async code.

    Args:
        calls: What answers for them; used from whatever loop asks.
        name: The app whose variables they are.
    """

    def __init__(self, calls: VariableCalls, name: str = "QueueTasks") -> None:
        self._calls = calls
        self.name = name

    async def set(self, name: str, key: str, value: Any) -> None:
        """Set a variable; see `GlobalConfig.set`."""
        if self.plugins.wants("global_config_set"):
            changed = await self.plugins.fire(
                "global_config_set",
                global_config=self,
                name_=name,
                key=key,
                value=value,
            )
            name = changed.get("name", name)
            key = changed.get("key", key)
            value = changed.get("value", value)
        await self._calls.set_variables(
            v1.SetVariablesRequest(
                app=self.name, space=name, values={key: _encoded(key, value)}
            )
        )

    async def get(self, key: str, name: str) -> Any:
        """The value of a variable of the group `key`; `None` when there is none."""
        found = await self._fetch(key, name)
        return await self._told("global_config_get", found.get(name))

    async def get_all(self, key: str = MAIN) -> dict[str, Any]:
        """All variables of a group, by name."""
        found = await self._fetch(key)
        return dict(await self._told("global_config_get_all", found))

    async def get_match(self, match: str, key: str = MAIN) -> dict[str, Any]:
        """The variables of a group whose names match, by name."""
        found = await self._fetch(key)
        matching = {one: found[one] for one in found if fnmatch.fnmatchcase(one, match)}
        return dict(await self._told("global_config_get_match", matching))

    async def start(self) -> None:
        """Nothing: what answers is opened when it is asked."""

    async def stop(self) -> None:
        """Nothing: whoever opened what answers lets go of it."""

    async def _fetch(self, group: str, *names: str) -> dict[str, Any]:
        request = v1.GetVariablesRequest(app=self.name, space=group, names=names)
        values = (await self._calls.get_variables(request)).values
        return {name: _decoded(name, values[name]) for name in sorted(values)}

    async def _told(self, trigger: str, found: Any) -> Any:
        """What was found, as plugins change it."""
        if self.plugins.wants(trigger):
            changed = await self.plugins.fire(trigger, global_config=self, get=found)
            return changed.get("get", found)
        return found


class SyncGlobalConfig(GlobalConfig):
    """Variables that all processes of an app share, for code without an event loop.

    Args:
        variables: The same for async code.
        call: Runs a coroutine function with arguments somewhere, and waits for it.
    """

    def __init__(self, variables: AsyncGlobalConfig, call: Callable[..., Any]) -> None:
        self.asyncio = variables
        """The same for async code."""
        self._call = call
        self.name = variables.name
        self.__dict__["plugins"] = variables.plugins

    def join(
        self, name: str, config: QueueConfig, events: Events, colour: Colour
    ) -> None:
        """Belong to an app, with what is underneath."""
        super().join(name, config, events, colour)
        self.asyncio.join(name, config, events, colour)

    def set(self, name: str, key: str, value: Any) -> None:
        """Set a variable; see `GlobalConfig.set`."""
        self._call(self.asyncio.set, name, key, value)

    def get(self, key: str, name: str) -> Any:
        """The value of a variable of the group `key`; `None` when there is none."""
        return self._call(self.asyncio.get, key, name)

    def get_all(self, key: str = MAIN) -> dict[str, Any]:
        """All variables of a group, by name."""
        found: dict[str, Any] = self._call(self.asyncio.get_all, key)
        return found

    def get_match(self, match: str, key: str = MAIN) -> dict[str, Any]:
        """The variables of a group whose names match, by name."""
        found: dict[str, Any] = self._call(self.asyncio.get_match, match, key)
        return found

    def start(self) -> None:
        """Get ready."""
        self._call(self.asyncio.start)

    def stop(self) -> None:
        """Let go; it may be used again afterwards."""
        self._call(self.asyncio.stop)


def _encoded(key: str, value: Any) -> bytes:
    try:
        return _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unserializable(
            f"the variable {key!r} is no JSON value: {error}"
        ) from error


def _decoded(key: str, value: bytes) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise Unserializable(
            f"the variable {key!r} was not stored as JSON: {error}"
        ) from error
