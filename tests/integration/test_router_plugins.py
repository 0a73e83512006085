"""A plugin of a router changes the tasks of its router, and no others."""

from qtasks import AsyncRouter
from qtasks.plugins import BasePlugin
from tests.integration.app_rig import app_over


class Replacing(BasePlugin):
    def __init__(self):
        super().__init__()
        self.handlers = {"task_executor_args_replace": self.replace}

    async def replace(self, **_):
        return {"args": ["changed"]}


async def test_only_tasks_of_the_router_are_changed():
    router = AsyncRouter("mine")
    router.add_plugin(Replacing(), ["task_executor_args_replace"])

    @router.task
    async def same(value):
        return value

    async with app_over("local") as app:
        app.include_router(router)
        app.task("other")(same.func)
        async with app.worker():
            mine = await app.add_task("mine.same", "given", timeout=10)
            other = await app.add_task("other", "given", timeout=10)
            assert (mine.returning, other.returning) == ("changed", "given")
