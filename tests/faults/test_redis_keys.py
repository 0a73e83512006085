"""Idempotency keys of a partitioned Redis, when submitters die between their steps."""

from uuid import uuid4

import anyio
import pytest

from qtasks.core.records import Fate, Lane, NewTask
from qtasks.core.waiting import SUBMIT_GRACE
from qtasks.storages.redis import RedisStorage, scripts
from qtasks.storages.redis.codec import pack_task, unpack_submitted
from tests.servers import RedisServer

pytestmark = pytest.mark.anyio

LANE = Lane("faults", "default", "work")


def a_task(key="key", **values) -> NewTask:
    return NewTask(str(uuid4()), LANE, b"spec", key=key, **values)


@pytest.fixture
async def storage(tmp_path):
    with RedisServer(tmp_path).running() as server:
        async with RedisStorage(server.url, partitions=8) as storage:
            yield storage


async def claim(storage, task):
    """The first step of a submit whose submitter then dies, or is slow."""
    arguments = (LANE.app, task.key, task.id, "")
    items = [(LANE.app + task.key, arguments)]
    (owner,) = await storage._link.spread(scripts.KEY_CLAIM, items)
    assert owner.decode() == task.id


async def store(storage, task):
    """The second step."""
    items = [(task.id, pack_task(task, 1))]
    (raw,) = await storage._link.spread(scripts.SUBMIT, items, (0, SUBMIT_GRACE))
    return unpack_submitted(raw)


async def test_a_key_of_a_dead_submitter_is_taken_over(storage):
    lost, task, later = a_task(), a_task(), a_task()
    await claim(storage, lost)
    (result,) = await storage.submit([task])
    assert (result.id, result.fate) == (task.id, Fate.CREATED)
    (result,) = await storage.submit([later])
    assert (result.id, result.fate) == (task.id, Fate.EXISTING)


async def test_a_slow_submitter_can_not_store_under_a_lost_key(storage):
    slow, task = a_task(), a_task()
    await claim(storage, slow)
    await storage.submit([task])
    assert await store(storage, slow) is None
    (result,) = await storage.submit([slow])
    assert (result.id, result.fate) == (task.id, Fate.EXISTING)


async def test_a_submitter_that_was_kept_out_can_have_the_key_later(storage):
    slow, task = a_task(), a_task()
    await claim(storage, slow)
    await storage.submit([task])
    await storage.delete([task.id])
    (result,) = await storage.submit([slow])
    assert (result.id, result.fate) == (slow.id, Fate.CREATED)


async def test_a_conflict_takes_no_key(storage):
    first, other = a_task(key="one"), a_task(key="two")
    await storage.submit([first])
    clash = NewTask(first.id, LANE, b"another spec", key="two")
    (result,) = await storage.submit([clash])
    assert result.fate is Fate.CONFLICT
    (result,) = await storage.submit([other])
    assert (result.id, result.fate) == (other.id, Fate.CREATED)


async def test_many_at_once_make_one_task(storage):
    tasks = [a_task(key=f"key {n % 5}") for n in range(50)]
    results = {}

    async def submit(task):
        (results[task.id],) = await storage.submit([task])

    async with anyio.create_task_group() as group:
        for task in tasks:
            group.start_soon(submit, task)
    created = [each for each in results.values() if each.fate is Fate.CREATED]
    assert len(created) == 5
    for task in tasks:
        assert results[task.id].id in {each.id for each in created}


async def test_a_batch_may_name_a_key_twice(storage):
    tasks = [a_task(), a_task(), a_task(key="")]
    first, second, third = await storage.submit(tasks)
    assert (first.fate, second.fate, third.fate) == (
        Fate.CREATED,
        Fate.EXISTING,
        Fate.CREATED,
    )
    assert second.id == first.id
