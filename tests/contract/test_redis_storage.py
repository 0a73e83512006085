"""The storage contract over Redis, with one partition and with eight."""

from uuid import uuid4

import pytest

from qtasks.storages.redis import RedisStorage
from qtasks.testing.storage_suite import ReplicaSuite, StorageRig
from tests.servers import RedisServer


class RedisRig(StorageRig):
    def __init__(self, url: str, partitions: int) -> None:
        self._url = url
        self._partitions = partitions
        self._prefix = f"suite-{uuid4().hex}"
        self._handles: list[RedisStorage] = []
        self._shift = 0.0

    def handle(self) -> RedisStorage:
        storage = RedisStorage(
            self._url,
            partitions=self._partitions,
            prefix=self._prefix,
            clock_shift=self._shift,
        )
        self._handles.append(storage)
        return storage

    def advance(self, seconds: float) -> None:
        self._shift += seconds
        for storage in self._handles:
            storage.clock_shift = self._shift


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
