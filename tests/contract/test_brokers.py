"""Every broker over every storage keeps every promise of a broker."""

from contextlib import asynccontextmanager

import pytest

from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker
from qtasks.storages.memory import MemoryStorage
from qtasks.storages.sqlite import SqliteStorage
from qtasks.testing.broker_suite import FAST, BrokerSuite
from qtasks_broker.server import serving


@asynccontextmanager
async def over_the_wire(broker):
    """A client of a server of a broker, through a real socket."""
    async with (
        serving(broker, "127.0.0.1", 0) as server,
        GrpcBroker(f"grpc://127.0.0.1:{server.port}") as client,
    ):
        yield client


class TestLocalMemory(BrokerSuite):
    @pytest.fixture
    async def brokers(self):
        storage = MemoryStorage()
        async with (
            LocalBroker(storage, FAST) as one,
            LocalBroker(storage.replica(), FAST) as other,
        ):
            yield one, other


class TestLocalSqlite(BrokerSuite):
    @pytest.fixture
    async def brokers(self, tmp_path):
        async with LocalBroker(SqliteStorage(tmp_path / "q.db"), FAST) as broker:
            yield broker, broker


class TestGrpcMemory(BrokerSuite):
    @pytest.fixture
    async def brokers(self):
        storage = MemoryStorage()
        async with (
            LocalBroker(storage, FAST) as one,
            LocalBroker(storage.replica(), FAST) as other,
            over_the_wire(one) as first,
            over_the_wire(other) as second,
        ):
            yield first, second


class TestGrpcSqlite(BrokerSuite):
    @pytest.fixture
    async def brokers(self, tmp_path):
        async with (
            LocalBroker(SqliteStorage(tmp_path / "q.db"), FAST) as broker,
            over_the_wire(broker) as client,
        ):
            yield client, client
