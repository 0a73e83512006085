"""RemoteStorage: what stands for the storage of a broker that is elsewhere."""

from collections.abc import Mapping
from typing import Any, ClassVar

from qtasks.abc.component import Component


class RemoteStorage(Component):
    """Stands for the storage that a broker service keeps to itself.

    Its tasks are reached through the broker alone; what an app reaches here are its
    plugins, and the variables of its global config.
    """

    component: ClassVar[str] = "storage"
    kind: ClassVar[str] = "remote"
    global_config: Any = None

    def parts(self) -> Mapping[str, Component | None]:
        """The global config."""
        return {"global_config": self.global_config}
