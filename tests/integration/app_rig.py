"""Apps for tests: over a broker in this process, and over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.config import QueueConfig
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST
from qtasks_broker.server import serving

KINDS = ("local", "grpc")


def quick_config(**settings: object) -> QueueConfig:
    """Settings with which nothing takes long."""
    return QueueConfig(cancel_grace=0.05, drain_timeout=5.0, **settings)


@asynccontextmanager
async def app_over(kind: str, **settings: object) -> AsyncIterator[QueueTasks]:
    """An app that was entered, over a kind of broker."""
    config = quick_config(**settings)
    if kind == "local":
        async with QueueTasks(
            broker=LocalBroker(MemoryStorage(), FAST), config=config
        ) as app:
            yield app
        return
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        QueueTasks(broker_url=f"grpc://127.0.0.1:{server.port}", config=config) as app,
    ):
        yield app
