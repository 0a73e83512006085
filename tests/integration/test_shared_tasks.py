"""Shared tasks: in every app, of either kind, from code of either kind."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import anyio
import pytest

from qtasks import QueueTasks, get_app, shared, shared_task
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import DuplicateTask, InvalidField, NoApp, OutOfRange
from qtasks.task import AsyncTask, SyncTask
from qtasks.task.branch import Branch
from tests.integration.app_rig import KINDS, app_over


@pytest.fixture(autouse=True)
def _nothing_is_left_shared(monkeypatch):
    """Tests share tasks with one another as little as programs do."""
    monkeypatch.setattr(shared, "SHARED", Branch())


def unique(word: str) -> str:
    """A name no other test's shared task has."""
    return f"{word}-{uuid4().hex[:8]}"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_worker_serves_tasks_shared_before_and_after_its_app(kind):
    @shared_task(unique("before"))
    async def before(number):
        return number + 1

    async with app_over(kind) as app:

        @shared_task(unique("after"), retry=2, tags=["red"])
        async def after(number):
            return number * 2

        assert {before.task_name, after.task_name} <= set(app.tasks)
        async with app.worker():
            assert await (await before.add_task(1)).result(10) == 2
            task = await app.add_task(after, 4, timeout=10)
            assert (task.returning, task.max_attempts, task.tags) == (8, 3, ["red"])
            assert (await app.add_task(before.task_name, 1, timeout=10)).returning == 2
            mine = app.tasks[after.task_name]
            assert await (await mine.add_task(3)).result(10) == 6


async def test_a_blocking_object_works_in_the_threads_of_an_async_app():
    @shared_task(name=unique("plain"))
    def plain(number):
        return number + 1

    @shared_task(name=unique("outer"))
    def outer(number):
        return plain.add_task(number).result(10) + 1

    async with app_over("local") as app, app.worker():
        assert isinstance(outer, SyncTask)
        assert (await app.add_task(outer, 1, timeout=10)).returning == 3
        thread = anyio.to_thread.run_sync(lambda: plain.add_task(5).result(10))
        assert await thread == 6


def test_a_blocking_object_works_in_a_program_whose_only_app_is_async():
    @shared_task(name=unique("lonely"))
    def lonely(): ...

    app = AsyncQueueTasks(broker_url="memory://")
    handle = lonely.add_task()
    assert handle.refresh().status == "new"
    assert app.blocking.get(handle.uuid).status == "new"
    app.blocking.call(app.stop)
    app._thread.stop()


def test_an_awaited_object_works_in_a_program_whose_only_app_is_sync():
    @shared_task(name=unique("lonely"), awaiting=True)
    async def lonely(): ...

    with QueueTasks(broker_url="memory://") as app:

        async def program():
            handle = await lonely.add_task()
            return (await handle.refresh()).uuid

        uuid = anyio.run(program)
        assert app.get(uuid).status == "new"


def test_what_stands_for_the_task():
    async def coroutine(): ...

    def plain(): ...

    for func, awaiting, face in (
        (coroutine, None, AsyncTask),
        (coroutine, True, AsyncTask),
        (coroutine, False, SyncTask),
        (plain, None, SyncTask),
        (plain, True, AsyncTask),
        (plain, False, SyncTask),
    ):
        task = shared_task(unique("face"), awaiting=awaiting)(func)
        assert type(task) is face
        # Where it runs is the function's own.
        assert task.definition.awaiting is (func is coroutine)
    with pytest.raises(InvalidField, match="awaiting must be True or False"):
        shared_task(awaiting="yes")


def test_bare_and_with_everything_a_task_can_be_told():
    def bare(): ...

    bare.__name__ = f"bare_{uuid4().hex[:8]}"
    assert shared_task(bare).task_name == bare.__name__

    def told(self):
        yield self

    task = shared_task(
        unique("told"),
        priority=3,
        echo=True,
        max_time=5,
        retry=2,
        retry_on_exc=[ValueError],
        decode=str,
        tags=["a"],
        description="words",
        generate_handler=str,
        executor="thread",
        middlewares_before=[],
        middlewares_after=[],
        colour="red",
    )(told)
    assert (task.priority, task.max_time, task.retry, task.echo) == (3, 5, 2, True)
    assert (task.description, task.extra) == ("words", {"colour": "red"})
    with pytest.raises(OutOfRange):
        shared_task(unique("wrong"), retry=-1)(told)


def test_names_are_taken_once():
    name = unique("twice")
    shared_task(name)(lambda: None)
    with pytest.raises(DuplicateTask, match="already registered"):
        shared_task(name)(lambda: None)
    app = QueueTasks()
    with pytest.raises(DuplicateTask, match="already registered"):
        app.task(name)(lambda: None)
    own = unique("own")
    app.task(own)(lambda: None)
    with pytest.raises(DuplicateTask, match="already registered"):
        shared_task(own)(lambda: None)
    assert own not in QueueTasks().tasks


def test_the_app_made_last_is_the_one():
    task = shared_task(unique("whose"))(lambda: None)
    first = QueueTasks(broker_url="memory://")
    last = AsyncQueueTasks(broker_url="memory://")
    assert get_app() is last
    assert task().client is last.blocking
    assert first.tasks[task.task_name]().client is first
    assert last.tasks[task.task_name]().client is last


async def test_inside_a_task_its_own_app_is_the_one():
    async with app_over("local") as app:

        @app.task
        async def whose():
            return get_app() is app

        AsyncQueueTasks()
        async with app.worker():
            assert (await app.add_task(whose, timeout=10)).returning is True


def test_without_an_app_it_says_so(monkeypatch):
    monkeypatch.setattr(shared._Apps, "last", None)
    task = shared_task(unique("nobody"))(lambda: None)
    with pytest.raises(NoApp, match="make one, `QueueTasks"):
        task.add_task()


async def test_an_app_that_is_gone_takes_no_names():
    name = unique("gone")
    app = AsyncQueueTasks()
    app.task(name)(lambda: None)
    AsyncQueueTasks()
    del app
    gc.collect()
    shared_task(name)(lambda: None)


def test_many_threads_use_one_object():
    task = shared_task(unique("threads"))(lambda: None)
    with QueueTasks(broker_url="memory://") as app, ThreadPoolExecutor(8) as pool:
        start = threading.Barrier(8)

        def submit(_):
            start.wait(10)
            return task.add_task().uuid

        uuids = set(pool.map(submit, range(8)))
        assert len(uuids) == 8
        assert all(app.get(one).task_name == task.task_name for one in uuids)
