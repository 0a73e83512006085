"""The document of the tasks."""

import json

import pytest

from tests.documents.conftest import ASYNC, SYNC, Desk, block, said

BOTH = pytest.mark.parametrize("app", [SYNC, ASYNC], ids=["sync", "async"])


def plain(program: str) -> str:
    """A block for an asynchronous app, as one writes it without an event loop."""
    return program.replace("async def", "def").replace("await ", "")


# -- tasks outside the app ----------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_shared_task(desk: Desk, app: str, order: str) -> None:
    shared = block("tasks_shared")
    parts = [shared, app] if order == "before" else [app, shared]
    with desk.working(*parts) as worker:
        assert desk.outcome("shared_func")["state"] == "success"
        said(worker, "Shared task")


@BOTH
@pytest.mark.parametrize("name", ["tasks_shared_awaiting", "tasks_awaiting"])
def test_a_shared_task_that_is_always_awaited(desk: Desk, app: str, name: str) -> None:
    head = "from qtasks import shared_task"
    kind = "from qtasks.registries import AsyncTask\nassert isinstance(async_shared, AsyncTask)"
    with desk.working(head, block(name), app, kind):
        assert desk.outcome("async_shared")["state"] == "success"


def test_a_shared_task_takes_what_a_task_takes(desk: Desk) -> None:
    program = """
from qtasks import shared_task, QueueTasks
from qtasks.executors import SyncTaskExecutor
from qtasks.middlewares import TaskMiddleware

class Exec(SyncTaskExecutor):
    pass

class Middleware(TaskMiddleware):
    pass

@shared_task(
    executor=Exec, middlewares_before=[Middleware], middlewares_after=[Middleware],
    generate_handler=lambda value: value + 1, echo=True, retry=1,
    retry_on_exc=[KeyError], priority=3, tags=["a"], description="All of it",
    decode=lambda value: {"decoded": value},
)
def whole(self, first):
    second = yield first
    return [self.task_name, self.priority, second]

app = QueueTasks()
"""
    with desk.working(program):
        assert desk.result("whole", "1") == {"decoded": ["whole", 3, 2]}


# -- routers --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["async", "sync"])
def test_a_router(desk: Desk, form: str) -> None:
    router, include = block("tasks_router"), block("tasks_include_router")
    if form == "async":
        program = [router, ASYNC, include]
    else:
        program = [plain(router).replace("AsyncRouter", "SyncRouter"), SYNC, include]
    with desk.working(*program) as worker:
        assert desk.outcome("example")["state"] == "success"
        said(worker, "Router task")


# -- the task object, and its context ---------------------------------------------------------


@pytest.mark.parametrize("form", ["async", "sync"])
def test_the_task_object(desk: Desk, form: str) -> None:
    program = block("tasks_echo")
    parts = [ASYNC, program] if form == "async" else [SYNC, plain(program)]
    with desk.working(*parts) as worker:
        assert desk.outcome("echo_task")["state"] == "success"
        assert said(worker, "echo_task\n") == "echo_task"


@pytest.mark.parametrize("form", ["async", "sync"])
def test_the_fields_of_the_task_object(desk: Desk, form: str) -> None:
    program = """
import asyncio

class Middleware:
    def __init__(self, task_executor):
        self.task_executor = task_executor

    async def __call__(self):
        return self.task_executor

def decoded(value):
    return value

@app.task(echo=True, priority=2, max_time=30, retry=5, retry_on_exc=[KeyError],
          decode=decoded, middlewares_before=[Middleware],
          middlewares_after=[Middleware], concurrency=5)
async def fields(self):
    return [
        self.task_name, self.priority, self.echo, self.max_time, self.retry,
        [one.__name__ for one in self.retry_on_exc], self.decode is decoded,
        [one.__name__ for one in self.middlewares_before],
        [one.__name__ for one in self.middlewares_after], self.extra,
    ]
"""
    parts = [ASYNC, program] if form == "async" else [SYNC, plain(program)]
    with desk.working(*parts):
        assert desk.result("fields") == [
            "fields",
            2,
            True,
            30,
            5,
            ["KeyError"],
            True,
            ["Middleware"],
            ["Middleware"],
            {"concurrency": 5},
        ]


@pytest.mark.parametrize("form", ["async", "sync"])
def test_a_task_submits_another(desk: Desk, form: str) -> None:
    subtask = "@app.task\ndef subtask(number):\n    print('SUBTASK', number)\n"
    program = block("tasks_nested")
    parts = [ASYNC, program] if form == "async" else [SYNC, plain(program)]
    with desk.working(*parts, subtask) as worker:
        assert desk.outcome("main")["state"] == "success"
        assert said(worker, "SUBTASK") == "SUBTASK 123"
        assert "never awaited" not in "".join(desk.lines("list", "--name", "subtask"))


