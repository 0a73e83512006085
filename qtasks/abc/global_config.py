"""The global config contract: variables that all processes of an app share.

For settings that are changed while workers run, and small facts that one process leaves
for others: they are there for whoever asks, with or without a running app or worker. A
value is anything JSON can hold; it is found by a group of variables and its name there.
The group comes first everywhere, though the words users know for the two change places.

In an async app these are coroutine functions, in a sync app plain ones:

    await app.broker.storage.global_config.set("limits", "mails", 100)
    app.broker.storage.global_config.get("limits", "mails")
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from qtasks.abc.component import Component

MAIN = "main"
"""The group that is meant where none is given."""


class GlobalConfig(Component, ABC):
    """Variables that all processes of an app share.

    Whoever calls it may be in any loop or thread.
    """

    component: ClassVar[str] = "global_config"

    @abstractmethod
    def set(self, name: str, key: str, value: Any) -> Any:
        """Set a variable; `None` is a value too.

        Args:
            name: The group.
            key: Its name in the group.
            value: Anything JSON can hold.

        Raises:
            Unserializable: JSON can't hold the value.
            PayloadTooLarge: the value is larger than 256 KiB.
        """

    @abstractmethod
    def get(self, key: str, name: str) -> Any:
        """The value of a variable; `None` when there is none.

        Args:
            key: The group.
            name: Its name in the group.
        """

    @abstractmethod
    def get_all(self, key: str = MAIN) -> Any:
        """All variables of a group, by name, as a dict.

        Args:
            key: The group.
        """

    @abstractmethod
    def get_match(self, match: str, key: str = MAIN) -> Any:
        """The variables of a group whose names match, by name, as a dict.

        Args:
            match: A pattern as of file names: `*` for anything, `?` for one character,
                `[abc]` for one of these.
            key: The group.
        """

    @abstractmethod
    def start(self) -> Any:
        """Get ready: called when the app's components start."""

    @abstractmethod
    def stop(self) -> Any:
        """Let go; it may be used again afterwards."""
