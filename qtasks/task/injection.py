"""Parameters of a task that its worker fills, and no caller gives."""

import inspect
import typing
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any, get_args, get_origin


class Injected:
    """Marks a parameter that the worker fills.

    It stands as the parameter's default, as its annotation, or in an `Annotated` one.
    """

    def registered(self, definition: Any, name: str) -> None:
        """Check it: called when a task with it is registered; raises what is wrong.

        A class that is injected itself has the same as a class method.

        Args:
            definition: The task.
            name: The parameter.
        """


def injected_by(parameter: inspect.Parameter, hint: Any) -> Any:
    """What fills a parameter: the marker, or an injected class; `None`: the caller.

    Args:
        parameter: The parameter.
        hint: Its annotation, evaluated.
    """
    if isinstance(parameter.default, Injected):
        return parameter.default
    if isinstance(hint, Injected):
        return hint
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        return next((one for one in notes if isinstance(one, Injected)), None) or (
            injected_by(parameter, kind)
        )
    if isinstance(hint, type) and getattr(hint, "__qtasks_injected__", False):
        return hint
    return None


def hints_of(func: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function, evaluated where they can be."""
    func = inspect.unwrap(func)
    try:
        return typing.get_type_hints(func, include_extras=True)
    except Exception:  # noqa: BLE001  # names that exist for type checkers only
        written = dict(getattr(func, "__annotations__", {}))
        return {name: _hint(func, name, text) for name, text in written.items()}


def _hint(func: Callable[..., Any], name: str, text: Any) -> Any:
    """One annotation, evaluated; as it is written when it can't be."""
    alone = SimpleNamespace(__annotations__={name: text})
    names = getattr(func, "__globals__", {})
    try:
        return typing.get_type_hints(alone, names, include_extras=True)[name]
    except Exception:  # noqa: BLE001  # the same
        return text
