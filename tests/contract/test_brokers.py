"""Every broker over every storage keeps every promise of a broker."""

from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker
from qtasks.storages.memory import MemoryStorage
from qtasks.storages.redis import RedisStorage
from qtasks.storages.sqlite import SqliteStorage
from qtasks.testing.broker_suite import FAST, BrokerSuite
from qtasks_broker.server import serving
from tests.servers import RedisServer


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


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")).running() as server:
        yield server.url


@asynccontextmanager
async def two_over_redis(url, partitions=1):
    """Two brokers on the same keys of a real server."""
    prefix = f"suite-{uuid4().hex}"
    async with (
        LocalBroker(
            RedisStorage(url, prefix=prefix, partitions=partitions), FAST
        ) as one,
        LocalBroker(
            RedisStorage(url, prefix=prefix, partitions=partitions), FAST
        ) as other,
    ):
        yield one, other


class TestLocalRedis(BrokerSuite):
    @pytest.fixture
    async def brokers(self, redis_url):
        async with two_over_redis(redis_url) as brokers:
            yield brokers


class TestGrpcRedis(BrokerSuite):
    @pytest.fixture
    async def brokers(self, redis_url):
        async with (
            two_over_redis(redis_url, partitions=4) as (one, other),
            over_the_wire(one) as first,
            over_the_wire(other) as second,
        ):
            yield first, second
