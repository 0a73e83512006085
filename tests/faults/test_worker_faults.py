"""Workers that are killed, frozen or blocked: their tasks go on, and end once."""

import os
import signal

import anyio
import pytest

from tests.faults.figures import figures_of
from tests.faults.rig import client_of
from tests.faults.seen import Seen

TAKEN_OVER_WITHIN = 2.0
LEASE = 3.0


async def test_tasks_of_a_killed_worker_go_to_another(rig):
    # A broker that has just started waits a heartbeat before it takes tasks back.
    broker = rig.broker(lease=LEASE)
    await broker.start()
    doomed = rig.worker(broker, max_tasks_process=1)
    await doomed.start()
    async with client_of(broker) as app:
        running = await app.add_task("first_attempt_hangs")
        async with Seen.of(running) as seen:
            await seen.kind("yield")
            waiting = await app.add_tasks(
                [app.call("add", (n, 1), {}) for n in range(20)]
            )
            heir = rig.worker(broker)
            await heir.start()
            await doomed.kill()
            with anyio.fail_after(TAKEN_OVER_WITHIN):
                ended = await seen.end()
        assert (ended.status, ended.attempt) == ("success", 2)
        assert seen.words == [
            "new",
            "process",
            "yield",
            "retry",
            "new",
            "process",
            "yield",
            "success",
        ]
        assert (await app.status(running.uuid)).losses == 1
        for place, handle in enumerate(waiting):
            assert await handle.result() == place + 1
            status = await app.status(handle.uuid)
            assert (status.attempt, status.losses) == (1, 0)
        assert (await figures_of(app)).lost_total == 1


@pytest.mark.parametrize("how", ["exit", "segfault"])
async def test_a_task_that_kills_its_workers_ends_as_an_error(rig, how):
    broker = rig.broker()
    await broker.start()
    workers = rig.worker(broker, options=["--processes", "2"])
    await workers.start()
    await workers.said("worker connected", 2)
    async with client_of(broker) as app:
        poison = await app.add_task("crashes", how)
        async with Seen.of(poison) as seen:
            for attempt in (1, 2, 3):
                ask = await seen.kind("ask", attempt)
                await app.reply(poison.uuid, ask.ask_id, None)
            ended = await seen.end()
        assert (ended.status, ended.attempt) == ("error", 3)
        assert ended.failure.reason == "worker_lost"
        assert (await app.status(poison.uuid)).losses == 3
        healthy = await app.add_task("add", 1, 2)
        assert await healthy.result() == 3
        assert healthy.attempt == 1
        await workers.said("worker process died", 3)
        await workers.said("worker connected", 5)


async def test_a_frozen_worker_loses_its_tasks_and_reports_too_late(rig):
    broker = rig.broker(lease=LEASE)
    await broker.start()
    frozen = rig.worker(broker)
    await frozen.start()
    async with client_of(broker) as app:
        handle = await app.add_task("freezes_itself")
        async with Seen.of(handle) as seen:
            ask = await seen.kind("ask")
            heir = rig.worker(broker)
            await heir.start()
            await app.reply(handle.uuid, ask.ask_id, None)
            with anyio.fail_after(LEASE + TAKEN_OVER_WITHIN):
                ended = await seen.end()
        assert (ended.status, ended.attempt) == ("success", 2)
        pid = seen.values[0]
        assert ended.returning == [seen.values[1], "attempt 2"]
        os.kill(pid, signal.SIGCONT)
        await frozen.said("worker session lost")
        queue = await figures_of(app)
        assert (queue.lost_total, queue.refused_total) == (1, 1)
        assert queue.success_total == 1
        assert (await handle.refresh()).returning == ended.returning
        # What froze works again.
        await heir.kill()
        assert await (await app.add_task("add", 1, 2)).result() == 3


async def test_a_task_that_blocks_the_loop_loses_no_lease(rig):
    broker = rig.broker(lease=LEASE)
    await broker.start()
    for _ in range(2):
        await rig.worker(broker).start()
    async with client_of(broker) as app:
        handle = await app.add_task("blocks", 10.0)
        assert await handle.result() == ["blocking", 1]
        assert (await figures_of(app)).lost_total == 0
