"""Tasks of every kind: submitted, run, waited for, refused and tried again."""

import anyio
import pytest

from qtasks import Retry, TaskCancelError, ctx
from qtasks.asyncio import QueueTasks
from qtasks.errors import (
    BrokerUnavailable,
    InvalidField,
    OutOfRange,
    ResultTimeout,
    SubmitRefused,
    TaskFailed,
    Unserializable,
)
from qtasks.task import TaskCall
from tests.integration.app_rig import KINDS, app_over

pytestmark = pytest.mark.anyio


@pytest.fixture(params=KINDS)
async def app(request):
    with anyio.fail_after(30):
        async with app_over(request.param) as app:
            yield app


async def test_a_coroutine_runs_and_its_result_comes_back(app):
    @app.task
    async def add(a, b=1):
        return a + b

    async with app.worker():
        handle = await add.add_task(1, b=2)
        assert handle.status == "new"
        assert (await handle).returning == 3
        assert await handle.result() == 3
        assert handle.status == "success"
        assert handle.attempt == 1
        assert handle.worker_id


async def test_a_function_runs_in_a_thread(app):
    @app.task
    def double(a):
        return a * 2

    async with app.worker():
        task = await app.add_task("double", 4, timeout=10)
        assert (task.status, task.returning, task.args) == ("success", 8, [4])


async def test_a_task_may_be_submitted_before_there_is_a_worker(app):
    @app.task
    async def one():
        return 1

    handle = await one.add_task()
    assert await handle.wait(0) is None
    with pytest.raises(ResultTimeout):
        await handle.result(0)
    async with app.worker():
        assert await handle.result() == 1


async def test_a_wait_that_is_over_gives_none(app):
    assert await app.add_task("nobody serves this", timeout=0.01) is None


async def test_a_failure_carries_what_was_raised(app):
    @app.task
    async def fail():
        raise ValueError("no")

    async with app.worker():
        handle = await fail.add_task()
        with pytest.raises(TaskFailed, match="ValueError: no"):
            await handle.result()
        assert handle.status == "error"
        assert "in fail" in handle.traceback


@pytest.mark.parametrize(
    ("args", "kwargs", "parameter"),
    [((), {}, "a"), ((1, 2), {}, "args[1]"), ((1,), {"c": 1}, "c")],
)
async def test_arguments_that_do_not_fit_are_the_tasks_error(
    app, args, kwargs, parameter
):
    @app.task
    async def one(a): ...

    async with app.worker():
        task = await app.add_task(TaskCall("one", args, kwargs), timeout=10)
        assert task.failure.reason == "rejected"
        assert task.failure.details == {"parameter": parameter}


async def test_a_result_without_a_form_is_the_tasks_error(app):
    @app.task
    async def odd():
        return object()

    async with app.worker():
        task = await app.add_task(odd, timeout=10)
        assert task.failure.reason == "result_invalid"


async def test_a_result_that_is_too_large_is_the_tasks_error(app):
    @app.task
    async def huge():
        return "x" * 5_000_000

    async with app.worker():
        task = await app.add_task(huge, timeout=10)
        assert task.failure.reason == "result_invalid"
        assert "store it elsewhere" in task.failure.message


async def test_a_failed_task_is_tried_again_under_the_same_id(app):
    @app.task(retry=3, retry_on_exc=[LookupError], retry_backoff=0.01)
    async def flaky():
        if ctx.attempt < 3:
            raise KeyError("not yet")
        return ctx.attempt

    async with app.worker():
        handle = await flaky.add_task()
        assert await handle.result() == 3
        states = [e.state async for e in handle.watch() if e.kind == "state"]
        assert states.count("retry") == 2
        assert states.count("process") == 3


async def test_an_error_that_was_not_asked_for_is_not_tried_again(app):
    @app.task(retry=3, retry_on_exc=[LookupError])
    async def fail():
        raise ValueError

    async with app.worker():
        task = await app.add_task(fail, timeout=10)
        assert (task.status, task.attempt) == ("error", 1)


async def test_a_task_may_ask_to_be_tried_again(app):
    @app.task(retry=1, retry_on_exc=[KeyError], retry_backoff=1000)
    async def again():
        if ctx.attempt == 1:
            raise Retry(delay=0.01)
        return "done"

    async with app.worker():
        assert (await app.add_task(again, timeout=10)).returning == "done"


