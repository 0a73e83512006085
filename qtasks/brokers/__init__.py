"""Brokers: implementations of `qtasks.abc.Broker`. `qtasks.urls` makes them from urls."""

from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker

__all__ = ["GrpcBroker", "LocalBroker"]
