"""What a running task can do: submit without waiting, be called with a list, be retried."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from qtasks.asyncio import QueueTasks
from qtasks.context import ctx
from qtasks.errors import InvalidField, InvalidJson, WrongColour, WrongComponent
from qtasks.executors import AsyncTaskExecutor, SyncTaskExecutor
from qtasks.middlewares import TaskMiddleware
from qtasks.task import TaskCall
from tests.integration.app_rig import app_over

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app() -> AsyncIterator[QueueTasks]:
    async with app_over("local") as app:
        yield app


async def run(app: QueueTasks, task: Any, *args: Any, **kwargs: Any) -> Any:
    async with app.worker():
        handle = await app.add_task(task, *args, timeout=10, **kwargs)
    assert handle is not None
    return handle


# -- submitting ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["plain", "awaited", "anyio", "asyncio"])
async def test_a_coroutine_submits(app: QueueTasks, how: str) -> None:
    got: list[Any] = []
    done = anyio.Event()

    @app.task
    async def subtask(values: list[int]) -> None:
        got.append(values)
        done.set()

    @app.task(echo=True)
    async def main(self: Any) -> None:
        values = [123]
        if how == "plain":
            self.add_task("subtask", values)
        elif how == "awaited":
            handle = await self.add_task("subtask", values)
            assert handle.task_name == "subtask"
        elif how == "anyio":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.add_task, "subtask", values)
        else:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.add_task("subtask", values))
        values.append(4)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with app.worker():
            ended = await app.add_task("main", timeout=10)
            with anyio.fail_after(10):
                await done.wait()
    assert ended is not None
    assert (ended.status, got) == ("success", [[123]])


async def test_a_submit_that_fails_unseen_fails_the_task(app: QueueTasks) -> None:
    @app.task(echo=True)
    async def main(self: Any) -> None:
        self.add_task("sub", 1, priority=99999)

    failed = await run(app, "main")
    assert (failed.status, failed.failure.kind) == ("error", "OutOfRange")


async def test_a_submit_that_fails_and_was_awaited_is_the_tasks_affair(
    app: QueueTasks,
) -> None:
    @app.task(echo=True)
    async def main(self: Any) -> str:
        try:
            await self.add_task("sub", 1, priority=99999)
        except InvalidField:
            return "refused"
        return "stored"

    assert (await run(app, "main")).returning == "refused"


# -- lists of argument lists, and results of others ------------------------------------------


def each(*calls: list[Any]) -> TaskCall[Any]:
    return TaskCall("one", tuple(calls), each=True)


@pytest.mark.parametrize("kind", ["coroutine", "function", "executor"])
async def test_a_task_is_called_with_each(app: QueueTasks, kind: str) -> None:
    if kind == "coroutine":

        @app.task(decode=lambda value: [value])
        async def one(a: int, b: int = 1) -> int:
            return a * b
    else:
        executor = SyncTaskExecutor if kind == "executor" else None

        @app.task(
            name="one", echo=True, executor=executor, decode=lambda value: [value]
        )
        def plain_one(self: Any, a: int, b: int = 1) -> int:
            assert self.task_name == "one"
            return a * b

    assert (await run(app, each([1, 2], [3], [4, 5]))).returning == [[2], [3], [20]]


async def test_the_first_call_that_fails_fails_the_task(app: QueueTasks) -> None:
    called: list[int] = []

    @app.task
    async def one(a: int) -> float:
        called.append(a)
        return 1 / a

    failed = await run(app, each([1], [0], [2]))
    assert (failed.status, failed.failure.kind) == ("error", "ZeroDivisionError")
    assert "in call 1 of the task" in failed.failure.traceback
    assert called == [1, 0]


async def test_each_call_must_fit(app: QueueTasks) -> None:
    @app.task
    async def one(a: int) -> int:
        return a

    failed = await run(app, each([1], [2, 3]))
    assert failed.failure.reason == "rejected"
    assert failed.failure.message == "call 1: too many positional arguments"
    with pytest.raises(InvalidJson, match="array of arrays"):
        await app.add_task(TaskCall("one", ([1], 2), each=True))


# -- retrying --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "backoff",
    [0.001, [0.001, 0.002], lambda attempt, _: attempt * 0.001],
    ids=["fixed", "in turn", "function"],
)
async def test_a_task_waits_as_it_is_told(app: QueueTasks, backoff: Any) -> None:
    @app.task(retry=3, retry_backoff=backoff, retry_on_exc=[LookupError])
    async def flaky() -> int:
        if ctx.attempt <= 3:
            raise KeyError
        return int(ctx.attempt)

    assert (await run(app, "flaky")).returning == 4


def test_waits_that_can_not_be() -> None:
    app = QueueTasks()

    async def later(*_: Any) -> float:
        return 1.0

    for backoff in ([], [-1], ["a"], later):
        with pytest.raises(InvalidField, match="retry_backoff"):
            app.task("one", retry_backoff=backoff)(lambda: None)  # type: ignore[arg-type]


# -- what is refused at the decorator ----------------------------------------------------------


class Plain(AsyncTaskExecutor):
    def run_task(self) -> Any:  # type: ignore[override]
        return 1


class Nothing:
    def carry_out(self) -> None:
        pass


class NotCallable:
    def __init__(self, task_executor: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("options", "error", "why"),
    [
        ({"executor": Nothing}, WrongComponent, "`carry_out` is no step"),
        ({"executor": Plain}, WrongColour, "Plain.run_task must be `async def`"),
        ({"executor": lambda: None}, WrongComponent, "takes a class"),
        ({"middlewares_before": [NotCallable]}, WrongComponent, "has no `__call__`"),
        ({"middlewares_after": [3]}, WrongComponent, "must be a class"),
    ],
)
def test_what_is_around_a_task_is_checked(
    options: dict[str, Any], error: type[Exception], why: str
) -> None:
    app = QueueTasks()

    def one() -> None: ...

    with pytest.raises(error, match=why):
        app.task(**options)(one)


def test_middlewares_of_an_app_are_of_its_kind() -> None:
    class Sync(TaskMiddleware):
        def __call__(self) -> None: ...

    app = QueueTasks()
    with pytest.raises(WrongColour, match="this app is async"):
        app.add_middleware(Sync)
    with pytest.raises(InvalidField, match="position"):
        app.add_middleware(Sync, "between")  # type: ignore[arg-type]


# -- outputs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_outputs_that_are_too_large_are_an_error(
    app: QueueTasks, kind: str
) -> None:
    text = "x" * 200_000
    if kind == "async":

        @app.task
        async def many() -> Any:
            for _ in range(8):
                yield text
    else:

        @app.task(name="many")
        def plain_many() -> Any:
            for _ in range(8):
                yield text

    ended = await run(app, "many")
    assert (ended.status, ended.failure.kind) == ("error", "OutputsTooLarge")
    assert ended.failure.reason == "result_invalid"


# -- the context ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_the_context_knows_the_components(app: QueueTasks, kind: str) -> None:
    def known() -> list[bool]:
        names = ("broker", "worker", "storage", "global_config", "starter")
        return [ctx.get_component(name) is not None for name in names]

    if kind == "async":

        @app.task(echo=True)
        async def one(self: Any) -> Any:
            first = await self.ctx.get_metadata()
            same = await self.ctx.get_metadata() is first
            new = await self.ctx.get_metadata(cache=False) is not first
            return [*known(), same, new, first.uuid == self.ctx.task_uuid]
    else:

        @app.task(name="one", echo=True)
        def plain_one(self: Any) -> Any:
            first = self.ctx.get_metadata()
            same = self.ctx.get_metadata() is first
            new = self.ctx.get_metadata(cache=False) is not first
            return [*known(), same, new, first.uuid == self.ctx.task_uuid]

    assert (await run(app, "one")).returning == [True] * 8
