"""The storage contract over Redis, with one partition and with eight."""

import pytest

from qtasks.storages.redis import leasing
from qtasks.testing.storage_suite import ReplicaSuite
from qtasks.testing.storage_suite.rig import (
    a_request,
    a_task,
    connected,
    submitted,
)
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


@pytest.mark.anyio
async def test_order_holds_behind_expired_tasks_of_some_partitions(url, monkeypatch):
    monkeypatch.setattr(leasing, "EXPIRED_AT_ONCE", 4)
    rig = RedisRig(url, partitions=2)
    async with rig.handle() as storage:
        (now,) = await storage.submit([a_task(priority=2)])
        layout = storage._link.layout
        late = [a_task(priority=-1, expires=now.time + 10) for _ in range(40)]
        late = [task for task in late if layout.partition(task.id) == 0]
        ready = [a_task(priority=n // 10) for n in range(20)]
        await submitted(storage, *late)
        ids = await submitted(storage, *ready)
        rig.advance(11.0)
        await connected(storage)
        granted = await storage.lease(a_request())
        assert [record.id for record in granted] == [*ids, now.id]
