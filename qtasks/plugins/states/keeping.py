"""Keeping: where the values of a state are, in this process or with the broker."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.errors import Unserializable

Change = Callable[[Any], Any]


class App(Protocol):
    """What is asked of the app."""

    name: str
    home: Any
    """Where its broker lives."""

    @property
    def blocking(self) -> Any:
        """The way there for threads."""


class LocalValues:
    """Values of one state in this process; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._values: dict[str, Any] = {}

    def all(self) -> dict[str, Any]:
        """All values, by key."""
        with self._lock:
            return dict(self._values)

    def write(self, values: Mapping[str, Any]) -> None:
        """Set values together."""
        with self._lock:
            self._values.update(values)

    def remove(self, key: str | None) -> None:
        """Remove a value, or all."""
        with self._lock:
            if key is None:
                self._values.clear()
            else:
                self._values.pop(key, None)

    def change(self, key: str, change: Change) -> Any:
        """Set a value to what a function makes of it, alone."""
        with self._lock:
            value = self._values[key] = change(self._values.get(key))
            return value


class SharedValues:
    """Values of one state with the broker; every loop may ask.

    Args:
        app: The app whose workers share them.
        space: What the state is called there.
    """

    def __init__(self, app: App, space: str) -> None:
        self._home = app.home
        self._app = app.name
        self._space = space
        self.call = app.blocking.call
        """Runs a coroutine function where the broker lives, and waits for it."""
        self._changing = anyio.Lock()

    async def all(self) -> dict[str, Any]:
        """All values, by key."""
        found = await self._fetch()
        return {key: json.loads(found[key]) for key in sorted(found)}

    async def read(self, key: str, default: Any) -> Any:
        """One value."""
        found = await self._fetch(key)
        return json.loads(found[key]) if key in found else default

    async def write(self, values: Mapping[str, Any]) -> None:
        """Set values."""
        await self._set({key: _encoded(key, value) for key, value in values.items()})

    async def remove(self, key: str | None) -> None:
        """Remove a value, or all."""
        removed = list(await self._fetch()) if key is None else [key]
        await self._set({}, removed)

    async def change(self, key: str, change: Change) -> Any:
        """Set a value to what a function makes of it: called again if it was changed."""
        # One at a time here, so that only other processes can be in the way.
        async with self._changing:
            current = (await self._fetch(key)).get(key)
            while True:
                value = change(None if current is None else json.loads(current))
                answer = await self._swap(key, current, _encoded(key, value))
                if answer.swapped:
                    return value
                current = answer.value if answer.HasField("value") else None

    async def _broker(self) -> Broker:
        broker: Broker = (await self._home.open()).broker
        return broker

    async def _fetch(self, *keys: str) -> Mapping[str, bytes]:
        broker = await self._broker()
        request = v1.GetVariablesRequest(app=self._app, space=self._space, names=keys)
        found = await self._home.call(broker.get_variables, request)
        values: Mapping[str, bytes] = found.values
        return values

    async def _set(
        self, values: Mapping[str, bytes], removed: list[str] | None = None
    ) -> None:
        broker = await self._broker()
        request = v1.SetVariablesRequest(
            app=self._app, space=self._space, values=values, removed=removed
        )
        await self._home.call(broker.set_variables, request)

    async def _swap(
        self, key: str, expected: bytes | None, value: bytes
    ) -> v1.SwapVariableResponse:
        broker = await self._broker()
        request = v1.SwapVariableRequest(
            app=self._app, space=self._space, name=key, expected=expected, value=value
        )
        answer: v1.SwapVariableResponse = await self._home.call(
            broker.swap_variable, request
        )
        return answer


def _encoded(key: str, value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unserializable(
            f"the value of {key!r} is no JSON value, as those of a shared state must be: "
            f"{error}"
        ) from error
