"""States, as tasks have them: one class for coroutines, one for plain functions."""

import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar, Self

from qtasks.colours import drive
from qtasks.errors import InvalidField, StateNotConfigured, WrongColour
from qtasks.plugins.states.keeping import Change, LocalValues, SharedValues
from qtasks.task.definition import TaskDefinition

Values = LocalValues | SharedValues


class State:
    """What tasks leave for one another, by key; a subclass is one state.

    Subclassing takes `shared=True`: its values (JSON) are kept by the broker for all
    worker processes of the app, instead of in each by itself.
    """

    __qtasks_injected__: ClassVar[bool] = True
    shared: ClassVar[bool] = False
    _values: Values | None = None

    def __init_subclass__(cls, *, shared: bool | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if shared is not None:
            cls.shared = shared

    @classmethod
    def space(cls) -> str:
        """What the state is called where it is shared."""
        return f"state:{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def over(cls, values: Values) -> Self:
        """The state with its values; made by the worker's plugin."""
        made = cls()
        made._values = values
        return made

    @classmethod
    def registered(cls, definition: TaskDefinition, name: str) -> None:
        """Raise `WrongColour` for a task that could not use it."""

    def _kept(self) -> Values:
        if self._values is None:
            raise StateNotConfigured(
                f"this {type(self).__name__}() was not made by a worker: a task gets the "
                f"worker's own by a parameter, `state: {type(self).__name__}`"
            )
        return self._values


class AsyncState(State):
    """What coroutine tasks leave for one another, by key."""

    @classmethod
    def registered(cls, definition: TaskDefinition, name: str) -> None:
        """Raise `WrongColour` for a plain function, which could not await it."""
        if not definition.awaiting:
            raise WrongColour(
                f"the parameter {name!r} of the task {definition.name!r} is an "
                f"AsyncState, which a plain function can't await: derive "
                f"{cls.__name__} from SyncState, or write `async def`",
                parameter=name,
            )

    async def get(self, key: str | None = None, default: Any = None) -> Any:
        """The value of a key; all values when none is given."""
        if key is None:
            return await self.get_all()
        values = self._kept()
        if isinstance(values, SharedValues):
            return await values.read(key, default)
        return values.all().get(key, default)

    async def get_all(self) -> dict[str, Any]:
        """All values, by key."""
        values = self._kept()
        return await values.all() if isinstance(values, SharedValues) else values.all()

    async def keys(self) -> list[str]:
        """The keys that have values."""
        return list(await self.get_all())

    async def set(self, key: str, value: Any) -> None:
        """Set a value."""
        await self._write({key: value})

    async def delete(self, key: str) -> None:
        """Remove a value, if there is one."""
        await self._remove(key)

    async def clear(self) -> None:
        """Remove all values."""
        await self._remove(None)

    async def update(
        self, key: str | None = None, func: Change | None = None, /, **values: Any
    ) -> Any:
        """Change a value, so that no other change gets lost; or set several.

        Args:
            key: Whose value.
            func: Makes the new value of the old one, or of `None`. It must be a plain
                function without effects: it may be called again.
            **values: Instead of both: values to set.

        Returns:
            The new value; all values when several were set.
        """
        if key is None or func is None:
            await self._write(_given(key, values))
            return await self.get_all()
        kept = self._kept()
        _check_plain(func)
        if isinstance(kept, SharedValues):
            return await kept.change(key, func)
        return kept.change(key, func)

    async def _write(self, values: dict[str, Any]) -> None:
        kept = self._kept()
        if isinstance(kept, SharedValues):
            await kept.write(values)
        else:
            kept.write(values)

    async def _remove(self, key: str | None) -> None:
        kept = self._kept()
        if isinstance(kept, SharedValues):
            await kept.remove(key)
        else:
            kept.remove(key)


class SyncState(State):
    """What plain tasks leave for one another, by key; any thread may ask."""

    @classmethod
    def registered(cls, definition: TaskDefinition, name: str) -> None:
        """Raise `WrongColour` for a shared one that would block the event loop."""
        if cls.shared and definition.awaiting:
            raise WrongColour(
                f"the parameter {name!r} of the task {definition.name!r} is a shared "
                f"SyncState, which would block the event loop: derive "
                f"{cls.__name__} from AsyncState",
                parameter=name,
            )

    def get(self, key: str | None = None, default: Any = None) -> Any:
        """The value of a key; all values when none is given."""
        return self._run(AsyncState.get, key, default)

    def get_all(self) -> dict[str, Any]:
        """All values, by key."""
        found: dict[str, Any] = self._run(AsyncState.get_all)
        return found

    def keys(self) -> list[str]:
        """The keys that have values."""
        found: list[str] = self._run(AsyncState.keys)
        return found

    def set(self, key: str, value: Any) -> None:
        """Set a value."""
        self._run(AsyncState.set, key, value)

    def delete(self, key: str) -> None:
        """Remove a value, if there is one."""
        self._run(AsyncState.delete, key)

    def clear(self) -> None:
        """Remove all values."""
        self._run(AsyncState.clear)

    def update(
        self, key: str | None = None, func: Change | None = None, /, **values: Any
    ) -> Any:
        """Change a value, so that no other change gets lost; or set several.

        Args:
            key: Whose value.
            func: Makes the new value of the old one, or of `None`. It must be a plain
                function without effects: it may be called again.
            **values: Instead of both: values to set.

        Returns:
            The new value; all values when several were set.
        """
        return self._run(AsyncState.update, key, func, **values)

    def _run(
        self, method: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **values: Any
    ) -> Any:
        kept = self._kept()
        bound = partial(method, AsyncState.over(kept), *args, **values)
        if isinstance(kept, SharedValues):
            return kept.call(bound)
        return drive(bound())  # nothing is waited for


def _given(key: str | None, values: dict[str, Any]) -> dict[str, Any]:
    if key is not None or not values:
        raise InvalidField(
            "update takes a key with a function, `update('n', lambda n: (n or 0) + 1)`, "
            "or values by name, `update(n=1)`",
            field="func",
        )
    return values


def _check_plain(func: Change) -> None:
    if inspect.iscoroutinefunction(func):
        raise InvalidField(
            "update takes a plain function: nothing can be awaited while a value changes",
            field="func",
        )
