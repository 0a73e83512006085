"""Brokers: implementations of `qtasks.abc.Broker`. `qtasks.urls` makes them from urls."""

from typing import TYPE_CHECKING, Any

from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker

if TYPE_CHECKING:
    from qtasks.brokers.redis import AsyncRedisBroker

__all__ = ["AsyncRedisBroker", "GrpcBroker", "LocalBroker"]


def __getattr__(name: str) -> Any:
    """Import what needs a library of its own when it is asked for."""
    if name == "AsyncRedisBroker":
        from qtasks.brokers.redis import AsyncRedisBroker  # noqa: PLC0415

        return AsyncRedisBroker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
