"""Waiting for results as qtasks 1.7 does."""

from anyio.to_thread import run_sync
from qtasks.base import BaseQueueTasks
from qtasks.enums import TaskStatusEnum
from qtasks.results import AsyncResult, SyncResult

from tests.integration.app_rig import app_over


async def test_results_are_waited_for_in_either_colour():
    async with app_over("local") as app:
        assert isinstance(app, BaseQueueTasks)

        @app.task
        async def double(number):
            return number * 2

        waiting = await app.add_task("nobody")
        assert await AsyncResult(waiting.uuid, app).result(timeout=0) is None
        assert await waiting.wait_result_async(timeout=0) is None
        async with app.worker():
            handle = await double.add_task(2)
            ended = await AsyncResult(uuid=handle.uuid).result(timeout=10)
            assert ended.returning == 4
            assert ended.status == TaskStatusEnum.SUCCESS.value
            again = await run_sync(lambda: SyncResult(str(handle.uuid), app).result(10))
            assert again.returning == 4
            assert (await again.wait_result_async(10)).returning == 4
            assert again.wait_result().returning == 4
            other = await double.add_task(3)
            assert (await run_sync(other.wait_result, 10)).returning == 6
            third = await double.add_task(4)
            assert (await third.wait_result_async(10)).returning == 8
