"""What all components have: a name, settings, events, and plugins that take part.

A component needs no `__init__` for this, so that one of a user's own can be a few lines.
The app it is given to fills in what it was not given itself (`join`).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from inspect import isclass
from typing import Any, ClassVar, TypeVar

from qtasks.colours import Colour
from qtasks.config import QueueConfig
from qtasks.errors import WrongComponent
from qtasks.events import Events
from qtasks.triggers import BasePlugin, Plugins

T = TypeVar("T")


class Component:
    """A part of an app that can be replaced."""

    component: ClassVar[str]
    """Its kind, as `add_plugin` names it."""
    name: str = "QueueTasks"
    """The app it serves."""
    config: QueueConfig | None = None
    log: Any = None
    """Where it logs to, for code of an app's author; a `logging.Logger`."""
    events: Events | None = None

    @cached_property
    def plugins(self) -> Plugins:
        """The plugins that take part in what it does."""
        return Plugins(self.component)

    def add_plugin(
        self, plugin: BasePlugin, trigger_names: Sequence[str] | None = None
    ) -> None:
        """Let a plugin take part; see `Plugins.add`."""
        self.plugins.add(plugin, trigger_names)

    def update_config(self, config: QueueConfig) -> None:
        """Use these settings from now on."""
        self.config = config

    def join(
        self, name: str, config: QueueConfig, events: Events, colour: Colour
    ) -> None:
        """Belong to an app: take over what the component was not given itself.

        Raises:
            WrongColour: a plugin is made for the other kind of app.
        """
        self.name = name
        if self.config is None:
            self.update_config(config)
        if self.events is None:
            self.events = events
        self.plugins.colour = colour
        self.plugins.fatal = config.plugin_errors == "fatal"
        self.plugins.paint(colour)

    def parts(self) -> Mapping[str, "Component | None"]:
        """The components inside this one, by kind."""
        return {}


def assembled(component: Component | None) -> Iterator[Component]:
    """A component and all that are inside it, the innermost last."""
    if component is not None:
        yield component
        for part in component.parts().values():
            yield from assembled(part)


def expect(value: object, kind: type[T], place: str) -> T:
    """The value, if it is of the kind that is needed in this place.

    Raises:
        WrongComponent: it is not.
    """
    if isinstance(value, kind):
        return value
    raise WrongComponent(
        f"{place} takes {_article(kind.__name__)}, not {_shown(value)}"
        f"{_hint(value, kind)}",
        field=place,
    )


def expect_maybe(value: object, kind: type[T], place: str) -> T | None:
    """The same, where `None` stands for nothing."""
    return None if value is None else expect(value, kind, place)


def _shown(value: object) -> str:
    if isclass(value):
        return f"the class {value.__name__}"
    if isinstance(value, Component):
        name = type(value).__name__
        return f"the {value.component.replace('_', ' ')} {name}()"
    return f"the {type(value).__name__} {value!r}"


def _hint(value: object, kind: type[Any]) -> str:
    if isclass(value) and issubclass(value, kind):
        return f"; make one: {value.__name__}()"
    if isinstance(value, str) and "://" in value:
        return "; a url goes into `url`, `broker_url` or `storage_url`"
    if isinstance(value, Component):
        return f"; pass it as {value.component}="
    return ""


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"
