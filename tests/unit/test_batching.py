"""Natural batching."""

import anyio
import pytest

from qtasks.batching import Batcher

pytestmark = pytest.mark.anyio


async def test_what_waits_travels_together():
    gate = anyio.Event()
    batches = []

    async def flush(items):
        batches.append(items)
        await gate.wait()
        return [item * 10 for item in items]

    answers = {}

    async def call(batch, items):
        answers[items[0]] = await batch(items)

    async with Batcher(flush, cap=4) as batch, anyio.create_task_group() as tasks:
        tasks.start_soon(call, batch, [1])
        await anyio.wait_all_tasks_blocked()
        for items in ([2, 3], [4], [5, 6], [7]):
            tasks.start_soon(call, batch, items)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert batches == [[1], [2, 3, 4, 5, 6], [7]]
    assert answers == {1: [10], 2: [20, 30], 4: [40], 5: [50, 60], 7: [70]}


async def test_nothing_is_sent_for_nothing():
    async def flush(items):
        raise AssertionError(items)

    async with Batcher(flush) as batch:
        assert await batch([]) == []


async def test_a_failure_reaches_every_caller_and_spoils_no_later_batch():
    fails = True

    async def flush(items):
        if fails:
            raise OSError("down")
        return items

    async with Batcher(flush) as batch:
        caught = []

        async def call():
            try:
                await batch([1])
            except OSError as error:
                caught.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            tasks.start_soon(call)
        assert len(caught) == 2
        fails = False
        assert await batch([2]) == [2]


async def test_a_cancelled_caller_leaves_the_others_alone():
    gate = anyio.Event()

    async def flush(items):
        await gate.wait()
        return items

    async with Batcher(flush) as batch:
        with anyio.move_on_after(0):
            await batch([1])
        gate.set()
        assert await batch([2]) == [2]


async def test_what_the_block_raises_is_not_wrapped():
    async def flush(items):
        return items

    with pytest.raises(KeyError):
        async with Batcher(flush):
            raise KeyError
