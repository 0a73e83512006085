"""Tasks that must stop: cancelled, out of time, or their worker ends."""

import threading
import time

import anyio
import pytest

from qtasks import ctx
from tests.integration.app_rig import KINDS, app_over

pytestmark = pytest.mark.anyio

SOON = 0.1


@pytest.fixture(params=KINDS)
async def app(request):
    with anyio.fail_after(30):
        async with app_over(request.param) as app:
            yield app


async def test_a_coroutine_is_cancelled_soon(app):
    started, stopped = anyio.Event(), anyio.Event()

    @app.task
    async def forever():
        started.set()
        try:
            await anyio.sleep_forever()
        finally:
            stopped.set()

    async with app.worker():
        handle = await forever.add_task()
        await started.wait()
        before = time.monotonic()
        assert await handle.cancel("enough")
        await stopped.wait()
        assert time.monotonic() - before < SOON
        await handle
        assert (handle.status, handle.cancel_reason) == ("cancel", "enough")
        assert not await handle.cancel()


async def test_a_thread_sees_soon_that_it_was_cancelled(app):
    started = threading.Event()
    seen = []

    @app.task
    def watchful():
        started.set()
        try:
            ctx.sleep(60)
        finally:
            seen.append((ctx.cancelled, time.monotonic()))

    async with app.worker():
        handle = await watchful.add_task()
        await anyio.to_thread.run_sync(started.wait)
        before = time.monotonic()
        await handle.cancel()
        await handle
        assert handle.status == "cancel"
        ((cancelled, at),) = seen
        assert cancelled
        assert at - before < SOON


async def test_a_thread_that_ignores_it_is_reported_and_keeps_its_slot(app):
    started, go_on = threading.Event(), threading.Event()
    app.config.max_tasks_process = 1

    @app.task
    def stubborn():
        started.set()
        go_on.wait()

    @app.task
    async def next_one(): ...

    async with app.worker() as worker:
        handle = await stubborn.add_task()
        await anyio.to_thread.run_sync(started.wait)
        await handle.cancel()
        assert (await handle).status == "cancel"
        assert worker.running == 1
        other = await next_one.add_task()
        assert await other.wait(0.05) is None
        go_on.set()
        assert (await other).status == "success"


async def test_a_coroutine_that_swallows_its_cancellation_is_reported(app):
    started = anyio.Event()

    @app.task
    async def stubborn():
        started.set()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            await anyio.sleep(0.2)
        return "late"

    async with app.worker():
        handle = await stubborn.add_task()
        await started.wait()
        await handle.cancel()
        assert (await handle).status == "cancel"


@pytest.mark.parametrize("plain", [True, False])
async def test_max_time_is_kept(app, plain):
    if plain:

        @app.task(max_time=0.05)
        def slow():
            ctx.sleep(60)

    else:

        @app.task(max_time=0.05)
        async def slow():
            await anyio.sleep_forever()

    async with app.worker():
        task = await app.add_task(slow, timeout=10)
        assert task.status == "error"
        assert task.failure.reason == "timed_out"
        assert "max_time, 0.05 s" in task.failure.message


async def test_a_task_out_of_time_is_tried_again_if_it_may_be(app):
    @app.task(max_time=0.05, retry=1, retry_backoff=0)
    async def slow():
        if ctx.attempt == 1:
            await anyio.sleep_forever()
        return ctx.attempt

    async with app.worker():
        assert (await app.add_task(slow, timeout=10)).returning == 2


async def test_a_deadline_ends_a_running_task(app):
    @app.task
    async def slow():
        await anyio.sleep_forever()

    async with app.worker():
        task = await app.add_task(slow, deadline=0.2, timeout=10)
        assert task.failure.reason == "timed_out"
        assert "deadline" in task.failure.message


async def test_an_ending_worker_lets_its_tasks_finish(app):
    started, go_on = anyio.Event(), anyio.Event()

    @app.task
    async def slow():
        started.set()
        await go_on.wait()
        return 1

    async with anyio.create_task_group() as tasks:
        async with app.worker() as worker:
            handle = await slow.add_task()
            await started.wait()
            waiting = await slow.add_task()
            worker.drain()
            tasks.start_soon(set_when_blocked, go_on)
        assert await handle.result(10) == 1
    assert (await app.get(waiting.uuid)).status in {"new", "success"}


async def set_when_blocked(event):
    await anyio.wait_all_tasks_blocked()
    event.set()


async def test_a_task_given_back_burns_no_attempt(app):
    app.config.drain_timeout = 0.0
    started = anyio.Event()

    @app.task
    async def slow():
        if not started.is_set():
            started.set()
            await anyio.sleep_forever()
        return ctx.attempt

    async with app.worker():
        handle = await slow.add_task()
        await started.wait()
    assert (await handle.refresh()).status == "new"
    assert handle.attempt == 0
    async with app.worker():
        assert await handle.result(10) == 1


async def test_more_tasks_than_slots_wait_their_turn(app):
    app.config.max_tasks_process = 3
    running = most = 0

    @app.task
    async def counted():
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.lowlevel.checkpoint()
        running -= 1

    async with app.worker():
        for handle in await app.add_tasks([counted() for _ in range(50)]):
            await handle
    assert most == 3
