"""Apps run in a test's own process, eagerly or beside it."""

import anyio
import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks import Retry
from qtasks.asyncio import QueueTasks
from qtasks.errors import SettingsError, TaskFailed, TaskUnserved, WrongColour
from qtasks.flow import group
from qtasks.testing import FakeClock, drain, eager, memory_broker, running, submitted


class Boom(Exception):
    """What a task raises."""


def an_async_app():
    app = QueueTasks("shop")

    @app.task
    async def add(a, b):
        return a + b

    @app.task
    async def explode():
        raise Boom("here")

    @app.task
    async def twice(x):
        inner = await app.add_task("add", x, x)
        return await inner.result(10)

    @app.task(retry=3, retry_backoff=60, echo=True)
    async def stubborn(self):
        if self.ctx.attempt < 3:
            raise Boom("not yet")
        return self.ctx.attempt

    return app


def a_sync_app():
    app = SyncQueueTasks("shop")

    @app.task
    def add(a, b):
        return a + b

    @app.task
    def explode():
        raise Boom("here")

    @app.task
    def depth(left):
        return 0 if left == 0 else 1 + app.add_task("depth", left - 1).returning

    return app


# -- eager ---------------------------------------------------------------------------


async def test_an_eager_submit_returns_when_the_task_has_run():
    app = an_async_app()
    async with eager(app):
        handle = await app.add_task("add", 2, 3)
        assert (handle.status, handle.returning) == ("success", 5)
        assert (await app.add_task("add", 2, 3, timeout=10)).returning == 5
        first, second = await app.add_tasks(
            [app.tasks["add"](1, 1), app.tasks["add"](2, 2)]
        )
        assert (first.returning, second.returning) == (2, 4)


def test_an_eager_submit_of_a_sync_app():
    app = a_sync_app()
    with eager(app):
        assert app.add_task("add", 2, 3).returning == 5
        assert app.tasks["add"].add_task(4, 3).returning == 7


async def test_an_eager_handle_shows_the_error():
    app = an_async_app()
    async with eager(app):
        handle = await app.add_task("explode")
        assert handle.status == "error"
        assert handle.failure.kind == "Boom"
        with pytest.raises(TaskFailed, match="here"):
            await handle.result()


async def test_an_eager_submit_raises_the_error_itself_when_asked_to():
    app = an_async_app()
    async with eager(app, propagate=True):
        with pytest.raises(Boom, match="here"):
            await app.add_task("explode")


def test_an_eager_submit_of_a_sync_app_raises_the_error_itself_when_asked_to():
    app = a_sync_app()
    with eager(app, propagate=True), pytest.raises(Boom, match="here"):
        app.add_task("explode")


async def test_eager_retries_and_delays_take_no_time():
    app = an_async_app()
    clock = FakeClock()
    start = clock.now
    async with eager(app, clock=clock):
        assert (await app.add_task("stubborn")).returning == 3
        assert clock.now >= start + 60
        assert (await app.add_task("add", 1, 1, delay=86_400)).returning == 2
        assert clock.now >= start + 86_400


async def test_an_eager_task_that_submits_another_gets_its_result():
    app = an_async_app()
    async with eager(app):
        assert (await app.add_task("twice", 4)).returning == 8


def test_eager_tasks_may_submit_one_another_to_a_depth():
    app = a_sync_app()
    with eager(app):
        assert app.add_task("depth", 30).returning == 30


async def test_an_eager_submit_of_an_unknown_name_is_refused():
    app = an_async_app()
    async with eager(app):
        with pytest.raises(TaskUnserved):
            await app.add_task("nobody")


async def test_after_the_block_the_app_is_as_before():
    app = an_async_app()
    before = app.broker
    async with eager(app):
        assert app.broker is not before
    assert app.broker is before
    assert app.on_submitted is None


async def test_an_app_in_use_is_not_lent_a_broker():
    app = an_async_app()
    async with eager(app):
        with pytest.raises(SettingsError, match="in use"):
            await eager(app).__aenter__()


def test_the_kind_of_block_is_that_of_the_app():
    with pytest.raises(WrongColour, match="async with"), eager(an_async_app()):
        pass


async def test_the_kind_of_block_is_that_of_the_app_the_other_way_round():
    with pytest.raises(WrongColour, match="`with`"):
        await eager(a_sync_app()).__aenter__()


