"""Dependencies: the marks of parameters they fill, and what is behind them."""

import enum
import inspect
from collections.abc import Callable
from typing import Any

from qtasks.errors import DependencyCycle, InvalidField, UnknownScope
from qtasks.task.injection import Injected, hints_of, injected_by


class ScopeEnum(enum.StrEnum):
    """How long a dependency stays open, the narrowest first.

    But for `task` all last as long as a component of the worker process does: it is
    opened when a task first needs it, and closed when that component stops.
    """

    TASK = "task"
    """One attempt of a task."""
    WORKER = "worker"
    BROKER = "broker"
    STORAGE = "storage"
    GLOBAL_CONFIG = "global_config"


WIDTHS = {scope: width for width, scope in enumerate(ScopeEnum)}


def Depends(  # noqa: N802  # as users know it
    func: Callable[..., Any], *, scope: ScopeEnum | str = ScopeEnum.TASK
) -> Any:
    """Mark a parameter that is filled with what a function makes.

    It is the parameter's default, its annotation, or in an `Annotated` one:

        db: Database = Depends(get_db)
        db: Depends(get_db)
        db: Annotated[Database, Depends(get_db)]

    In one scope the same function is called once: whoever depends on it there gets the
    same object. Type checkers take the first form for an argument that callers may leave
    out, as they do.

    Args:
        func: Makes it: see `qtasks.plugins.depends`.
        scope: How long it stays open; see `ScopeEnum`.

    Raises:
        UnknownScope: there is no such scope.
        InvalidField: `func` can't be called, or nobody fills one of its parameters.
        DependencyCycle: it needs itself.
    """
    return Dependency(func, scope)


class Dependency(Injected):
    """What `Depends` marks a parameter with.

    Args:
        func: Makes what the parameter is filled with.
        scope: How long it stays open.
    """

    def __init__(self, func: Callable[..., Any], scope: ScopeEnum | str) -> None:
        self.func = func
        self.scope = _scope(scope)
        if not callable(func):
            raise InvalidField(
                f"Depends takes a function, not {func!r}; what it returned can be passed "
                "to a task like any argument",
                field="func",
            )
        self._needs: dict[str, Dependency] | None = None

    def __repr__(self) -> str:
        return f"Depends({name_of(self.func)}, scope={self.scope.value!r})"

    @property
    def needs(self) -> "dict[str, Dependency]":
        """The dependencies among its own parameters, by name."""
        if self._needs is None:
            self._needs = _needs(self)
        return self._needs

    def registered(self, definition: Any, name: str) -> None:  # noqa: ARG002
        """Check it with all below it; called when a task with it is registered."""
        _check(self, ())


def name_of(func: Callable[..., Any]) -> str:
    """What a dependency's function is called, for a person."""
    name: str = getattr(func, "__qualname__", "") or type(func).__qualname__
    return name


def _scope(scope: Any) -> ScopeEnum:
    try:
        return ScopeEnum(scope)
    except ValueError:
        known = ", ".join(one.value for one in ScopeEnum)
        raise UnknownScope(
            f"there is no scope {scope!r}; there are {known}", scope=str(scope)
        ) from None


def _needs(depends: Dependency) -> dict[str, Dependency]:
    func = depends.func
    try:
        parameters = inspect.signature(func).parameters.values()
    except ValueError:  # builtins do not say what they take
        return {}
    hints = hints_of(func.__init__ if inspect.isclass(func) else func)
    found = {}
    for one in parameters:
        filler = injected_by(one, hints.get(one.name, one.annotation))
        if isinstance(filler, Dependency):
            found[one.name] = filler
        elif one.default is one.empty and one.kind not in _VARIADIC:
            raise InvalidField(
                f"nobody fills the parameter {one.name!r} of the dependency "
                f"{name_of(func)}: give it a default, or Depends(...)",
                field=one.name,
            )
    return found


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _check(depends: Dependency, above: tuple[Dependency, ...]) -> None:
    path = (*above, depends)
    if any(one.func is depends.func for one in above):
        names = " -> ".join(name_of(one.func) for one in path)
        raise DependencyCycle(f"dependencies need one another: {names}")
    for name, need in depends.needs.items():
        if WIDTHS[need.scope] < WIDTHS[depends.scope]:
            raise UnknownScope(
                f"the dependency {name_of(depends.func)} lives as long as its "
                f"{depends.scope.value}, and its parameter {name!r} only as long as a "
                f"{need.scope.value}: give it a scope that lasts as long",
                scope=need.scope.value,
            )
        _check(need, path)
