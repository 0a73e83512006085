"""Paths: functions by dotted names, and which of them a worker may import."""

import functools
import importlib
import inspect
import re
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Final

from qtasks.errors import InvalidField, PathRefused, UnknownPath
from qtasks.task import RegisteredTask

MAX_PATH: Final = 1000
"""Characters: more would only keep a worker busy with looking for modules."""

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def path_of(func: Any, field: str = "func") -> str:
    """The dotted path by which a worker finds a function.

    Args:
        func: A function, class or other callable of a module, or already a path.
        field: What it is to the caller, for errors.

    Raises:
        InvalidField: a worker could not find it by a path.
    """
    if isinstance(func, str):
        return checked_path(func, field)
    if isinstance(func, RegisteredTask):
        func = func.func
    if isinstance(func, functools.partial):
        raise InvalidField(
            f"{field} is a partial, which has no path; pass its function, and what it "
            "fills as arguments",
            field=field,
        )
    name = getattr(func, "__qualname__", "")
    module = getattr(func, "__module__", None)
    if not callable(func) or not name or not module:
        raise InvalidField(
            f"{field} must be a function of a module or its dotted path, not "
            f"{func!r:.80}",
            field=field,
        )
    if "<lambda>" in name or "<locals>" in name:
        kind = "a lambda" if "<lambda>" in name else "defined inside another function"
        raise InvalidField(
            f"{field} is {kind} ({module}.{name}), so a worker can't find it; define "
            "it at the top of a module",
            field=field,
        )
    if inspect.ismethod(func) and not isinstance(func.__self__, type):
        raise InvalidField(
            f"{field} is a method of an object, which does not travel; offload a "
            "function that makes the object",
            field=field,
        )
    if module == "__main__":
        raise InvalidField(
            f"{field} is defined in the program that runs, so a worker can't import "
            f"it; move {name} into a module, or register it with @app.task",
            field=field,
        )
    return f"{module}.{name}"


def checked_path(path: str, field: str = "func") -> str:
    """A path as it was given, if it is one.

    Raises:
        InvalidField: it is no dotted path of a function, or names something private.
    """
    if len(path) > MAX_PATH or not _PATH.fullmatch(path):
        raise InvalidField(
            f"{field} must be a dotted path like 'math.copysign', not {path!r:.80}",
            field=field,
        )
    if any(part.startswith("_") for part in path.split(".")):
        raise InvalidField(
            f"{field} names something private: {path!r}; no part of a path may begin "
            "with an underscore",
            field=field,
        )
    return path


def imported(path: str) -> Callable[..., Any]:
    """What a path names.

    Whoever allows `shop.jobs.*` does not allow what `shop.jobs` imports: a module is only
    found by its own name, and of its names those that are defined in it or below it, or
    that its `__all__` lists. Through classes a path goes on, through objects it does not.

    Raises:
        UnknownPath: there is no such callable, or its module can't be imported.
        PathRefused: the module has it from elsewhere.
    """
    module, rest = _module_of(checked_path(path))
    found: Any = module
    for left, name in zip(range(len(rest) - 1, -1, -1), rest, strict=True):
        owner = found
        found = getattr(owner, name, None)
        if isinstance(found, RegisteredTask):
            found = found.func
        passable = isinstance(found, type) if left else callable(found)
        if not passable or isinstance(found, ModuleType):
            raise UnknownPath(
                f"there is no function {'.'.join(rest)!r} in the module "
                f"{module.__name__!r}",
                path=path,
            )
        if owner is module or isinstance(found, type):
            _check_home(found, module, name, path)
    if not rest:
        raise UnknownPath(f"{path!r} names nothing that can be called", path=path)
    called: Callable[..., Any] = found
    return called


def _check_home(found: Any, module: ModuleType, name: str, path: str) -> None:
    """Refuse what a module only imports.

    Raises:
        PathRefused: it says where it is from.
    """
    home = getattr(found, "__module__", None)
    if f"{home}.".startswith(f"{module.__name__}."):
        return
    if name not in getattr(module, "__all__", ()):
        raise PathRefused(
            f"{path!r} is not of the module {module.__name__!r}, which has it from "
            f"{home!r}: call it by its own path, or list it in the module's `__all__`",
            path=path,
        )


@functools.lru_cache(maxsize=1024)  # a name that is no module is looked for everywhere
def _module_of(path: str) -> tuple[ModuleType, list[str]]:
    """The longest part of a path that is a module, and the names that are left."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        try:
            return importlib.import_module(name), parts[length:]
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise UnknownPath(
                    f"the module {name!r} can't be imported: {error}",
                    path=path,
                ) from error
        except Exception as error:
            raise UnknownPath(
                f"the module {name!r} can't be imported: {type(error).__name__}: {error}",
                path=path,
            ) from error
    raise UnknownPath(f"there is no module {parts[0]!r} here", path=path)


def pattern_of(importable: Iterable[str], registered: Iterable[str]) -> str:
    """A regular expression of the paths a worker allows, for whole paths.

    Args:
        importable: Paths with `*` for anything and `?` for one character.
        registered: The paths of the functions that the app registered.
    """
    allowed = [*map(_glob, importable), *map(re.escape, sorted(registered))]
    return f"^(?:{'|'.join(allowed)})$"


def _glob(path: str) -> str:
    """A path with `*` and `?` as a regular expression, in the words of every language."""
    escaped = re.escape(path)
    return escaped.replace(r"\*", ".*").replace(r"\?", ".")


def check_allowed(path: str, pattern: str) -> None:
    """Refuse a path that the worker does not allow.

    Raises:
        PathRefused: it says what to do.
    """
    if len(path) > MAX_PATH or not re.fullmatch(pattern, path):
        raise PathRefused(
            f"no worker calls {path!r:.80} by its path: allow it with the worker's setting "
            "`importable`; [] allows what the app registered with @app.task",
            path=path,
        )
