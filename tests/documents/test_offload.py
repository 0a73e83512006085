"""The page on `async_task` that Django Q users know: each of its programs, run.

The imports are those of here; waits are a thousand times longer, for a busy machine.
"""

from collections.abc import Iterator
from subprocess import Popen

import pytest

from tests.documents.conftest import Desk, block, said

APP = """
from qtasks import QueueTasks
from qtasks.config import QueueConfig

app = QueueTasks(config=QueueConfig(importable=["math.*", "hooks.*"]))
"""
START = "from app import app\nfrom qtasks.tasks import async_task, fetch, result"
END = "app.stop()"


def patient(program: str) -> str:
    """A program that waits long enough on any machine."""
    longer = {
        "wait=50,": "wait=50_000,",
        "wait=10)": "wait=10_000)",
        "200)": "200_000)",
    }
    for wait, long in longer.items():
        program = program.replace(wait, long)
    return program


@pytest.fixture
def worker(desk: Desk) -> Iterator[Popen[str]]:
    desk.save("hooks", block("offload_hooks"))
    with desk.working(APP) as worker:
        yield worker


def typed(desk: Desk, *names: str, look: str = "") -> list[str]:
    """Type programs of the page in; what they print."""
    programs = [patient(block(name)) for name in names]
    return desk.python(desk.save("client", START, *programs, look, END))


def test_a_task_and_its_result(desk: Desk, worker) -> None:
    look = "print(task_result)"
    assert typed(desk, "offload_async_task", look=look) == ["-2.0"]
    said(worker, "[0.5, 2.0]")


def test_options_in_a_dict(desk: Desk, worker) -> None:
    look = "print(result(async_task('math.modf', 2.5, q_options=opts), -1))"
    assert typed(desk, "offload_options", look=look) == ["[0.5, 2.0]"]
    said(worker, "[0.5, 2.0]")


@pytest.mark.usefixtures("worker")
def test_the_class(desk: Desk) -> None:
    assert typed(desk, "offload_class") == ["1", "2"]


@pytest.mark.usefixtures("worker")
def test_cached_results(desk: Desk) -> None:
    look = "print(task.result, task.cached)"
    assert typed(desk, "offload_cached", look=look) == ["100 False"]


@pytest.mark.usefixtures("worker")
def test_a_cached_group(desk: Desk) -> None:
    look = "print(len(result_group('frexp')))"
    assert typed(desk, "offload_cached_group", look=look) == ["100"]


def test_a_task_at_once(desk: Desk) -> None:
    desk.save("app", APP)
    printed = typed(desk, "offload_sync")
    assert printed == ["An error occurred: UnknownPath: there is no module 'my' here"]


@pytest.mark.usefixtures("worker")
def test_a_shared_broker(desk: Desk) -> None:
    look = "print(result(async_task('math.modf', 2.5, broker=broker), -1))"
    assert typed(desk, "offload_pooling", look=look) == ["[0.5, 2.0]"]
