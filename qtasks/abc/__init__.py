"""The contract of each component, one file each."""

from qtasks.abc.broker import Broker, Subscription, WorkerChannel
from qtasks.abc.component import Component
from qtasks.abc.global_config import GlobalConfig
from qtasks.abc.starter import Starter
from qtasks.abc.storage import Storage
from qtasks.abc.worker import Worker

__all__ = [
    "Broker",
    "Component",
    "GlobalConfig",
    "Starter",
    "Storage",
    "Subscription",
    "Worker",
    "WorkerChannel",
]
