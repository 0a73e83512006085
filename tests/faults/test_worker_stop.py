"""Workers that are told to stop: what runs ends or is given back, and burns nothing."""

import signal

import anyio
import pytest

from tests.faults.figures import assert_nothing_burned
from tests.faults.rig import client_of
from tests.faults.seen import Seen

AT_ONCE = 5.0
PROCESSES = [(), ("--processes", "2")]


@pytest.fixture
async def broker(rig):
    broker = rig.broker()
    await broker.start()
    return broker


@pytest.mark.parametrize("options", PROCESSES, ids=["one", "two"])
async def test_what_runs_ends_and_what_waits_goes_elsewhere(rig, broker, options):
    leaving = rig.worker(broker, options=options, max_tasks_process=1)
    await leaving.start()
    async with client_of(broker) as app:
        running = await app.add_task("gate")
        async with Seen.of(running) as seen:
            ask = await seen.kind("ask")
            waiting = await app.add_tasks(
                [app.call("add", (n, 1), {}) for n in range(50)]
            )
            leaving.send(signal.SIGTERM)
            await leaving.said("worker drains")
            await rig.worker(broker).start()
            assert [await one.result() for one in waiting] == list(range(1, 51))
            await app.reply(running.uuid, ask.ask_id, "done")
            assert (await seen.end()).returning[-1] == "done"
        with anyio.fail_after(AT_ONCE):
            assert await leaving.ended() == 0
        await assert_nothing_burned(app, [running, *waiting])


@pytest.mark.parametrize("task", ["hangs", "hangs_in_a_thread"])
async def test_what_does_not_end_in_time_is_given_back(rig, broker, task):
    leaving = rig.worker(broker, drain_timeout=0.2, cancel_grace=0.5)
    await leaving.start()
    async with client_of(broker) as app:
        handle = await app.add_task(task)
        async with Seen.of(handle) as seen:
            first = await seen.kind("yield")
            with anyio.fail_after(AT_ONCE):
                assert await leaving.stop() == 0
            await rig.worker(broker).start()
            again = await seen.first(
                lambda event: event.kind == "yield" and event.value != first.value
            )
        assert again.attempt == first.attempt == 1
        await assert_nothing_burned(app, [handle])


@pytest.mark.parametrize("options", PROCESSES, ids=["one", "two"])
async def test_a_second_signal_stops_at_once(rig, broker, options):
    leaving = rig.worker(broker, options=options)
    await leaving.start()
    async with client_of(broker) as app:
        handle = await app.add_task("hangs")
        async with Seen.of(handle) as seen:
            await seen.kind("yield")
            leaving.send(signal.SIGTERM)
            await leaving.said("worker drains")
            leaving.send(signal.SIGTERM)
            with anyio.fail_after(AT_ONCE):
                assert await leaving.ended() == 0
            await seen.first(lambda event: event.state == "new" and event.seq > 1)
        status = await app.status(handle.uuid)
        assert (status.attempt, status.losses) == (0, 0)


async def test_workers_of_a_killed_supervisor_leave_in_peace(rig, broker):
    workers = rig.worker(broker, options=["--processes", "2"])
    await workers.start()
    await workers.said("worker connected", 2)
    async with client_of(broker) as app:
        running = await app.add_task("gate")
        async with Seen.of(running) as seen:
            ask = await seen.kind("ask")
            workers.send(signal.SIGKILL)
            await app.reply(running.uuid, ask.ask_id, "done")
            assert (await seen.end()).returning[-1] == "done"
        # Their output ends when the last of them has.
        with anyio.fail_after(AT_ONCE):
            await workers.ended()
        await assert_nothing_burned(app, [running])


async def test_nobody_waits_for_a_broker_to_leave(rig, broker):
    worker = rig.worker(broker)
    await worker.start()
    await broker.kill()
    with anyio.fail_after(AT_ONCE * 2):
        assert await worker.stop() == 0
