"""Finder: imports the modules of the table of names."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from qtasks.legacy.names import NAMES, Gone

Names = Mapping[str, "str | Gone"]


def install() -> None:
    """Have the modules of the table found from now on."""
    if not any(isinstance(one, LegacyFinder) for one in sys.meta_path):
        sys.meta_path.insert(0, LegacyFinder())


class LegacyFinder(MetaPathFinder):
    """Finds modules of the table: whole ones, and names that real ones lack."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The module, if it is in the table."""
        names = NAMES.get(fullname)
        if names is None:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None:
            return ModuleSpec(
                fullname, _Whole(names), is_package=_has_modules(fullname)
            )
        _complete(spec, names)
        return spec


class _Whole(Loader):
    """Makes a module that has nothing but names of the table."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names."""
        module.__doc__ = "Names of qtasks 1.7; see `qtasks.legacy`."
        _add_names(module, self._names)
        vars(module)["__all__"] = [
            name for name, home in self._names.items() if isinstance(home, str)
        ]


def _complete(spec: ModuleSpec, names: Names) -> None:
    """Have a real module give the names of the table besides its own."""
    loader: Any = spec.loader
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        _add_names(module, names)
        if _has_modules(module.__name__) and not hasattr(module, "__path__"):
            module.__path__ = []

    loader.exec_module = exec_module


def _has_modules(fullname: str) -> bool:
    return any(name.startswith(f"{fullname}.") for name in NAMES)


def _add_names(module: ModuleType, names: Names) -> None:
    """Look names up in the table that the module itself does not have."""
    own = getattr(module, "__getattr__", None)

    def find(name: str) -> Any:
        home = names.get(name)
        if isinstance(home, str):
            place, _, attribute = home.partition(":")
            return getattr(importlib.import_module(place), attribute)
        if home is not None:
            raise ImportError(f"{module.__name__}.{name} is gone: {home.instead}")
        if own is not None:
            return own(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    vars(module)["__getattr__"] = find
