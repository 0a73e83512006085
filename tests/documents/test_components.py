"""The document of the components."""

import pytest

from tests.documents.conftest import ASYNC, Desk, block, said

TASK = """
@app.task
async def double(number: int):
    return number * 2
"""


def test_an_app_with_what_it_is_made_of(desk: Desk) -> None:
    with desk.working(block("components_queue_tasks")):
        assert desk.result("test", "7") == "User 7 recorded"
    parts = desk.save(
        "parts",
        block("components_queue_tasks"),
        "for part in (app.broker, app.worker):",
        "    print(part.component, part.name)",
        "print(app.broker.storage.global_config is not None)",
    )
    printed = desk.python(parts)
    assert printed == [
        "broker QueueTasks",
        "worker QueueTasks",
        "True",
    ]


@pytest.mark.parametrize(
    "name", ["components_broker", "components_worker", "components_storage"]
)
@pytest.mark.parametrize("form", ["async", "sync"])
def test_a_component_of_ones_own(redis_desk: Desk, name: str, form: str) -> None:
    program = block(name) + TASK
    if form == "sync":
        program = in_sync(program)
    with redis_desk.working(program):
        assert redis_desk.result("double", "21") == 42


def in_sync(program: str) -> str:
    """A program for the event loop as the documents write it without one."""
    return (
        program.replace("qtasks.asyncio", "qtasks")
        .replace("AsyncWorker", "SyncThreadWorker")
        .replace("Async", "Sync")
        .replace("async def", "def")
        .replace("await asyncio.sleep", "time.sleep")
        .replace("import asyncio", "import time")
    )


@pytest.mark.parametrize("form", ["async", "sync"])
def test_a_starter_of_ones_own(desk: Desk, form: str) -> None:
    program = block("components_starter").replace("if __name__", TASK + "\nif __name__")
    path = desk.save("starting", in_sync(program) if form == "sync" else program)
    with desk.program(path):
        assert desk.result("double", "4") == 8


@pytest.mark.parametrize("form", ["async", "sync"])
def test_variables_that_all_processes_share(redis_desk: Desk, form: str) -> None:
    program = block("components_global_config")
    access = """
assert app.broker.storage.global_config is config

async def main():
    await config.set(name="limits", key="width", value=640)
    async with app:
        shared = app.broker.storage.global_config
        print(await shared.get(key="limits", name="width"))

import asyncio
asyncio.run(main())
"""
    if form == "sync":
        program = in_sync(program)
        access = """
assert app.broker.storage.global_config is config
config.set(name="limits", key="width", value=640)
print(app.broker.storage.global_config.get(key="limits", name="width"))
app.stop()
"""
    path = redis_desk.save("shared", program, access)
    assert redis_desk.python(path) == ["640"]
    # Another program, with no app that runs.
    reader = """
config = SyncRedisGlobalConfig(url="redis://localhost:6379/2")
print(config.get(key="limits", name="width"))
config.stop()
"""
    head = "from qtasks.configs import SyncRedisGlobalConfig"
    assert redis_desk.python(redis_desk.save("reading", head, reader)) == ["640"]


def test_a_plugin(desk: Desk) -> None:
    task = "@app.task\ndef greet(name, loud=False):\n    return f'hello {name}'\n"
    with desk.working(block("components_plugin"), task) as worker:
        assert desk.result("greet", "ann", "loud=true") == "hello ann"
        told = said(worker, "ARGS:")
        assert "'ann'" in told
        assert "loud" in told


@pytest.mark.parametrize("timer", ["AsyncTimer", "SyncTimer"])
def test_a_timer(desk: Desk, timer: str) -> None:
    program = block("components_timer").replace("AsyncTimer", timer)
    # Ten seconds are long for a test; the same trigger, each second.
    path = desk.save("ticking", program.replace("*/10", "*"))
    head, _, _ = program.partition("trigger =")
    with desk.working(head) as worker, desk.program(path):
        said(worker, "Running test task")
        said(worker, "Running test task")


@pytest.mark.parametrize("form", ["async", "sync"])
def test_everything_put_together_by_hand(redis_desk: Desk, form: str) -> None:
    program = block("components_assembly")
    path = redis_desk.save("whole", in_sync(program) if form == "sync" else program)
    with redis_desk.program(path):
        assert redis_desk.result("test", "1") == "User 1 recorded"
    config = "print(worker.config.max_tasks_process, app.config is worker.config)"
    imported = redis_desk.save("settings", "from whole import app, worker", config)
    assert redis_desk.python(imported) == ["10 True"]


def test_the_app_that_the_blocks_leave_out_is_the_default_one(desk: Desk) -> None:
    with desk.working(ASYNC, TASK):
        assert desk.result("double", "1") == 2
