"""Flows: chains, groups, chords and maps, from the program that submits to the results."""

import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks import ctx, flow
from qtasks.errors import SubmitRefused, TaskCancelled, TaskFailed
from qtasks.flow import chain, chord, group
from tests.integration.app_rig import KINDS, app_over

pytestmark = pytest.mark.anyio


@pytest.fixture(params=KINDS)
async def app(request):
    with anyio.fail_after(30):
        async with app_over(request.param) as app:
            yield app


@pytest.fixture
async def tasks(app):
    """The tasks the tests are made of, and a worker that runs them."""

    @app.task
    async def add(*numbers):
        return sum(numbers)

    @app.task
    async def total(numbers):
        return sum(numbers)

    @app.task
    async def given(*args):
        return list(args)

    @app.task
    async def fail(*_):
        raise ValueError("not today")

    @app.task
    async def count(upto):
        for number in range(upto):
            yield number

    async with app.worker():
        yield app.tasks


async def test_a_chain_hands_results_on(tasks):
    add = tasks["add"]
    handle = await chain(add(1, 2), add(10), add(100)).add_task()
    assert await handle.result(10) == 113
    assert [task.returning for task in handle.tasks] == [3, 13, 113]


async def test_a_result_of_none_is_not_handed_on(app, tasks):
    @app.task
    async def nothing():
        return None

    async with app.worker():
        handle = await chain(nothing(), tasks["given"]("mine")).add_task()
        assert await handle.result(10) == ["mine"]


async def test_get_gives_all_tasks_as_qtasks_does(tasks):
    add = tasks["add"]
    ended = await chain(add(1), add(2)).get(timeout=10)
    assert [task.returning for task in ended] == [1, 3]


async def test_the_results_of_a_group_come_in_order(app):
    gate = anyio.Event()

    @app.task
    async def first():
        await gate.wait()
        return "first"

    @app.task
    async def second():
        gate.set()
        return "second"

    async with app.worker():
        handle = await group(first(), second()).add_task()
        assert await handle.result(10) == ["first", "second"]
        assert [one async for one in handle.results()] == ["first", "second"]


async def test_the_tasks_of_a_group_come_as_completed(app):
    seen = anyio.Event()

    @app.task
    async def late():
        await seen.wait()
        return "late"

    @app.task
    async def early():
        return "early"

    async with app.worker():
        handle = await group(late(), early()).add_task()
        order = []
        async for task in handle.as_completed():
            order.append(task.returning)
            seen.set()
        assert order == ["early", "late"]


async def test_a_group_is_one_live_stream(tasks):
    handle = await group(tasks["count"](3), tasks["count"](2)).add_task()
    seen = {str(task.uuid): [] for task in handle.tasks}
    async for event in handle.watch():
        if event.kind == "yield":
            seen[event.task_id].append(event.value)
    assert list(seen.values()) == [[0, 1, 2], [0, 1]]
    assert handle.ended


async def test_a_chord_gets_the_list(tasks):
    add, total = tasks["add"], tasks["total"]
    handle = await chord([add(1), add(2), add(3)], total()).add_task()
    assert await handle.result(10) == 6


async def test_flows_nest(tasks):
    add, total = tasks["add"], tasks["total"]
    whole = chain(add(1), group(add(10), chain(add(20), add(100))), total(), add(1000))
    assert await (await whole.add_task()).result(10) == 1 + 10 + 1 + 20 + 100 + 1000


