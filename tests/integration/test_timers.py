"""Timers as users run them: a program of its own, a real broker, a real worker."""

import signal

import pytest

from tests.integration.command_line import SECONDS, CommandLine, line_with

APP = """
from qtasks import QueueTasks

app = QueueTasks()


@app.task
def test():
    print("Running test task", flush=True)
"""

DOCUMENTED = """
from qtasks import QueueTasks
from qtasks.timers import AsyncTimer
from apscheduler.triggers.cron import CronTrigger

app = QueueTasks()

@app.task
def test():
    print("Running test task")


trigger = CronTrigger(second="*/1")
timer = AsyncTimer(app=app)
timer.add_task("test", trigger=trigger)

timer.run_forever()
"""

ASYNCHRONOUS = DOCUMENTED.replace(
    "from qtasks import", "from qtasks.asyncio import"
).replace("def test", "async def test")
SYNC_TIMER = DOCUMENTED.replace("AsyncTimer", "SyncTimer")


@pytest.fixture(scope="module")
def qtasks(tmp_path_factory):
    line = CommandLine(tmp_path_factory.mktemp("timers"))
    (line.folder / "served.py").write_text(APP)
    with line.broker():
        yield line


@pytest.mark.parametrize(
    ("program", "number"),
    [
        (DOCUMENTED, signal.SIGINT),
        (ASYNCHRONOUS, signal.SIGTERM),
        (SYNC_TIMER, signal.SIGINT),
    ],
    ids=["documented", "asynchronous", "sync timer"],
)
def test_a_timer_has_a_worker_run_its_tasks_until_a_signal(qtasks, program, number):
    (qtasks.folder / "clock.py").write_text(program)
    with (
        qtasks.running("-A", "served:app", "run") as worker,
        qtasks.python("clock.py") as timer,
    ):
        for _ in range(2):
            line_with(worker, "Running test task")
        timer.send_signal(number)
        said, _ = timer.communicate(timeout=SECONDS)
        assert timer.returncode == 0, said
        assert "Traceback" not in said


def test_a_timer_outlives_its_broker(tmp_path):
    line = CommandLine(tmp_path)
    (tmp_path / "served.py").write_text(APP)
    (tmp_path / "clock.py").write_text(DOCUMENTED)
    with line.broker() as broker:
        port = line.environment["QTASKS_BROKER_URL"].rpartition(":")[2]
        with line.python("clock.py") as timer:
            with line.running("-A", "served:app", "run") as worker:
                line_with(worker, "Running test task")
                broker.kill()
                broker.wait()
                with line.broker("--port", port):
                    line_with(worker, "Running test task")
            assert timer.poll() is None
