"""Variables that apps share over a Redis."""

import os

import pytest

from qtasks import QueueTasks as SyncApp
from qtasks.asyncio import QueueTasks
from qtasks.configs import AsyncRedisGlobalConfig, SyncRedisGlobalConfig
from qtasks.errors import (
    PayloadTooLarge,
    Unserializable,
)
from tests.servers import RedisServer


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")).running() as server:
        yield server.url


@pytest.mark.anyio
async def test_variables_of_an_app_and_of_whoever_knows_the_redis(redis_url):
    alone = AsyncRedisGlobalConfig(name="jobs", url=redis_url)
    async with QueueTasks("jobs", broker_url=redis_url) as app:
        shared = app.broker.storage.global_config
        await shared.set("limits", "mails", {"a day": 100})
        await shared.set(name="limits", key="calls", value=None)
        assert await alone.get("limits", "mails") == {"a day": 100}
        assert await alone.get_all("limits") == {"calls": None, "mails": {"a day": 100}}
        assert await alone.get_match("m*", "limits") == {"mails": {"a day": 100}}
        await alone.set("main", "on", True)
        assert await shared.get_all() == {"on": True}
        assert await shared.get(key="nothing", name="here") is None
        with pytest.raises(Unserializable, match="'odd' is no JSON"):
            await shared.set("limits", "odd", object())
        with pytest.raises(PayloadTooLarge):
            await shared.set("limits", "long", "x" * 300_000)
        await alone.stop()
        assert await alone.get("main", "on") is True
        await alone.stop()
        assert await app.flush_all() == 0
        assert await shared.get_all() == {}


def test_variables_without_a_loop(redis_url):
    alone = SyncRedisGlobalConfig(name="sync", url=redis_url)
    with SyncApp("sync", storage_url=redis_url) as app:
        app.broker.storage.global_config.set("main", "on", 1)
        assert alone.get("main", "on") == 1
        pid = os.fork()
        if not pid:  # the child has threads and connections of its own
            right = alone.get("main", "on") == 1
            right = right and app.broker.storage.global_config.get_all() == {"on": 1}
            os._exit(0 if right else 1)
        assert os.waitpid(pid, 0)[1] == 0
        app.broker.storage.global_config.set("main", "on", 2)
        assert alone.get_all() == {"on": 2}
    alone.stop()
