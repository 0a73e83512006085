"""The plugin that fills parameters with states."""

import threading
from typing import Any, ClassVar

from qtasks.errors import StateNotConfigured
from qtasks.plugins.filling import filled
from qtasks.plugins.states.keeping import App, LocalValues, SharedValues
from qtasks.plugins.states.state import State, Values
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import TaskPlugin


class StatePlugin(TaskPlugin):
    """Fills parameters that are annotated with a state; each worker has one.

    Args:
        name: Names the plugin.
        app: The app whose workers share what is shared; without it nothing can be.
    """

    kind: ClassVar[str] = "state"

    def __init__(self, name: str | None = None, app: App | None = None) -> None:
        super().__init__(name)
        self._app = app
        self._lock = threading.Lock()
        self._states: dict[type[State], State] = {}
        self.handlers = {"task_executor_args_replace": self._fill}

    def applies(self, definition: TaskDefinition) -> bool:
        """Whether the task has parameters for states."""
        return bool(_states(definition))

    async def _fill(
        self,
        *,
        task_executor: Any,
        args: list[Any],
        kw: dict[str, Any],
        **_: Any,
    ) -> dict[str, Any]:
        definition = task_executor.task_func
        wanted = _states(definition)
        values = {name: self._state(kind) for name, kind in wanted.items()}
        return filled(definition, args, kw, values)

    def _state(self, kind: type[State]) -> State:
        """The one object of a class."""
        with self._lock:
            found = self._states.get(kind)
            if found is None:
                found = self._states[kind] = kind.over(self._values(kind))
            return found

    def _values(self, kind: type[State]) -> Values:
        if not kind.shared:
            return LocalValues()
        if self._app is None:
            raise StateNotConfigured(
                f"{kind.__name__} is shared, and this StatePlugin knows no app: leave it "
                "out, each worker has one, or make it with app=app"
            )
        return SharedValues(self._app, kind.space())


def _states(definition: TaskDefinition) -> dict[str, type[State]]:
    """The parameters that are filled with states."""
    return {
        name: one
        for name, one in definition.injected.items()
        if isinstance(one, type) and issubclass(one, State)
    }


class AsyncStatePlugin(StatePlugin):
    """The same, under the name async apps know."""


class SyncStatePlugin(StatePlugin):
    """The same, under the name sync apps know."""
