"""Plugins and events of tasks that run."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from qtasks import QueueTasks as SyncQueueTasks
from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.context import TaskPluginTriggerError, ctx
from qtasks.middlewares import TaskMiddleware
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST
from qtasks.triggers import BasePlugin
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


class Noted(BasePlugin):
    """Notes every trigger it sees."""

    def __init__(self, seen: list[str], answers: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.seen = seen
        self.answers = answers or {}

    async def trigger(self, name: str, **_: Any) -> Any:
        self.seen.append(name)
        return self.answers.get(name)


@pytest.mark.parametrize("awaiting", [True, False])
async def test_plugins_change_arguments_and_results(
    app: QueueTasks, awaiting: bool
) -> None:
    answers = {
        "task_executor_args_replace": {"args": [5]},
        "task_executor_after_execute_result_replace": {"result": ["replaced"]},
        "task_executor_decode": {"result": ["decoded"]},
    }
    got: list[int] = []
    app.worker.add_plugin(Noted([], answers))
    if awaiting:

        @app.task
        async def one(number: int) -> int:
            got.append(number)
            return number
    else:

        @app.task(name="one")
        def plain_one(number: int) -> int:
            got.append(number)
            return number

    assert (await run(app, "one", 1)).returning == ["decoded"]
    assert got == [5]


async def test_a_plugin_answers_for_a_task(app: QueueTasks) -> None:
    answer = {"task_executor_run_task_trigger_error": {"result": 7}}
    app.worker.add_plugin(Noted([], answer))

    @app.task(echo=True)
    async def asks(self: Any) -> None:
        self.ctx.plugin_error(code=1)

    @app.task
    def raises() -> None:
        raise TaskPluginTriggerError(code=1)

    assert (await run(app, "asks")).returning == 7
    assert (await run(app, "raises")).returning == 7


@pytest.mark.parametrize("how", ["success", "error", "cancel", "timeout"])
async def test_task_close_comes_however_the_task_ends(
    app: QueueTasks, how: str
) -> None:
    closed: list[str] = []

    class Closing(BasePlugin):
        def __init__(self) -> None:
            super().__init__()
            self.handlers = {"task_executor_task_close": self.close}

        async def close(self, error: BaseException | None = None, **_: Any) -> None:
            closed.append(type(error).__name__)

    app.worker.add_plugin(Closing(), ["task_executor_task_close"])

    @app.task(max_time=0.05 if how == "timeout" else 30)
    async def one() -> None:
        if how == "error":
            raise KeyError
        if how == "cancel":
            ctx.cancel("no")
        if how == "timeout":
            await anyio.sleep_forever()

    await run(app, "one")
    kinds = {"success": "NoneType", "error": "KeyError", "cancel": "TaskCancelError"}
    assert closed == [kinds.get(how, "CancelledError")]


async def test_events_tell_of_tasks(app: QueueTasks) -> None:
    seen: list[tuple[str, str, Any]] = []
    for event in ("task_stopping", "task_success", "task_error", "task_cancel"):

        async def tell(model: Any, event: str = event, **_: Any) -> None:
            seen.append((event, model.status, model.returning))

        getattr(app.events.on, event)()(tell)

    @app.task(retry=1, retry_backoff=0.001)
    async def ends(how: str) -> str:
        if how == "error":
            raise KeyError
        if how == "cancel":
            ctx.cancel("no")
        return how

    for how in ("well", "error", "cancel"):
        await run(app, "ends", how)
    assert seen == [
        ("task_stopping", "success", "well"),
        ("task_success", "success", "well"),
        ("task_stopping", "retry", None),
        ("task_stopping", "error", None),
        ("task_error", "error", None),
        ("task_stopping", "cancel", None),
        ("task_cancel", "cancel", None),
    ]


def test_plugins_and_middlewares_of_a_sync_app() -> None:
    seen: list[str] = []

    class Plain(TaskMiddleware):
        def __call__(self) -> Any:
            seen.append("middleware")
            return self.task_executor

    class Replacing(BasePlugin):
        def __init__(self) -> None:
            super().__init__()
            self.handlers = {"task_executor_args_replace": self.replace}

        def replace(self, args: list[Any], **_: Any) -> Any:
            return {"args": [args[0] + 1]}

    with sync_app() as app:
        app.add_middleware(Plain)
        app.worker.add_plugin(Replacing(), ["task_executor_args_replace"])

        @app.task
        def one(number: int) -> int:
            return number * 10

        async def both() -> Any:
            async with app.worker():  # type: ignore[operator]
                return await app.asyncio.add_task("one", 1, timeout=10)

        assert app.call(both).returning == 20
    assert seen == ["middleware"]
