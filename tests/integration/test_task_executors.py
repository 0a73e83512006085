"""What is around a task: executors, middlewares, plugins and events, in a worker."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.context import ctx
from qtasks.executors import AsyncTaskExecutor, SyncTaskExecutor
from qtasks.middlewares import TaskMiddleware
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST
from tests.integration.app_rig import app_over, quick_config

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app() -> AsyncIterator[QueueTasks]:
    async with app_over("local") as app:
        yield app


def sync_app() -> SyncQueueTasks:
    broker = LocalBroker(MemoryStorage(), FAST)
    return SyncQueueTasks(broker=broker, config=quick_config())


async def run(app: QueueTasks, name: str, *args: Any, **kwargs: Any) -> Any:
    async with app.worker():
        handle = await app.add_task(name, *args, timeout=10, **kwargs)
    assert handle is not None
    return handle


class Doubling(AsyncTaskExecutor):
    async def execute(self, decode: bool = True) -> Any:
        return await super().execute(decode) * 2

    async def run_task(self) -> Any:
        return await super().run_task() + 1


class SyncDoubling(SyncTaskExecutor):
    def execute(self, decode: bool = True) -> Any:
        return super().execute(decode) * 2

    def run_task(self) -> Any:
        return super().run_task() + 1


@pytest.mark.parametrize("executor", [Doubling, SyncDoubling])
@pytest.mark.parametrize("awaiting", [True, False], ids=["coroutine", "function"])
async def test_an_executor_of_either_kind_carries_out_functions_of_both(
    app: QueueTasks, executor: Any, awaiting: bool
) -> None:
    if awaiting:

        @app.task(executor=executor)
        async def add(a: int, b: int) -> int:
            await anyio.lowlevel.checkpoint()
            return a + b
    else:

        @app.task(executor=executor, name="add")
        def add_plain(a: int, b: int) -> int:
            return a + b

    assert (await run(app, "add", 2, 3)).returning == 12


async def test_an_executor_of_another_family_does_all_of_it(app: QueueTasks) -> None:
    class Own:
        def __init__(self, task_func: Any, task_broker: Any, **_: Any) -> None:
            self.call = task_func.func, task_broker.args

        def execute(self) -> Any:
            func, args = self.call
            return ["own", func(*args)]

    @app.task(executor=Own)
    def negative(a: int) -> int:
        return -a

    assert (await run(app, "negative", 4)).returning == ["own", -4]


@pytest.mark.parametrize("awaiting", [True, False])
async def test_an_executor_recovers(app: QueueTasks, awaiting: bool) -> None:
    class Recovering(AsyncTaskExecutor if awaiting else SyncTaskExecutor):  # type: ignore[misc]
        if awaiting:

            async def on_error(self, error: Exception) -> Any:
                return f"instead of {error!r}"
        else:

            def on_error(self, error: Exception) -> Any:
                return f"instead of {error!r}"

    @app.task(executor=Recovering)
    def broken() -> None:
        raise KeyError("a")

    assert (await run(app, "broken")).returning == "instead of KeyError('a')"


class Bare:
    """Nothing of its own."""


class OneStep:
    """One step of its own."""

    def on_error(self, error: Exception) -> Any:
        return f"instead of {error!r}"


@pytest.mark.parametrize("awaiting", [True, False])
async def test_a_class_without_execute_overrides_steps(
    app: QueueTasks, awaiting: bool
) -> None:
    async def coroutine() -> int:
        return 1 // 0

    def plain() -> int:
        return 1 // 0

    func = coroutine if awaiting else plain
    app.task(name="bare", executor=Bare)(func)
    app.task(name="step", executor=OneStep)(func)
    failed = await run(app, "bare")
    assert (failed.status, failed.failure.kind) == ("error", "ZeroDivisionError")
    assert (await run(app, "step")).returning.startswith("instead of ZeroDivisionError")


async def test_an_executor_decides_on_retries(app: QueueTasks) -> None:
    asked: list[tuple[str, int]] = []

    class Patient(AsyncTaskExecutor):
        async def should_retry(self, error: Exception) -> bool:
            return isinstance(error, KeyError)

        async def retry_delay(self, error: Exception) -> float:
            asked.append((repr(error), self.task_broker.attempt))
            return 0.001

    @app.task(executor=Patient, retry=5)
    async def flaky() -> None:
        raise KeyError if ctx.attempt < 3 else ValueError

    handle = await run(app, "flaky")
    assert (handle.status, handle.attempt) == ("error", 3)
    assert asked[:2] == [("KeyError()", 1), ("KeyError()", 2)]


@pytest.mark.parametrize("around", [False, True], ids=["plain", "executor"])
async def test_the_settings_decode_results_of_tasks_that_name_no_decode(
    app: QueueTasks, around: bool
) -> None:
    app.config.task_default_decode = str
    executor = AsyncTaskExecutor if around else None

    @app.task(executor=executor)
    async def by_settings() -> int:
        return 7

    @app.task(executor=executor, decode=lambda result: [result])
    async def by_itself() -> int:
        return 7

    assert (await run(app, "by_settings")).returning == "7"
    assert (await run(app, "by_itself")).returning == [7]


# -- middlewares -------------------------------------------------------------------------


def noting(seen: list[str], name: str) -> type[TaskMiddleware]:
    class Noting(TaskMiddleware):
        async def __call__(self) -> Any:
            seen.append(f"{name} {self.task_executor.error!r}")
            return self.task_executor

    return Noting


@pytest.mark.parametrize("fails", [False, True])
async def test_middlewares_run_around_the_task(app: QueueTasks, fails: bool) -> None:
    seen: list[str] = []
    app.add_middleware(noting(seen, "app"))
    app.add_middleware(noting(seen, "app"), "after")
    app.worker.task_middlewares_before.append(noting(seen, "worker"))
    app.worker.task_middlewares_after.append(noting(seen, "worker"))

    @app.task(
        middlewares_before=[noting(seen, "task")],
        middlewares_after=[noting(seen, "task")],
    )
    async def one() -> None:
        seen.append("run")
        if fails:
            raise KeyError

    error = "KeyError()" if fails else "None"
    once = ["app None", "worker None", "task None", "run"]
    once += [f"task {error}", f"worker {error}", f"app {error}"]
    assert (await run(app, "one")).status == ("error" if fails else "success")
    assert seen == once
    await run(app, "one")
    assert seen == once * 2  # they do not grow


async def test_after_middlewares_run_on_cancel(app: QueueTasks) -> None:
    seen: list[str] = []
    begun = anyio.Event()

    @app.task(middlewares_after=[noting(seen, "after")])
    async def endless() -> None:
        begun.set()
        await anyio.sleep_forever()

    async with app.worker():
        handle = await app.add_task("endless")
        await begun.wait()
        await app.cancel(handle.uuid, "enough")
        ended = await handle.wait(10)
    assert ended is not None
    assert (ended.status, ended.cancel_reason) == ("cancel", "enough")
    assert seen == ["after CancelledError()"]


async def test_a_middleware_changes_arguments_and_stops_tasks(app: QueueTasks) -> None:
    class Doubled(TaskMiddleware):
        async def __call__(self) -> None:
            if self.task_executor.args == [0]:
                raise ZeroDivisionError("no zeros")
            self.task_executor.args = [self.task_executor.args[0] * 2]

    @app.task(middlewares_before=[Doubled])
    def same(number: int) -> int:
        return number

    assert (await run(app, "same", 4)).returning == 8
    assert (await run(app, "same", 0)).failure.kind == "ZeroDivisionError"
