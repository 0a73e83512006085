"""Which app a command means: `-A` before it or after it says its namespace and broker.

A command that talks to a broker takes both from the app when `-A` is on the command
line; `--broker` and `--app-name` still come first. The app of `QTASKS_APP` is not asked:
it need not be importable where somebody only looks.
"""

import os
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from qtasks.access import Access
from qtasks.cli.loading import load_app

_SAID = "qtasks.cli.targets.app"
"""Where nested commands find the path of the app."""

BROKER_VARIABLE = "QTASKS_BROKER_URL"
NAME_VARIABLE = "QTASKS_APP_NAME"


def said_app(ctx: typer.Context) -> str | None:
    """The app that is on the command line or in `QTASKS_APP`, as module:variable."""
    path = ctx.meta.get(_SAID) or ctx.find_root().params.get("app_path")
    return None if path is None else str(path)


def take_broker(url: str | None) -> None:
    """Have all commands, and the processes they start, use this broker."""
    if url:
        os.environ[BROKER_VARIABLE] = url


class _Client:
    """Reads `-A` wherever it stands, and takes defaults from the app."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line."""
        path, rest = split_app(args)
        path = path or _before(ctx, "app_path")
        if path is not None and ctx.meta.get(_SAID) != path:
            ctx.meta[_SAID] = path
            _take_defaults(path, broker_said=_before(ctx, "broker"))
        parsed: list[str] = super().parse_args(ctx, rest)  # type: ignore[misc]
        return parsed


class ClientCommand(_Client, TyperCommand):
    """A command that talks to a broker."""


class ClientGroup(_Client, TyperGroup):
    """Commands that talk to a broker."""


def _before(ctx: Any, name: str) -> str | None:
    """What an option before the command was given on the command line."""
    root = ctx.find_root()
    source = root.get_parameter_source(name)
    if source is None or source.name != "COMMANDLINE":
        return None
    return str(root.params[name])


def split_app(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Take `-A PATH` out of a command's words; those after `--` are not looked at.

    Raises:
        typer.BadParameter: no path follows.
    """
    path = None
    rest: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if word == "--":
            return path, [*rest, word, *left]
        if name not in {"-A", "--app"}:
            rest.append(word)
            continue
        path = value if equals else next(left, None)
        if not path:
            raise typer.BadParameter(f"{name} needs an app: module:variable")
    return path, rest


def _take_defaults(path: str, *, broker_said: str | None) -> None:
    app = load_app(path)
    os.environ[NAME_VARIABLE] = app.name
    take_broker(broker_said or app_broker_url(app))
    os.environ.update(app_access(app).to_environment())


def app_broker_url(app: Any) -> str | None:
    """Where the broker of an app is; `None` when it is an object without a url."""
    app = getattr(app, "asyncio", app)
    brought = getattr(app.broker, "url", None)
    url = brought or app.broker_url or app.config.broker_url
    return str(url)


def app_access(app: Any) -> Access:
    """What an app shows its broker."""
    app = getattr(app, "asyncio", app)
    access: Access = getattr(app.broker, "access", None) or app.config.access
    return access
