"""The contract of each component, one file each."""

from qtasks.abc.broker import Broker, Subscription, WorkerChannel
from qtasks.abc.storage import Storage

__all__ = ["Broker", "Storage", "Subscription", "WorkerChannel"]
