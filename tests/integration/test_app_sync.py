"""The app for code without an event loop."""

import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from qtasks import Ask, QueueTasks, ctx
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import ResultTimeout, TaskCancelled, TaskFailed
from qtasks.task import TaskCall


@pytest.fixture
def app():
    """An app with a worker in its own loop, as only a test has it."""
    app = QueueTasks(broker_url="memory://")
    with app:
        yield app


class Working:
    """Runs a worker of an app in the app's loop as long as its block lasts."""

    def __init__(self, app):
        self.app = app
        self.ready = threading.Event()

    async def work(self):
        self.done = anyio.Event()
        async with self.app.asyncio.worker():
            self.ready.set()
            await self.done.wait()

    async def end(self):
        self.done.set()

    def __enter__(self):
        self.pool = ThreadPoolExecutor(1)
        self.work_done = self.pool.submit(self.app.call, self.work)
        assert self.ready.wait(10)

    def __exit__(self, *_):
        self.app.call(self.end)
        self.work_done.result(10)
        self.pool.shutdown()


def test_the_calls_are_those_of_the_asynchronous_app(app):
    @app.task
    def double(number):
        return number * 2

    with Working(app):
        handle = double.add_task(2)
        assert handle.status == "new"
        assert handle.result(10) == 4
        assert handle.wait().status == "success"
        assert app.add_task("double", 3, timeout=10).returning == 6
        assert double(4).add_task(timeout=10).returning == 8
        assert [one.result(10) for one in app.add_tasks([double(5)])] == [10]
        assert app.get(handle.uuid).returning == 4
        assert app.wait(handle.uuid, 1).returning == 4
        assert not handle.cancel()
        assert handle.refresh().status == "success"


def test_events_come_in_a_plain_loop(app):
    @app.task
    def talk():
        yield 1
        answer = yield Ask("?")
        ctx.log("bye")
        return answer

    with Working(app):
        handle = talk.add_task()
        kinds = []
        for event in handle.watch():
            kinds.append(event.kind)
            if event.kind == "ask":
                app.reply(handle.uuid, event.ask_id, 7)
        assert kinds[-5:] == ["yield", "ask", "answer", "log", "end"]
        assert event.task.returning == 7
        assert next(iter(app.watch(handle.uuid, after=3))).seq == 4


def test_outcomes_are_raised(app):
    @app.task
    async def fail():
        raise ValueError("no")

    with Working(app), pytest.raises(TaskFailed, match="no"):
        fail.add_task().result(10)
    waiting = app.add_task("nobody")
    with pytest.raises(ResultTimeout):
        waiting.result(0)
    assert waiting.cancel("enough")
    with pytest.raises(TaskCancelled, match="enough"):
        waiting.result(10)
    assert app.add_task("nobody", timeout=0) is None


def test_many_threads_share_one_app(app):
    @app.task
    async def same(number):
        return number

    with Working(app), ThreadPoolExecutor(8) as pool:
        tasks = pool.map(lambda n: app.add_task(same, n, timeout=20), range(100))
        assert [task.returning for task in tasks] == list(range(100))


def test_a_blocking_call_in_the_apps_own_loop_says_so(app):
    async def call():
        app.add_task("nobody")

    with pytest.raises(RuntimeError, match="for itself for ever"):
        app.call(call)


def test_it_may_be_used_again_after_stop():
    app = QueueTasks(broker_url="memory://")
    for _ in range(2):
        app.call(_nothing)
        assert app.add_tasks([TaskCall("nobody")])[0].status == "new"
        app.stop()
        app.stop()


async def _nothing(): ...


def _use_in_child(app, pipe):
    pipe.send((os.getpid(), app.add_task("nobody").status))


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_starts_its_own_thread(app):
    app.add_task("nobody")
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_use_in_child, args=(app, theirs))
    child.start()
    assert ours.poll(20)
    assert ours.recv() == (child.pid, "new")
    child.join(20)
    assert child.exitcode == 0


def test_two_apps_share_a_process():
    with (
        QueueTasks("one", broker_url="memory://") as one,
        QueueTasks("other", broker_url="memory://") as other,
    ):
        handle = one.add_task("nobody")
        assert other.get(handle.uuid) is None
        assert one.get(handle.uuid).status == "new"


def test_the_asynchronous_app_is_underneath(app):
    assert isinstance(app.asyncio, AsyncQueueTasks)
    assert app.config is app.asyncio.config
    assert app.name == app.asyncio.name == "QueueTasks"
