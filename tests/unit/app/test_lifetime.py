"""Apps that nobody uses any more are let go: nothing global keeps them."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from qtasks import QueueTasks, SyncRouter
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.sync import QueueTasks as SyncApp

ROUTER = SyncRouter("routed")


@ROUTER.task
def of_a_router() -> None:
    """Do nothing."""


def unused() -> Any:
    app = QueueTasks("lifetime", broker_url="memory://")
    app.include_router(ROUTER)
    return app


def used() -> Any:
    app = unused()
    app.add_task("routed.of_a_router")
    app.stop()
    return app


def unused_async() -> Any:
    app = AsyncQueueTasks("lifetime", broker_url="memory://")

    @app.task
    async def own() -> None:
        """Do nothing."""

    return app


def used_async() -> Any:
    app = unused_async()

    async def use() -> None:
        async with app:
            await app.add_task("own")

    asyncio.run(use())
    return app


def used_async_from_threads() -> Any:
    app = unused_async()
    app.blocking.add_task("own")
    asyncio.run(app.stop())
    return app


@pytest.mark.parametrize(
    "made", [unused, used, unused_async, used_async, used_async_from_threads]
)
def test_an_app_is_let_go(made: Callable[[], Any]) -> None:
    apps = [weakref.ref(made()) for _ in range(3)]
    last = SyncApp("lifetime")  # `get_app` knows the one that was made last
    last.include_router(ROUTER)  # and the router's task objects go with the last
    gc.collect()
    assert [app() for app in apps] == [None, None, None]
