"""Plugins: logic that takes part in what components do, and the built-in ones.

Each worker has the built-in ones: dependencies, states, models of pydantic, and where
retry strategies go. They cost nothing for tasks that need none of them.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtasks.plugins.depends import AsyncDependsPlugin, Depends, SyncDependsPlugin
    from qtasks.plugins.pydantic import (
        AsyncPydanticWrapperPlugin,
        SyncPydanticWrapperPlugin,
    )
    from qtasks.plugins.retries import AsyncRetryPlugin, SyncRetryPlugin
    from qtasks.plugins.states import (
        AsyncState,
        AsyncStatePlugin,
        SyncState,
        SyncStatePlugin,
    )
    from qtasks.plugins.testing import AsyncTestPlugin, SyncTestPlugin
    from qtasks.triggers import BasePlugin

__all__ = [
    "AsyncDependsPlugin",
    "AsyncPydanticWrapperPlugin",
    "AsyncRetryPlugin",
    "AsyncState",
    "AsyncStatePlugin",
    "AsyncTestPlugin",
    "BasePlugin",
    "Depends",
    "SyncDependsPlugin",
    "SyncPydanticWrapperPlugin",
    "SyncRetryPlugin",
    "SyncState",
    "SyncStatePlugin",
    "SyncTestPlugin",
]

_HOMES = {
    "BasePlugin": "base",
    "Depends": "depends",
    "DependsPlugin": "depends",
    "PydanticWrapperPlugin": "pydantic",
    "RetryPlugin": "retries",
    "State": "states",
    "StatePlugin": "states",
    "TestPlugin": "testing",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'qtasks.plugins' has no attribute {name!r}")
    home = _HOMES[name.removeprefix("Async").removeprefix("Sync")]
    return getattr(importlib.import_module(f"qtasks.plugins.{home}"), name)