async def test_a_task_may_cancel_itself(app):
    @app.task(echo=True)
    async def stop(self):
        self.ctx.cancel("enough")

    @app.task
    def stop_too():
        raise TaskCancelError("too much")

    async with app.worker():
        task = await app.add_task(stop, timeout=10)
        assert (task.status, task.cancel_reason) == ("cancel", "enough")
        task = await app.add_task(stop_too, timeout=10)
        assert (task.status, task.cancel_reason) == ("cancel", "too much")


async def test_a_task_submits_others_and_is_their_parent(app):
    @app.task
    async def child(n):
        return n + 1

    @app.task(echo=True)
    async def parent(self):
        handle = await self.add_task("child", 1)
        return [str(self.ctx.task_uuid), str(handle.uuid), await handle.result()]

    @app.task(echo=True)
    def plain_parent(self):
        return self.add_task("child", 2).result()

    async with app.worker():
        mine, other, result = (await app.add_task(parent, timeout=10)).returning
        assert result == 2
        assert str((await app.get(other)).parent_uuid) == mine
        assert (await app.add_task(plain_parent, timeout=10)).returning == 3


async def test_a_task_sees_itself(app):
    @app.task(echo=True)
    async def me(self):
        task = await self.ctx.get_metadata()
        return [task.status, self.task_name, self.ctx.metadata]

    async with app.worker():
        task = await app.add_task(me, metadata={"a": "b"}, timeout=10)
        assert task.returning == ["process", "me", {"a": "b"}]


async def test_many_are_submitted_together(app):
    @app.task
    async def same(n):
        return n

    async with app.worker():
        handles = await app.add_tasks([same(n) for n in range(100)])
        assert [await one.result() for one in handles] == list(range(100))


async def test_the_good_ones_of_a_batch_are_stored(app):
    calls = [TaskCall("a"), TaskCall("b").with_options(priority=10**6)]
    with pytest.raises(SubmitRefused) as refused:
        await app.add_tasks(calls)
    assert isinstance(refused.value.errors[1], OutOfRange)
    assert [one.task_name for one in refused.value.stored] == ["a"]


async def test_concurrent_calls_all_get_their_own_answer(app):
    @app.task
    async def same(n):
        return n

    results = {}

    async def one(n):
        results[n] = (await app.add_task(same, n, timeout=20)).returning

    async with app.worker(), anyio.create_task_group() as tasks:
        for n in range(200):
            tasks.start_soon(one, n)
    assert results == {n: n for n in range(200)}


async def test_an_idempotency_key_gives_the_first_task(app):
    first = await app.add_task("a", idempotency_key="k")
    second = await app.add_task("a", idempotency_key="k")
    assert first.uuid == second.uuid

    @app.task
    async def a():
        return "once"

    async with app.worker():
        third = await app.add_task("a", idempotency_key="k", timeout=10)
        assert (third.uuid, third.returning) == (first.uuid, "once")


async def test_bad_input_is_refused_by_name(app):
    with pytest.raises(OutOfRange) as refused:
        await app.add_task("a", priority=10**6)
    assert "priority" in refused.value.field
    with pytest.raises(Unserializable):
        await app.add_task("a", b"bytes")
    with pytest.raises(InvalidField, match="is no UUID"):
        await app.get("no id")


async def test_what_is_not_there_is_none(app):
    assert await app.get("01890a5d-ac96-774b-bcce-b302099a8057") is None


async def test_without_a_broker_calls_say_so():
    async with QueueTasks(broker_url="grpc://127.0.0.1:1") as app:
        with anyio.fail_after(20):
            with pytest.raises(BrokerUnavailable):
                await app.add_task("a")
            with pytest.raises(BrokerUnavailable):
                await app.add_task("a", timeout=10)


async def test_an_app_may_be_used_again_after_stop():
    app = QueueTasks(broker_url="memory://")

    @app.task
    async def one():
        return 1

    for _ in range(2):
        async with app.worker():
            assert (await app.add_task(one, timeout=10)).returning == 1
        await app.stop()
