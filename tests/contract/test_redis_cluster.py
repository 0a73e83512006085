"""The storage contract over a Redis Cluster of three nodes, with eight partitions."""

import pytest

from qtasks.testing.storage_suite import ReplicaSuite
from tests.contract.redis_rig import RedisRig
from tests.servers import redis_cluster


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as nodes:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        yield f"redis+cluster://{hosts}"


class TestRedisClusterStorage(ReplicaSuite):
    @pytest.fixture
    async def rig(self, url):
        return RedisRig(url, partitions=8)
