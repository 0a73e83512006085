"""Where tasks live: one storage a folder.

Those that users name are here too, imported when they are asked for: a client of a
broker service needs none of them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtasks.storages.memory import MemoryStorage
    from qtasks.storages.redis import AsyncRedisStorage, SyncRedisStorage
    from qtasks.storages.sqlite import SqliteStorage

__all__ = ["AsyncRedisStorage", "MemoryStorage", "SqliteStorage", "SyncRedisStorage"]

_HOMES = {
    "AsyncRedisStorage": "qtasks.storages.redis",
    "MemoryStorage": "qtasks.storages.memory",
    "SqliteStorage": "qtasks.storages.sqlite",
    "SyncRedisStorage": "qtasks.storages.redis",
}


def __getattr__(name: str) -> Any:
    """Import a storage when it is asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
