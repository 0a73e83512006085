"""Timers: what they are told, and what they submit."""

import logging
import signal
import threading

import anyio
import pytest
from apscheduler.job import Job
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from qtasks import QueueTasks
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import DuplicateTask, InvalidField, QtasksError, WrongComponent
from qtasks.timers import AsyncTimer, SyncTimer
from qtasks.timers.base import BaseTimer

HOURLY = CronTrigger(minute=0, timezone="UTC")


def now():
    return DateTrigger(timezone="UTC")


class Watched(AsyncQueueTasks):
    """Tells what was submitted."""

    def __init__(self):
        super().__init__(broker_url="memory://")
        self.handles = []
        self.news = anyio.Event()

    async def add_task(self, *args, **kwargs):
        try:
            handle = await super().add_task(*args, **kwargs)
            self.handles.append(handle)
            return handle
        finally:
            self.news.set()

    async def submitted(self, count):
        with anyio.fail_after(10):
            while len(self.handles) < count:
                self.news = anyio.Event()
                await self.news.wait()
        return self.handles[:count]


@pytest.fixture
async def app():
    async with Watched() as app:

        @app.task
        async def double(number=1, times=2):
            return number * times

        yield app


@pytest.fixture
def sync_app():
    app = QueueTasks(broker_url="memory://")

    @app.task
    def double(number=1):
        return number * 2

    with app:
        yield app


@pytest.mark.parametrize("timer_class", [AsyncTimer, SyncTimer])
async def test_a_task_is_submitted_at_the_times_of_its_trigger(app, timer_class):
    timer = timer_class(app)
    assert isinstance(timer, BaseTimer)
    job = timer.add_task("double", 4, trigger=now(), priority=3, times=5)
    assert isinstance(job, Job)
    assert timer.tasks == {"double": job}
    assert timer.scheduler.get_jobs() == [job]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(timer.run)
        (handle,) = await app.submitted(1)
        timer.stop()
    assert (handle.task_name, handle.args, handle.priority) == ("double", [4], 3)
    assert handle.kwargs == {"times": 5}


async def test_tasks_are_named_in_every_way(app):
    timer = AsyncTimer(app)
    double = app.tasks["double"]
    timer.add_task(1, task_name="double", trigger=now())
    timer.add_task(double, 2, trigger=now())
    timer.add_task(double(3), trigger=now())
    timer.add_task(4, trigger=now(), task_name=double)
    assert list(timer.tasks) == ["double", "double-2", "double-3", "double-4"]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(timer.run)
        handles = await app.submitted(4)
        timer.stop()
    assert sorted(handle.args for handle in handles) == [[1], [2], [3], [4]]


async def test_a_submit_that_fails_ends_nothing(app, caplog):
    timer = AsyncTimer(app)
    timer.add_task("double", trigger=now(), priority=99_999)
    timer.add_task("double", object(), trigger=now())
    caplog.set_level(logging.INFO)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(timer.run)
        await anyio.wait_all_tasks_blocked()
        timer.scheduler.add_job(
            timer._submit, trigger=now(), args=("double", "double", (7,), {})
        )
        (handle,) = await app.submitted(1)
        timer.stop()
    assert handle.args == [7]
    failed = [one for one in caplog.records if "could not submit" in one.message]
    assert len(failed) == 2
    assert all(issubclass(one.exc_info[0], QtasksError) for one in failed)
    assert "timer stopped" in caplog.text


async def test_an_end_may_be_waited_for(app, caplog):
    caplog.set_level(logging.INFO)
    timer = AsyncTimer(app)
    timer.add_task("double", 4, trigger=now(), timeout=10)
    async with app.worker(), anyio.create_task_group() as tasks:
        tasks.start_soon(timer.run)
        (handle,) = await app.submitted(1)
        timer.stop()
    assert handle.returning == 8
    (told,) = [one for one in caplog.records if one.message == "timer submitted"]
    assert told.status == "success"


def test_a_synchronous_app_has_a_timer_of_either_name(sync_app):
    """As the documents show it; here another thread ends it."""
    for timer_class in (AsyncTimer, SyncTimer):
        timer = timer_class(app=sync_app, log=Ending(2))
        timer.log.timer = timer
        timer.add_task("double", 21, trigger=now())
        timer.add_task("double", 22, trigger=now())
        timer.run_forever()
        assert len(timer.log.task_ids) == 2


class Ending(logging.LoggerAdapter):
    """A logger that stops its timer after so many submits."""

    def __init__(self, submits):
        super().__init__(logging.getLogger("ending"))
        self.submits = submits
        self.task_ids = []

    def info(self, message, extra=None):
        if message == "timer submitted":
            self.task_ids.append(extra["task_id"])
            if len(self.task_ids) == self.submits:
                self.timer.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(sync_app, number):
    class Signalled(Ending):
        def info(self, message, extra=None):  # noqa: ARG002  # a logger's
            if message == "timer submitted":
                signal.raise_signal(number)

    timer = SyncTimer(sync_app, log=Signalled(1))
    timer.add_task("double", trigger=now())
    timer.run_forever()
    assert signal.getsignal(number) is not None


def test_it_runs_in_a_thread_and_stops_from_another(sync_app):
    timer = SyncTimer(sync_app, log=Ending(1))
    timer.log.timer = timer
    timer.add_task("double", trigger=now())
    thread = threading.Thread(target=timer.run_forever)  # noqa: TID251  # a user's own
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    timer.stop()  # once more does nothing


async def test_what_is_wrong_is_told(app, caplog):
    timer = AsyncTimer(app)
    with pytest.raises(WrongComponent, match="BaseTrigger"):
        timer.add_task("double", trigger="* * * * *")
    with pytest.raises(TypeError, match="trigger"):
        timer.add_task("double")
    with pytest.raises(InvalidField, match="which task"):
        timer.add_task(trigger=HOURLY)
    with pytest.raises(WrongComponent):
        timer.add_task(7, trigger=HOURLY)
    timer.add_task("double", 1, trigger=HOURLY)
    timer.add_task("double", 2, trigger=HOURLY)
    with pytest.raises(DuplicateTask, match="OrTrigger"):
        timer.add_task("double", 1, trigger=HOURLY)
    assert not caplog.records
    timer.add_task("elsewhere", trigger=HOURLY)
    (warned,) = caplog.records
    assert warned.task == "elsewhere"
    with pytest.raises(WrongComponent, match="QueueTasks app"):
        AsyncTimer("app")
    with pytest.raises(WrongComponent, match="config"):
        AsyncTimer(app, config="fast")
    assert timer.config is app.config
