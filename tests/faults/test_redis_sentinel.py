"""Redis behind a Sentinel: found by name, and found again after a failover."""

from uuid import uuid4

import pytest

from qtasks.core.records import Lane, NewTask
from qtasks.errors import StorageUnavailable
from qtasks.storages.redis import RedisStorage
from tests.ports import free_port
from tests.servers import RedisServer, redis_sentinel

pytestmark = pytest.mark.anyio


def a_task() -> NewTask:
    return NewTask(str(uuid4()), Lane("faults", "default", "work"), b"spec")


@pytest.fixture
def folders(tmp_path):
    folders = [tmp_path / name for name in ("master", "replica", "sentinel")]
    for folder in folders:
        folder.mkdir()
    return folders


async def test_it_follows_the_master(folders):
    at_once = ("--repl-diskless-sync-delay", "0")
    master = RedisServer(folders[0], *at_once, port=free_port())
    follow = ("--replicaof", "127.0.0.1", str(master.port))
    replica = RedisServer(folders[1], *follow, port=free_port())
    with (
        master.running(),
        replica.running(),
        redis_sentinel(folders[2], master) as port,
    ):
        url = f"redis+sentinel://127.0.0.1:{port}/main"
        async with RedisStorage(url) as storage:
            (before,) = await storage.submit([a_task()])
            assert await storage._link.command("WAIT", 1, 4_000) == 1
            master.kill()
            after = await _submit_until_stored(storage)
            assert None not in await storage.get([before.id, after])


async def _submit_until_stored(storage):
    """Submit again and again; each refusal takes its time."""
    while True:
        try:
            (stored,) = await storage.submit([a_task()])
        except StorageUnavailable:
            continue
        return stored.id
