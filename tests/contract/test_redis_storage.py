"""The storage contract over Redis, with one partition and with eight."""

import pytest

from qtasks.testing.storage_suite import ReplicaSuite
from tests.contract.redis_rig import RedisRig
from tests.servers import RedisServer


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")).running() as server:
        yield server.url


class TestRedisStorage(ReplicaSuite):
    @pytest.fixture
    async def rig(self, url):
        return RedisRig(url, partitions=1)


class TestPartitionedRedisStorage(ReplicaSuite):
    @pytest.fixture
    async def rig(self, url):
        return RedisRig(url, partitions=8)
