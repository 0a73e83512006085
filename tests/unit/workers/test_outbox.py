"""The outbox: in order, bounded, and never stuck."""

import anyio
import anyio.to_thread
import pytest

from qtasks import v1
from qtasks.core.records import Token
from qtasks.workers.doorbell import Doorbell
from qtasks.workers.outbox import MAX_BYTES, MAX_EVENTS, Outbox

pytestmark = pytest.mark.anyio

TOKEN = Token("a", 1)


def event():
    return v1.TaskEvent(progress=v1.Progress(done=1))


def test_what_is_put_in_comes_out_in_order():
    outbox = Outbox(Doorbell())
    first, second = event(), v1.Settle(cancelled="x")
    outbox.put_event(TOKEN, first, 10)
    outbox.put_settle(TOKEN, second, 10)
    assert [item[1] for item in outbox.take(1 << 20)] == [first, second]
    assert outbox.take(1 << 20) == []


def test_a_take_stops_at_its_bytes():
    outbox = Outbox(Doorbell())
    for _ in range(10):
        outbox.put_event(TOKEN, event(), 1000)
    assert len(outbox.take(3000)) == 3
    assert len(outbox) == 7


@pytest.mark.parametrize(("count", "size"), [(MAX_EVENTS, 1), (4, MAX_BYTES // 4)])
async def test_whoever_sends_too_much_waits_for_room(count, size):
    outbox = Outbox(Doorbell())
    for _ in range(count):
        outbox.put_event(TOKEN, event(), size)
    assert outbox.crowded
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.room)
        tasks.start_soon(anyio.to_thread.run_sync, outbox.wait_for_room)
        await anyio.wait_all_tasks_blocked()
        outbox.take(1 << 30)
    assert not outbox.crowded


async def test_outcomes_never_wait():
    outbox = Outbox(Doorbell())
    for _ in range(2 * MAX_EVENTS):
        outbox.put_settle(TOKEN, v1.Settle(), 1)
    assert not outbox.crowded


async def test_nobody_waits_for_a_closed_outbox():
    outbox = Outbox(Doorbell())
    for _ in range(MAX_EVENTS):
        outbox.put_event(TOKEN, event(), 1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.room)
        await anyio.wait_all_tasks_blocked()
        outbox.close()
    await outbox.room()


async def test_the_bell_is_heard_from_any_thread():
    bell = Doorbell()
    bell.ring()
    bell.attach()
    await bell.wait()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bell.wait)
        await anyio.wait_all_tasks_blocked()
        await anyio.to_thread.run_sync(bell.ring)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bell.wait)
        await anyio.wait_all_tasks_blocked()
        bell.ring()