# -- running -------------------------------------------------------------------------


async def test_tasks_run_beside_the_test():
    app = an_async_app()
    async with running(app) as run:
        handle = await app.add_task("twice", 4)
        await run.drain()
        assert (await handle.refresh()).returning == 8
        names = [task.task_name for task in await run.submitted()]
    assert names == ["twice", "add"]


def test_tasks_of_a_sync_app_run_beside_the_test():
    app = a_sync_app()
    with running(app) as run:
        handle = app.add_task("add", 4, 4, delay=100)
        run.advance(99)
        assert handle.refresh().status == "scheduled"
        run.clock.advance(1)
        assert handle.result(timeout=10) == 8
        assert [task.task_name for task in run.submitted()] == ["add"]


async def test_what_was_submitted_is_known_without_a_worker():
    app = QueueTasks("shop", broker=memory_broker())
    async with app:
        await app.add_task("mail", "ann")
        await app.add_task("mail", "bob")
        assert [task.args for task in await submitted(app)] == [["ann"], ["bob"]]
        await drain(app)  # nobody can run them: nothing is left that can run


async def test_time_brings_what_is_due_and_no_more():
    app = an_async_app()
    async with running(app) as run:
        early = await app.add_task("add", 1, 1, delay=60)
        late = await app.add_task("add", 2, 2, delay=61)
        await run.advance(60)
        assert (await early.refresh()).status == "success"
        assert (await late.refresh()).status == "scheduled"


async def test_a_retry_comes_with_time():
    app = an_async_app()
    async with running(app) as run:
        handle = await app.add_task("stubborn")
        await drain(app)
        assert (await handle.refresh()).attempt == 1
        await run.advance(3600)
        assert (await handle.refresh()).returning == 3


async def test_what_expired_is_cancelled_and_old_results_are_forgotten():
    app = an_async_app()
    async with running(app) as run:
        expired = await app.add_task("add", 1, 1, delay=100, expires=50)
        done = await app.add_task("add", 1, 1, keep_result=500)
        await done.wait(10)
        await run.clock.advance(60)
        assert (await expired.refresh()).cancel_reason == "expired"
        await run.clock.advance(600)
        assert await app.get(done.uuid) is None


async def test_drain_runs_the_later_ones_too():
    app = an_async_app()
    async with running(app) as run:
        handle = await app.add_task("add", 1, 1, delay=10_000)
        await run.drain()
        assert (await handle.refresh()).returning == 2


async def test_a_task_may_ask_for_another_attempt():
    app = QueueTasks("shop")
    seen = []

    @app.task(retry=2)
    async def once_more():
        seen.append(len(seen))
        if len(seen) == 1:
            raise Retry(delay=3600)

    async with eager(app):
        assert (await app.add_task("once_more")).status == "success"
    assert seen == [0, 1]


async def test_what_still_runs_when_the_block_ends_is_stopped():
    app = QueueTasks("shop")
    begun, stopped = anyio.Event(), []

    @app.task
    async def endless():
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            stopped.append(True)

    async with running(app):
        await app.add_task("endless")
        await begun.wait()
        assert stopped == []
    assert stopped == [True]


async def test_a_flow_runs_to_its_end_before_its_submit_returns():
    app = an_async_app()
    add = app.tasks["add"]
    async with eager(app):
        flow = await group([add(1, 2), add(3, 4)]).add_task()
        assert flow.ended
        assert await flow.result(10) == [3, 7]


async def test_a_schedule_fires_at_each_of_its_times():
    app = an_async_app()
    async with running(app) as run:
        await app.schedules.create("tick", "add", 1, 2, every=60)
        await run.advance(600)
        ticks = [task.status for task in await run.submitted()]
    assert ticks == ["success"] * len(ticks)
    assert len(ticks) == 10


def test_a_schedule_of_a_sync_app_fires_at_each_of_its_times():
    app = a_sync_app()
    with running(app) as run:
        app.schedules.create("tick", "add", 1, 2, every=60)
        run.advance(600)
        assert len(run.submitted()) == 10


@pytest.mark.parametrize("inside", [False, True])
async def test_a_test_that_is_cancelled_leaves_the_app_as_before(inside):
    app = an_async_app()
    before = app.broker
    with anyio.CancelScope() as scope:
        if not inside:
            scope.cancel()
        async with running(app):
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert app.broker is before
    assert app.home.loop is None
