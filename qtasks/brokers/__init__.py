"""Brokers: implementations of `qtasks.abc.Broker`. `qtasks.urls` makes them from urls.

Each is imported when it is asked for: a client of a broker service needs no engine, and
none needs a library that only another stands on.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtasks.brokers.grpc import GrpcBroker
    from qtasks.brokers.local import LocalBroker
    from qtasks.brokers.redis import AsyncRedisBroker, SyncRedisBroker

__all__ = ["AsyncRedisBroker", "GrpcBroker", "LocalBroker", "SyncRedisBroker"]

_HOMES = {
    "AsyncRedisBroker": "qtasks.brokers.redis",
    "GrpcBroker": "qtasks.brokers.grpc",
    "LocalBroker": "qtasks.brokers.local",
    "SyncRedisBroker": "qtasks.brokers.redis",
}


def __getattr__(name: str) -> Any:
    """Import a broker when it is asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