@BOTH
def test_the_context(desk: Desk, app: str) -> None:
    with desk.working(app, block("tasks_context")) as worker:
        outcome = desk.outcome("show")
        assert said(worker, outcome["id"]) == outcome["id"]


@pytest.mark.parametrize("form", ["async", "sync"])
def test_everything_the_context_can_do(desk: Desk, form: str) -> None:
    program = """
@app.task(echo=True)
async def capable(self, other=None):
    self.ctx.get_logger("mine").info("a line of mine")
    config = self.ctx.get_config()
    own = await self.ctx.get_metadata(cache=True)
    found = await self.ctx.get_task(other)
    await self.ctx.sleep(0.01)
    return [
        config.max_tasks_process, own.status, str(own.uuid) == str(self.ctx.task_uuid),
        found.status, found.returning,
        [self.ctx.get_component(name) is not None
         for name in ("broker", "worker", "storage", "starter")],
    ]

@app.task(echo=True)
async def stops(self):
    self.ctx.cancel("no need")

@app.task(echo=True)
async def troubles(self):
    self.ctx.plugin_error(code=7)

@app.task
async def first():
    return "first"
"""
    parts = [ASYNC, program] if form == "async" else [SYNC, plain(program)]
    with desk.working(*parts) as worker:
        first = desk.outcome("first")["id"]
        assert desk.result("capable", first) == [
            10,
            "process",
            True,
            "success",
            "first",
            [True, True, True, True],
        ]
        said(worker, "a line of mine")
        stopped = desk.outcome("stops", code=3)
        assert (stopped["state"], stopped["cancel_reason"]) == ("cancel", "no need")
        failed = desk.outcome("troubles", code=1)
        assert failed["failure"]["kind"] == "TaskPluginTriggerError"


# -- how a task is carried out ----------------------------------------------------------------


@BOTH
def test_a_task_is_tried_again(desk: Desk, app: str) -> None:
    quick = block("tasks_retry").replace("retry=5", "retry=5, retry_backoff=0.01")
    with desk.working(app, quick):
        failed = desk.outcome("risky", code=1)
    assert failed["failure"]["kind"] == "ZeroDivisionError"
    assert failed["attempt"] == 6


@BOTH
def test_an_executor_as_it_stands(desk: Desk, app: str) -> None:
    with desk.working(app, block("tasks_executor")):
        assert desk.outcome("task")["state"] == "success"


@pytest.mark.parametrize("form", ["async", "sync"])
def test_an_executor(desk: Desk, form: str) -> None:
    base = "AsyncTaskExecutor" if form == "async" else "SyncTaskExecutor"
    program = block("tasks_executor").replace(
        "class MyExec:\n    ...",
        f"""
from qtasks.executors import {base}

class MyExec({base}):
    async def run_task(self):
        return ["carried out by", type(self).__name__, await super().run_task()]
""",
    )
    body = program.replace("def task():\n    ...", "async def task():\n    return 1")
    parts = [ASYNC, body] if form == "async" else [SYNC, plain(body)]
    with desk.working(*parts):
        assert desk.result("task") == ["carried out by", "MyExec", 1]


@pytest.mark.parametrize("form", ["async", "sync"])
def test_middlewares(desk: Desk, form: str) -> None:
    middlewares = """
from qtasks.middlewares import TaskMiddleware

class MyBefore(TaskMiddleware):
    async def __call__(self):
        print("BEFORE", self.task_executor.task_func.name)
        return self.task_executor

class MyAfter(TaskMiddleware):
    async def __call__(self):
        print("AFTER", self.task_executor.task_func.name)
        return self.task_executor
"""
    program = middlewares + block("tasks_middlewares")
    parts = [ASYNC, program] if form == "async" else [SYNC, plain(program)]
    with desk.working(*parts) as worker:
        assert desk.outcome("example")["state"] == "success"
        assert said(worker, "BEFORE") == "BEFORE example"
        assert said(worker, "AFTER") == "AFTER example"


@BOTH
def test_a_generator_with_a_handler(desk: Desk, app: str) -> None:
    handler = "def handler(value):\n    return value.lower()\n"
    with desk.working(app, handler, block("tasks_generate_handler")):
        assert desk.result("mytask") == "init"
        events = desk.lines("submit", "mytask", "--watch", "--json")
    yields = [
        event["value"]
        for event in map(json.loads, events)
        if event["event"] == "yielded"
    ]
    assert yields == ["init"]
