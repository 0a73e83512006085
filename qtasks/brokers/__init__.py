"""Brokers: implementations of `qtasks.abc.Broker`. `qtasks.urls` makes them from urls."""

import importlib
from typing import TYPE_CHECKING, Any

from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker

if TYPE_CHECKING:
    from qtasks.brokers.redis import AsyncRedisBroker, SyncRedisBroker

__all__ = ["AsyncRedisBroker", "GrpcBroker", "LocalBroker", "SyncRedisBroker"]


def __getattr__(name: str) -> Any:
    """Import what needs a library of its own when it is asked for."""
    if name in ("AsyncRedisBroker", "SyncRedisBroker"):
        return getattr(importlib.import_module("qtasks.brokers.redis"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
