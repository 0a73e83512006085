"""The document of the features."""

import pytest

from tests.documents.conftest import ASYNC, SYNC, Desk, block, said

BOTH = pytest.mark.parametrize("app", [SYNC, ASYNC], ids=["sync", "async"])


@BOTH
def test_an_executor(desk: Desk, app: str) -> None:
    base = "AsyncTaskExecutor" if app is ASYNC else "SyncTaskExecutor"
    head = f"from qtasks.executors import {base}\nclass MyTaskExecutor({base}): ...\n"
    colour = "async def" if app is ASYNC else "def"
    function = f"{colour} carried_out():\n    return 'well'\n"
    with desk.working(app, head, block("features_executor") + function):
        assert desk.result("carried_out") == "well"


@BOTH
def test_a_generator_step_by_step(desk: Desk, app: str) -> None:
    handler = "def gen_handler(value):\n    return value + ' done'\n"
    with desk.working(app, handler, block("features_generate_handler")):
        assert desk.result("mytask") == "step1 done"


@BOTH
def test_a_dependency_of_the_worker(desk: Desk, app: str) -> None:
    head = """
from qtasks import Depends

class Database:
    def __init__(self):
        self.saved = []

    def save(self, data):
        self.saved.append(data)
        return self.saved

def get_db():
    print("OPENED")
    yield Database()
    print("CLOSED")
"""
    with desk.working(app, head, block("features_depends")) as worker:
        assert desk.result("process", "1") == [1]
        assert desk.result("process", "2") == [1, 2]
        worker.terminate()
        printed, _ = worker.communicate(timeout=60)
    assert printed.count("OPENED") == printed.count("CLOSED") == 1


@pytest.mark.parametrize("form", ["async", "sync"])
def test_a_state(desk: Desk, form: str) -> None:
    program = block("features_state").replace(
        "def sample(state: MyState):\n    ...",
        """async def sample(state: MyState, by=1):
    return await state.update("count", lambda value: (value or 0) + by)
""",
    )
    if form == "sync":
        program = program.replace("AsyncState", "SyncState")
        program = program.replace("async def", "def").replace("await ", "")
    with desk.working(ASYNC if form == "async" else SYNC, program):
        assert desk.result("sample") == 1
        assert desk.result("sample", "by=10") == 11


@BOTH
def test_the_address_of_the_broker(redis_desk: Desk, app: str) -> None:
    program = app.partition("\n")[0], block("features_broker_url")
    task = "@app.task\ndef one():\n    return 1\n"
    redis_desk.environment["QTASKS_BROKER_URL"] = f"{redis_desk.redis_url}/0"
    with redis_desk.working(*program, task):
        assert redis_desk.result("one") == 1


@pytest.mark.parametrize("form", ["async", "sync"])
def test_a_plugin(desk: Desk, form: str) -> None:
    head = """
from qtasks.plugins import BasePlugin

class MyPlugin(BasePlugin):
    def __init__(self):
        super().__init__()
        self.handlers = {"task_executor_args_replace": self.replace}

    async def replace(self, args, kw, **given):
        print("ARGS", args)
        return {"args": [number + 1 for number in args]}
"""
    task = "\n@app.task\nasync def double(number):\n    return number * 2\n"
    program = head + block("features_plugin") + task
    if form == "sync":
        program = program.replace("async def", "def")
    with desk.working(ASYNC if form == "async" else SYNC, program) as worker:
        assert desk.result("double", "20") == 42
        said(worker, "ARGS")


@BOTH
def test_a_coroutine(desk: Desk, app: str) -> None:
    with desk.working(app, block("features_async")):
        assert desk.result("handler", "21") == 42


def test_many_workers_share_the_work(desk: Desk) -> None:
    task = "import os\n@app.task\ndef who():\n    return os.getpid()\n"
    desk.save("app", SYNC, task)
    with (
        desk.running("-A", "app:app", "run"),
        desk.running("-A", "app:app", "run"),
    ):
        served: set[int] = set()
        for _ in range(100):
            served.add(desk.result("who"))
            if len(served) == 2:
                break
        assert len(served) == 2
