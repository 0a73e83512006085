"""One fault after the other under load: every task ends once, and is seen to."""

import random
from contextlib import AsyncExitStack

import pytest

from tests.faults.rig import client_of
from tests.faults.seen import Seen

LEASE = 3.0
FAULTS = 8
TASKS = 400
WATCHED = 8
NUMBERS = 40
PAUSE = 0.05


@pytest.mark.parametrize("seed", [1])
async def test_whatever_is_killed_every_task_ends_once(rig, seed):
    order = random.Random(seed)  # noqa: S311  # not a secret
    broker = rig.broker(lease=LEASE)
    await broker.start()
    workers = [rig.worker(broker) for _ in range(2)]
    for worker in workers:
        await worker.start()
    async with client_of(broker) as app, AsyncExitStack() as stack:
        streams = await app.add_tasks(
            [app.call("count", (NUMBERS, PAUSE), {}) for _ in range(WATCHED)]
        )
        watched = [await stack.enter_async_context(Seen.of(one)) for one in streams]
        handles = await app.add_tasks(
            [app.call("add", (number, 1), {}) for number in range(TASKS)]
        )
        for _ in range(FAULTS):
            victim = order.choice([broker, *workers])
            await victim.kill()
            await victim.start()
        for seen in watched:
            ended = await seen.end()
            seen.assert_complete()
            assert ended.returning == list(range(NUMBERS))
            assert [one.kind for one in seen.events].count("end") == 1
            assert seen.values_of(ended.attempt) == ended.returning
        results = [await handle.result() for handle in handles]
    assert results == list(range(1, TASKS + 1))
