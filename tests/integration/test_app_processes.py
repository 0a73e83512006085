"""Tasks in processes of their own."""

import os
import time

import anyio
import pytest

from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST
from tests.integration.app_rig import quick_config
from tests.integration.process_tasks import app as tasks

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def app():
    app = QueueTasks(broker=LocalBroker(MemoryStorage(), FAST), config=quick_config())
    app.registry = tasks.registry
    async with app, app.worker():
        yield app


async def test_they_run_elsewhere_and_the_process_is_used_again(app):
    handle = await app.add_task("isolated_pid")
    events = [event async for event in handle.watch()]
    first = await handle.result()
    assert first != os.getpid()
    assert {"log", "progress"} <= {event.kind for event in events}
    assert (await app.add_task("isolated_pid", timeout=20)).returning == first


async def test_a_coroutine_has_a_loop_there(app):
    task = await app.add_task("isolated_coroutine", 5, timeout=20)
    assert task.returning == 5


async def test_a_failure_comes_back_with_its_traceback(app):
    task = await app.add_task("isolated_failure", timeout=20)
    assert (task.failure.kind, task.failure.message) == ("ValueError", "no")
    assert "in isolated_failure" in task.traceback


async def test_a_process_that_dies_is_a_failed_attempt(app):
    task = await app.add_task("isolated_crash", timeout=20)
    assert task.failure.kind == "TaskProcessDied"
    assert "ended with code 7" in task.failure.message
    assert task.attempt == 2


async def test_a_hanging_one_is_ended_by_force(app):
    task = await app.add_task("isolated_hang", timeout=20)
    assert task.failure.reason == "timed_out"


async def test_a_cancelled_one_is_ended_soon(app):
    handle = await app.add_task("isolated_wait")
    async for event in handle.watch():
        if event.kind == "progress":
            before = time.monotonic()
            await handle.cancel("enough")
    assert time.monotonic() - before < 0.5
    assert (await handle).status == "cancel"


async def test_a_generator_speaks_through_the_pipe(app):
    handle = await app.add_task("isolated_generator", 3)
    seen = []
    with anyio.fail_after(20):
        async for event in handle.watch():
            if event.kind == "yield":
                seen.append(event.value)
            elif event.kind == "ask":
                await handle.reply(event.ask_id, "so")
    assert seen == [0, 10, 20]
    assert await handle.result() == [30, "so"]


async def test_it_gets_its_task_object(app):
    task = await app.add_task("isolated_echo", 3, timeout=20)
    assert task.returning == ["isolated_echo", 1, 3]


async def test_what_can_not_leave_the_process_is_the_tasks_error(app):
    task = await app.add_task("isolated_lambda", timeout=20)
    assert task.status == "error"
    assert "pickle" in task.failure.message.lower()


async def test_an_executor_says_that_the_function_runs_elsewhere(app):
    ours, theirs = (await app.add_task("isolated_by_executor", timeout=20)).returning
    assert ours == os.getpid() != theirs


async def test_what_is_around_a_function_runs_in_the_worker(app):
    theirs, ours = (await app.add_task("isolated_within", timeout=20)).returning
    assert ours == os.getpid() != theirs


async def test_what_can_not_be_sent_to_a_process_is_told(app):
    task = await app.add_task("isolated_lock", timeout=20)
    assert task.failure.kind == "Unserializable"
    assert "must be picklable" in task.failure.message


async def test_the_components_are_not_in_the_process(app):
    task = await app.add_task("isolated_component", timeout=20)
    assert "'broker' is in the worker" in task.failure.message
