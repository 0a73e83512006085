"""Tasks that are cancelled or run too long, wherever they run, in a real worker."""

import os
import time

import pytest

from tests.faults.rig import client_of
from tests.faults.seen import Seen

REACHED_WITHIN = 0.1
MAX_TIME = 0.5
HANGING = ["hangs", "hangs_in_a_thread", "hangs_in_a_process"]


@pytest.fixture
async def app(rig):
    broker = rig.broker()
    await broker.start()
    await rig.worker(broker).start()
    async with client_of(broker) as app:
        yield app


@pytest.mark.parametrize("task", HANGING)
async def test_a_cancel_reaches_a_running_task(app, task):
    handle = await app.add_task(task)
    async with Seen.of(handle) as seen:
        await seen.kind("yield")
        asked = time.perf_counter()
        assert await handle.cancel("enough")
        ended = await seen.end()
        took = time.perf_counter() - asked
    assert (ended.status, ended.cancel_reason) == ("cancel", "enough")
    assert took < REACHED_WITHIN
    if task == "hangs_in_a_process":
        with pytest.raises(ProcessLookupError):
            os.kill(seen.values[0], 0)
    assert await (await app.add_task("add", 1, 2)).result() == 3


@pytest.mark.parametrize("task", HANGING)
async def test_max_time_ends_an_attempt(app, task):
    handle = await app.add_task(task, max_time=MAX_TIME)
    ended = await handle.wait()
    assert ended.status == "error"
    assert ended.failure.reason == "timed_out"
    ran = (ended.finished_at - ended.started_at).total_seconds()
    assert MAX_TIME <= ran < MAX_TIME + 1.0
    assert await (await app.add_task("add", 1, 2)).result() == 3