@pytest.mark.parametrize("chunk", [1, 3, 100])
async def test_items_are_mapped(tasks, chunk):
    add = tasks["add"]
    handle = await flow.map(add, range(10), chunk=chunk).add_task()
    assert await handle.result(10) == list(range(10))
    assert [one async for one in handle.results()] == list(range(10))
    assert len(handle.tasks) == -(-10 // chunk)
    handle = await flow.starmap(add, [(1, 2), (3, 4)], chunk=chunk).add_task()
    assert await handle.result(10) == [3, 7]


async def test_results_are_iterated(tasks):
    results = flow.iter(tasks["add"], range(5), chunk=2)
    assert [one async for one in results] == [0, 1, 2, 3, 4]


# -- what goes wrong --------------------------------------------------------------------


async def test_a_failure_cancels_what_waits_for_it(tasks):
    add, fail = tasks["add"], tasks["fail"]
    handle = await chain(add(1), fail(), add(2), add(3)).add_task()
    with pytest.raises(TaskFailed, match="not today"):
        await handle.result(10)
    assert [task.status for task in handle.tasks] == [
        "success",
        "error",
        "cancel",
        "cancel",
    ]
    assert str(handle.tasks[1].uuid) in handle.tasks[2].cancel_reason


async def test_a_failure_in_a_group_leaves_the_others(tasks):
    add, fail, total = tasks["add"], tasks["fail"], tasks["total"]
    handle = await chord([add(1), fail(), add(2)], total()).add_task()
    with pytest.raises(TaskFailed, match="not today"):
        await handle.result(10)
    statuses = [task.status for task in handle.tasks]
    assert statuses == ["success", "error", "success", "cancel"]


async def test_what_waits_may_run_all_the_same(tasks):
    add, fail, given = tasks["add"], tasks["fail"], tasks["given"]
    whole = chord([add(1), fail()], given("x"), on_failure="run")
    handle = await whole.add_task()
    await handle.wait(10)
    assert handle.ends[0].returning == ["x", [1, None]]
    assert await handle.result(10) == ["x", [1, None]]


async def test_a_flow_is_cancelled_as_a_whole(app, tasks):
    started = anyio.Event()

    @app.task
    async def endless():
        started.set()
        await anyio.sleep_forever()

    async with app.worker():
        handle = await chain(endless(), tasks["add"](1), tasks["add"](2)).add_task()
        await started.wait()
        assert await handle.cancel("enough") == 3
        with pytest.raises(TaskCancelled, match="enough"):
            await handle.result(10)
        assert {task.status for task in handle.tasks} == {"cancel"}


async def test_a_refused_task_takes_the_flow_with_it(tasks):
    whole = chain(tasks["add"](1), tasks["given"]("x" * 2_000_000))
    with pytest.raises(SubmitRefused):
        await whole.add_task()


async def test_a_flow_that_does_not_end_in_time_says_so(app):
    @app.task
    async def unserved():
        return 1

    handle = await chain(unserved(), unserved()).add_task()
    assert await handle.wait(0.01) is None
    assert await handle.get(0.01) == [None, None]
    waiting = await app.get(handle.tasks[1].uuid)
    assert (waiting.status, waiting.due_at) == ("scheduled", None)


async def test_many_tasks_end_in_one(tasks):
    add, total = tasks["add"], tasks["total"]
    handle = await chord((add(n) for n in range(1500)), total()).add_task()
    assert await handle.result(20) == sum(range(1500))


# -- without an event loop --------------------------------------------------------------


@pytest.fixture(name="blocking")
def sync_app():
    app = SyncQueueTasks("sync-flows", "memory://")

    @app.task
    def add(*numbers):
        return sum(numbers)

    @app.task
    def total(numbers):
        return sum(numbers)

    @app.task
    def count(upto):
        yield from range(upto)

    @app.task
    def outer():
        whole = chain(add(1), add(2))
        return str(whole.add_task().tasks[-1].uuid), ctx.attempt

    ready, over = threading.Event(), threading.Event()

    async def work():
        async with app.asyncio.worker():
            ready.set()
            await anyio.to_thread.run_sync(over.wait)

    with app, ThreadPoolExecutor() as threads:
        worker = threads.submit(app.call, work)
        ready.wait(10)
        yield app
        over.set()
        worker.result(10)


def test_flows_work_without_an_event_loop(blocking):
    add, total, count = (blocking.tasks[name] for name in ("add", "total", "count"))
    assert chain(add(1), add(2)).add_task().result(10) == 3
    assert [task.returning for task in chain(add(1), add(2)).get(10)] == [1, 3]
    handle = chord(group(add(1), add(2)), total()).add_task()
    assert handle.result(10) == 3
    assert handle.ended
    assert list(flow.iter(add, range(5), chunk=2)) == [0, 1, 2, 3, 4]
    handle = group(count(2), count(1)).add_task()
    yields = [event.value for event in handle.watch() if event.kind == "yield"]
    assert sorted(yields) == [0, 0, 1]
    assert {task.status for task in handle.as_completed()} == {"success"}
    assert handle.cancel() == 0
    assert "SyncFlowHandle" in repr(handle)
    assert len(handle.tasks) == len(handle.ends) == 2
    assert handle.wait(1) is handle
    assert handle.group


def test_a_running_task_may_submit_a_flow(blocking):
    uuid, attempt = blocking.tasks["outer"].add_task().result(10)
    assert attempt == 1
    assert blocking.wait(uuid, 10).returning == 3
