"""How many tasks a worker runs at once changes with the settings while it runs."""

import threading

import anyio
import pytest

from qtasks import v1
from qtasks.errors import SettingsError
from tests.integration.app_rig import KINDS, app_over

pytestmark = pytest.mark.anyio


@pytest.fixture(params=KINDS)
async def app(request):
    with anyio.fail_after(30):
        async with app_over(request.param, max_tasks_process=1) as app:
            yield app


class Crowd:
    """Tasks that run until they are let go, and who waits until so many do."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self._changed = threading.Condition()
        self._open = False

    def stay(self) -> None:
        with self._changed:
            self.running += 1
            self.most = max(self.most, self.running)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._open, 30)
            self.running -= 1

    def let_go(self) -> None:
        with self._changed:
            self._open = True
            self._changed.notify_all()

    async def reach(self, count: int) -> None:
        def reached() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: self.running >= count, 10)

        assert await anyio.to_thread.run_sync(reached), self.running


async def test_more_tasks_run_at_once(app):
    crowd = Crowd()

    @app.task
    def stay():
        crowd.stay()

    async with app.worker():
        handles = [await stay.add_task() for _ in range(3)]
        await crowd.reach(1)
        assert crowd.running == 1
        app.config.max_tasks_process = 3
        await crowd.reach(3)
        crowd.let_go()
        assert [(await one).status for one in handles] == ["success"] * 3


async def test_fewer_tasks_run_at_once(app):
    app.config.max_tasks_process = 3
    first, second = Crowd(), Crowd()

    @app.task
    def stay(place):
        (first, second)[place].stay()

    async with app.worker():
        running = [await stay.add_task(0) for _ in range(3)]
        await first.reach(3)
        app.config.max_tasks_process = 1
        waiting = [await stay.add_task(1) for _ in range(3)]
        first.let_go()  # what runs goes on
        assert [(await one).status for one in running] == ["success"] * 3
        await second.reach(1)
        second.let_go()
        assert [(await one).status for one in waiting] == ["success"] * 3
    assert second.most == 1


async def test_the_worker_says_how_many_it_runs_now(app):
    crowd = Crowd()

    @app.task
    def stay():
        crowd.stay()

    async with app.worker():
        app.config.max_tasks_process = 4
        for _ in range(4):
            await stay.add_task()
        await crowd.reach(4)
        found = await app.broker.list_workers(v1.ListWorkersRequest(app=app.name))
        crowd.let_go()
        assert [one.slots for one in found.workers] == [4]


async def test_a_number_that_can_not_be_is_refused_where_it_is_set(app):
    with pytest.raises(SettingsError, match="at least 1"):
        app.config.max_tasks_process = 0
    assert app.config.max_tasks_process == 1
