"""Workers that an operator drains, through any broker: what they run ends, and they too."""

import anyio
import pytest

from qtasks import v1
from qtasks.errors import WorkerNotFound
from tests.faults.figures import assert_nothing_burned
from tests.faults.rig import APP, client_of
from tests.faults.seen import Seen

AT_ONCE = 10.0


async def drain(app, worker_id):
    """Drain a worker; how many tasks it still has."""
    connection = await app.home.open()
    request = v1.DrainWorkerRequest(app=APP, worker_id=worker_id)
    return (await connection.broker.drain_worker(request)).running


async def ended(worker):
    """Wait for the end of a worker that nobody sent a signal; the exit code."""
    with anyio.fail_after(AT_ONCE):
        return await worker.ended()


async def test_another_replica_drains_a_worker_that_runs_a_task(rig, redis):
    one, other = rig.broker(redis.url), rig.broker(redis.url)
    await one.start()
    await other.start()
    leaving = rig.worker(one, options=["--worker-id", "old"], max_tasks_process=1)
    await leaving.start()
    async with client_of(other) as app:
        running = await app.add_task("gate")
        async with Seen.of(running) as seen:
            ask = await seen.kind("ask")
            assert await drain(app, "old") == 1
            await leaving.said("worker drains")
            waiting = await app.add_tasks(
                [app.call("add", (n, 1), {}) for n in range(20)]
            )
            await rig.worker(other, options=["--worker-id", "new"]).start()
            assert [await task.result() for task in waiting] == list(range(1, 21))
            await app.reply(running.uuid, ask.ask_id, "done")
            assert (await seen.end()).returning[-1] == "done"
        assert await ended(leaving) == 0
        assert (await app.status(waiting[0].uuid)).worker_id == "new"
        await assert_nothing_burned(app, [running, *waiting])
        with pytest.raises(WorkerNotFound):
            await drain(app, "old")


async def test_a_worker_learns_it_when_its_broker_is_back(rig, redis):
    one, other = rig.broker(redis.url), rig.broker(redis.url)
    await one.start()
    await other.start()
    leaving = rig.worker(one, options=["--worker-id", "old"])
    await leaving.start()
    async with client_of(other) as app:
        running = await app.add_task("gate")
        async with Seen.of(running) as seen:
            ask = await seen.kind("ask")
            await one.kill()
            assert await drain(app, "old") == 1
            await one.start()
            await leaving.said("worker drains")
            await app.reply(running.uuid, ask.ask_id, "done")
            assert (await seen.end()).returning[-1] == "done"
        assert await ended(leaving) == 0
        await assert_nothing_burned(app, [running])


async def test_what_runs_has_all_the_time_it_needs(rig):
    broker = rig.broker()
    await broker.start()
    leaving = rig.worker(broker, options=["--worker-id", "old"], drain_timeout=0.1)
    await leaving.start()
    async with client_of(broker) as app:
        running = await app.add_task("count", 50, 0.02)
        async with Seen.of(running) as seen:
            await seen.kind("yield")
            await drain(app, "old")
            assert (await seen.end()).returning == list(range(50))
        assert await ended(leaving) == 0
        await assert_nothing_burned(app, [running])


async def test_a_signal_while_it_drains_bounds_that_time(rig):
    broker = rig.broker()
    await broker.start()
    leaving = rig.worker(broker, options=["--worker-id", "old"], drain_timeout=0.1)
    await leaving.start()
    async with client_of(broker) as app:
        hanging = await app.add_task("hangs")
        async with Seen.of(hanging) as seen:
            await seen.kind("yield")
            await drain(app, "old")
            await leaving.said("worker drains: it was told to leave")
            with anyio.fail_after(AT_ONCE):
                assert await leaving.stop() == 0
            await seen.first(lambda event: event.state == "new" and event.seq > 1)
        status = await app.status(hanging.uuid)
        assert (status.attempt, status.losses) == (0, 0)


async def test_of_several_processes_one_leaves_and_is_not_started_again(rig):
    broker = rig.broker()
    await broker.start()
    workers = rig.worker(broker, options=["--processes", "2", "--worker-id", "twin"])
    await workers.start()
    await workers.said("worker connected", 2)
    async with client_of(broker) as app:
        await drain(app, "twin-1")
        await workers.said("worker process left")
        task = await app.add_task("add", 1, 2)
        assert await task.result() == 3
        assert (await app.status(task.uuid)).worker_id == "twin-2"
        await drain(app, "twin-2")
        assert await ended(workers) == 0
    assert not [line for line in workers.lines if "worker process died" in line]
