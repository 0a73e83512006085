"""Settings of an app, and variables that its processes share.

`QueueConfig` is what one process is told; a global config holds what all may read and
change while they run. Each comes for async and for sync code; what keeps the variables
is asked the same way by both.
"""

import importlib
from typing import TYPE_CHECKING, Any

from qtasks.config import QueueConfig
from qtasks.configs.shared import AsyncGlobalConfig, SyncGlobalConfig

if TYPE_CHECKING:
    from qtasks.configs.redis import AsyncRedisGlobalConfig, SyncRedisGlobalConfig

__all__ = [
    "AsyncGlobalConfig",
    "AsyncRedisGlobalConfig",
    "QueueConfig",
    "SyncGlobalConfig",
    "SyncRedisGlobalConfig",
]


def __getattr__(name: str) -> Any:
    """Import what needs a library of its own when it is asked for."""
    if name in __all__:
        return getattr(importlib.import_module("qtasks.configs.redis"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
