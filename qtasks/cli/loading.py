"""Find the app a user names as `module:variable`."""

import importlib
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

from qtasks.cli.exits import ExitCode
from qtasks.cli.output import complain


def load_app(path: str) -> Any:
    """Import the app, looking in the current folder as well.

    A function in the variable's place is called and returns the app. What is wrong
    with the name is said in one line; an error inside the user's own module comes with
    its traceback, which is what its author needs.
    """
    module_name, colon, variable = path.partition(":")
    if not module_name or not colon or not variable:
        raise _unusable(f"{path!r} does not name an app; write module:variable")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    module = _import(module_name)
    found: Any = module
    for part in variable.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise _unusable(f"there is no {variable!r} in {module_name!r}") from None
    if callable(found) and not hasattr(found, "run_forever"):
        found = found()
    if not hasattr(found, "run_forever"):
        kind = type(found).__name__
        raise _unusable(f"{path!r} is a {kind}, not a QueueTasks app")
    return found


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise _unusable(
                f"there is no module {name!r} here; "
                "run in the folder that has it, or install it"
            ) from None
        _show_users_traceback(error)
        raise _unusable(f"{name!r} can't be imported: {error}") from None
    except Exception as error:  # noqa: BLE001  # a user's module may raise anything
        _show_users_traceback(error)
        kind = type(error).__name__
        raise _unusable(f"{name!r} can't be imported: {kind}: {error}") from None


def _show_users_traceback(error: BaseException) -> None:
    """Print the traceback from the user's module on, without our own frames."""
    frames = error.__traceback__
    while frames is not None and _is_machinery(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames, file=sys.stderr)


def _is_machinery(filename: str) -> bool:
    return filename in (__file__, importlib.__file__) or filename.startswith("<frozen")


def _unusable(message: str) -> typer.Exit:
    complain(message)
    return typer.Exit(ExitCode.UNUSABLE)
