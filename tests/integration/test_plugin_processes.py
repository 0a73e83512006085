"""States that worker processes share, and dependencies that end with their components."""

import signal
from contextlib import ExitStack

import pytest

from qtasks import QueueTasks
from tests.integration.command_line import CommandLine, line_with

SHARING = """
import os
from qtasks.asyncio import QueueTasks
from qtasks.plugins import AsyncState, SyncState

app = QueueTasks()


class Count(AsyncState, shared=True):
    pass


class Tally(SyncState, shared=True):
    pass


def one_more(value):
    return (value or 0) + 1


@app.task
async def bump(state: Count):
    for _ in range(10):
        await state.update("n", one_more)
    await state.update(f"pid {os.getpid()}", one_more)


@app.task
def tally(state: Tally):
    for _ in range(10):
        state.update("n", one_more)
    state.update(f"pid {os.getpid()}", one_more)


@app.task
async def counted(state: Count):
    return await state.get_all()


@app.task
def tallied(state: Tally):
    return state.get_all()
"""

CLOSING = """
{head}

app = QueueTasks()


def kept(scope):
    async def dependency():
        yield scope
        print("closed", scope, flush=True)

    return dependency


WORKER, BROKER, STORAGE, CONFIG = map(
    kept, ("worker", "broker", "storage", "global_config")
)


@app.task
def use(
    worker=Depends(WORKER, scope="worker"),
    broker=Depends(BROKER, scope="broker"),
    config=Depends(CONFIG, scope="global_config"),
    storage=Depends(STORAGE, scope="storage"),
):
    return [worker, broker, storage, config]
"""

HEADS = {
    "async": "from qtasks.asyncio import QueueTasks\nfrom qtasks.plugins import Depends",
    "sync": "from qtasks import QueueTasks\nfrom qtasks.plugins import Depends",
}


@pytest.mark.parametrize(("task", "told"), [("bump", "counted"), ("tally", "tallied")])
def test_no_change_of_two_processes_gets_lost(tmp_path, task, told):
    line = CommandLine(tmp_path)
    (tmp_path / "sharing.py").write_text(SHARING)
    with ExitStack() as stack:
        stack.enter_context(line.broker())
        for name in ("one", "two"):
            worker = stack.enter_context(
                line.running("-A", "sharing:app", "run", "--worker-id", name)
            )
            line_with(worker, "worker connected")
        app = QueueTasks(broker_url=line.environment["QTASKS_BROKER_URL"])
        stack.callback(app.stop)
        calls = [app.asyncio.call(task, (), {}) for _ in range(100)]
        for handle in app.add_tasks(calls):
            handle.result(timeout=60)
        values = app.add_task(told, timeout=60).returning
    assert values.pop("n") == 1000
    assert len(values) == 2
    assert sum(values.values()) == 100


@pytest.mark.parametrize("kind", list(HEADS))
def test_lasting_dependencies_end_with_their_components(tmp_path, kind):
    line = CommandLine(tmp_path)
    (tmp_path / "closing.py").write_text(CLOSING.format(head=HEADS[kind]))
    with line.broker(), line.running("-A", "closing:app", "run") as worker:
        line_with(worker, "worker connected")
        task = line.json("submit", "use", "--wait", "30s")
        assert task["result"] == ["worker", "broker", "storage", "global_config"]
        worker.send_signal(signal.SIGTERM)
        closed = [one.split()[-1] for one in worker.stdout if one.startswith("closed ")]
    assert closed == ["worker", "broker", "storage", "global_config"]
