"""What every handler of a plugin gets."""

from typing import Any, TypeAlias, TypedDict

from qtasks import app, sync

AnyApp: TypeAlias = app.QueueTasks | sync.QueueTasks
"""An app of either kind."""


class Given(TypedDict, total=False):
    """What every handler of a plugin gets."""

    plugin_cache: Any
    """What the plugin returned under this name before, if it did."""
