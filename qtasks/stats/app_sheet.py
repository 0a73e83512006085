"""The sheet of an app: its settings, its components, and how much of everything."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from qtasks.abc.broker import Broker
from qtasks.abc.component import Component, assembled
from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.events import Events
from qtasks.stats.sheets import Sheet
from qtasks.task import TaskRegistry
from qtasks.triggers import Plugins
from qtasks.version import __version__


class InspectedApp(Protocol):
    """What is looked at of an app, asynchronous or not."""

    colour: Colour
    routers: Sequence[Any]
    registry: TaskRegistry

    @property
    def name(self) -> str:
        """Its namespace."""

    @property
    def config(self) -> QueueConfig:
        """Its settings."""

    @property
    def broker(self) -> Broker:
        """Where its tasks go; not opened by looking."""

    @property
    def worker(self) -> Any:
        """What runs them."""

    @property
    def starter(self) -> Any:
        """What runs the app, once it runs."""

    @property
    def events(self) -> Events:
        """What is called when something happens."""

    @property
    def plugins(self) -> Plugins:
        """The plugins of its own calls."""

    @property
    def log(self) -> Any:
        """Where its author logs to."""


def app_sheet(app: InspectedApp) -> Sheet:
    """Describe an app."""
    broker = app.broker
    storage = broker.storage
    return {
        "Name": app.name,
        "Method": app.colour,
        "Version": __version__,
        "Configuration": str(app.config),
        "Number of tasks": len(app.registry),
        "Number of routers": len(app.routers),
        "Number of plugins": sum(map(len, _plugins(app))),
        "Number of initializations": len(app.events),
        "Broker": _kind(broker),
        "Worker": _kind(app.worker),
        "Starter": _kind(app.starter),
        "Storage": _kind(storage),
        "GlobalConfig": _kind(getattr(storage, "global_config", None)),
        "Log": _kind(app.log),
    }


def _plugins(app: InspectedApp) -> Iterator[Plugins]:
    """The plugins of the app and of its components, each component once."""
    yield app.plugins
    seen: set[int] = set()
    for part in (app.broker, app.worker, app.starter):
        for component in assembled(part if isinstance(part, Component) else None):
            if id(component) not in seen:
                seen.add(id(component))
                yield component.plugins


def _kind(part: Any) -> str | None:
    return None if part is None else type(part).__name__
