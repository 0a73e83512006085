"""Functions offloaded by their paths: one, many, one after the other."""

import math
import os
import select
import signal
import threading

import pytest

from qtasks.errors import (
    BrokerUnavailable,
    TaskNotFound,
    Unserializable,
)
from qtasks.tasks import (
    AsyncTask,
    Failure,
    Success,
    Task,
    allowing,
    async_chain,
    async_iter,
    async_task,
    configure,
    count_group,
    delete_cached,
    fetch,
    queue_size,
    result,
    result_group,
)
from tests.integration import offloaded_functions as functions
from tests.integration.offload_rig import HERE, LONG, app, settings

__all__ = ["app", "settings"]  # fixtures


# -- one ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("func", "args", "returned"),
    [
        ("math.copysign", (2, -2), -2.0),
        (math.copysign, (2, -2), -2.0),
        (functions.double, (4,), 8),
        (functions.awaited, ({"a": [1]},), {"a": [1]}),
        ("triple", (4,), 12),
        (f"{HERE}.Counter.of", (3,), 3),
    ],
    ids=["path", "builtin", "function", "coroutine", "task", "class method"],
)
def test_a_function_is_called_by_a_worker(func, args, returned):
    assert result(async_task(func, *args), LONG) == returned


def test_the_task_object_of_an_app_is_submitted_as_that_task(app):
    found = fetch(async_task(app.tasks["triple"], 5), LONG)
    assert (found.func, found.args, found.result) == ("triple", (5,), 15)


def test_what_a_task_tells():
    task_id = async_task(functions.named, 1, group="mine", q_options={"group": "g"})
    found = fetch(task_id, -1)
    assert (found.id, found.success, found.group) == (task_id, True, "g")
    assert (found.func, found.args) == (f"{HERE}.named", (1,))
    assert found.kwargs == {"group": "mine"}
    assert found.result == [1, "mine", ""]
    assert found.started <= found.stopped
    assert found.time_taken() == (found.stopped - found.started).total_seconds()
    assert fetch(found.name) == found
    assert Task.get_task(found.name) == Success.get_task(task_id) == found
    assert Failure.get_task(task_id) is None
    assert Task.get_result(task_id) == found.result


def test_a_task_may_be_named():
    task_id = async_task("math.floor", 1.5, task_name="round-it")
    assert fetch(task_id, LONG).name == "round-it"
    assert result("round-it") == 1


def test_a_task_that_fails_says_why():
    found = fetch(async_task(functions.fail, "on purpose"), LONG)
    assert not found.success
    assert found.result == "ValueError: on purpose"
    assert Failure.get_task(found.id) == found
    assert Success.get_task(found.id) is None


def test_a_result_that_is_not_there_is_none(app):
    task_id = async_task("nobody_serves_this", 1)
    before = queue_size()
    assert before >= 1
    assert result(task_id) is None
    assert fetch(task_id, 20) is None
    app.cancel(task_id)
    assert queue_size() == before - 1
    assert result(task_id).startswith("cancelled: ")


# -- what becomes of the record --------------------------------------------------------------


def test_a_cached_result_goes_unless_it_is_saved():
    kept = fetch(async_task("math.floor", 100, cached=0.2), LONG)
    assert kept.cached
    kept.save()
    gone = async_task("math.floor", 100, cached=0.2)
    assert result(gone, LONG, cached=True) == 100
    until_gone(gone)
    with pytest.raises(TaskNotFound):
        result(gone)
    assert result(kept.id) == 100
    delete_cached(kept.id)
    with pytest.raises(TaskNotFound):
        kept.save()


def until_gone(task_id):
    """Wait until the janitor has been there, which tells nobody."""
    for _ in range(1000):
        try:
            fetch(task_id)
        except TaskNotFound:
            return
        threading.Event().wait(0.01)
    raise AssertionError("the record stays")


def test_successes_that_are_not_saved_go_and_failures_stay():
    until_gone(async_task("math.floor", 1.5, save=False))
    found = fetch(async_task(functions.fail, "kept", save=False), LONG)
    assert found.result == "ValueError: kept"


def test_workers_forget_successes_beyond_the_limit(monkeypatch):
    monkeypatch.setattr("qtasks.tasks.pruning.SELDOM", 1)
    configure(save_limit=3)
    tasks = []
    for number in range(12):
        tasks.append(async_task("math.floor", number))
        assert fetch(tasks[-1], LONG).success
    until_gone(tasks[0])
    assert result(tasks[-1]) == 11


def test_what_cannot_be_forgotten_now_touches_no_task(monkeypatch, caplog):
    async def unreachable(*_):
        raise BrokerUnavailable

    monkeypatch.setattr("qtasks.tasks.pruning.SELDOM", 1)
    monkeypatch.setattr("qtasks.tasks.pruning.Pruner._prune", unreachable)
    configure(save_limit=1)
    for options in ({}, {"timeout": 60}):
        caplog.clear()
        found = fetch(async_task("math.floor", 1.5, q_options=options), LONG)
        assert found.success
        assert "successes beyond the limit stay" in caplog.messages


def test_a_task_that_failed_is_tried_again_unless_it_is_acknowledged(tmp_path):
    configure(retry=0.05)
    again = str(tmp_path / "again")
    found = fetch(async_task(functions.fail_once, again, ack_failure=False), LONG)
    assert (found.result, found.attempt_count) == ("answered", 2)
    once = str(tmp_path / "once")
    found = fetch(async_task(functions.fail_once, once), LONG)
    assert (found.success, found.attempt_count) == (False, 1)


def test_a_timeout_ends_the_process_of_the_function(tmp_path):
    place = tmp_path / "pid"
    found = fetch(async_task(functions.block, str(place), timeout=3), LONG)
    assert not found.success
    assert "TimeoutError" in found.result
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text("utf-8")), signal.SIG_DFL)


def test_a_timeout_ends_what_the_function_started(tmp_path):
    place = tmp_path / "pipe"
    os.mkfifo(place)
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    found = fetch(async_task(functions.block_with, str(place), timeout=4), LONG)
    assert "TimeoutError" in found.result
    assert os.read(reader, 100) == b"started"
    assert select.select([reader], [], [], 20)[0]
    assert not os.read(reader, 100)  # nobody has the other end any more
    os.close(reader)


def test_a_function_with_a_timeout_has_a_process_of_its_own():
    here = async_task(functions.process_number)
    elsewhere = async_task(functions.process_number, timeout=30)
    assert result(here, LONG) == os.getpid()
    assert result(elsewhere, LONG) not in (None, os.getpid())


# -- hooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("hook", [functions.note, f"{HERE}.note"], ids=["func", "path"])
def test_a_hook_is_called_with_the_task(hook):
    task_id = async_task("math.modf", 2.5, hook=hook)
    assert functions.NOTED.wait(20)
    (task,) = functions.SEEN
    assert (task.id, task.result, task.hook) == (task_id, [0.5, 2.0], f"{HERE}.note")


@pytest.mark.parametrize("save", [True, False], ids=["saved", "not saved"])
def test_a_hook_is_told_of_failures_and_its_own_touches_nothing(save):
    task_id = async_task(functions.fail, "first", hook=functions.broken_hook, save=save)
    assert functions.NOTED.wait(20)
    (task,) = functions.SEEN
    assert (task.id, task.success) == (task_id, False)
    assert result(task_id) == "ValueError: first"


# -- at once ----------------------------------------------------------------------------------


def test_a_task_may_be_run_at_once():
    task_id = async_task("my.buggy.code", sync=True)
    task = fetch(task_id)
    assert not task.success
    assert task.result.startswith("UnknownPath: there is no module 'my'")


def test_all_tasks_may_be_run_at_once(app):
    configure(sync=True)
    thread = async_task("threading.get_ident")
    assert result(thread) == threading.get_ident()
    assert result(async_task(app.tasks["triple"], 3)) == 9
    assert result(async_task("triple", 3)) == 9
    assert result(async_task(functions.awaited, 3)) == 3
    group = async_chain([("math.floor", (1.5,)), ("math.floor", (2.5,))])
    assert result_group(group) == [1, 2]
    several = async_iter("math.sqrt", [4, -1, 9])
    assert result_group(several) == [2.0, 3.0]
    assert count_group(several, failures=True) == 1
    with pytest.raises(Unserializable, match="argument 0"):
        async_task(functions.double, {1})
    assert "Unserializable" in result(async_task("builtins.set"))


@pytest.mark.parametrize("options", [{}, {"sync": True}], ids=["by a worker", "sync"])
def test_a_function_may_offload_others_and_wait(options):
    """Those that run at once run inside of one another."""
    configure(**options)
    outer = async_task(functions.offload_in_turn, 2)
    assert fetch(outer, LONG).result == [2, [1, [0, None]]]


def test_what_ends_the_program_ends_the_task_too():
    task = AsyncTask("sys.exit", "enough", task_name="leaving", sync=True)
    with pytest.raises(SystemExit, match="enough"):
        task.run()
    assert fetch("leaving").result == "SystemExit: enough"
    assert queue_size() == 0


def test_a_hook_is_called_at_once_too(caplog):
    task_id = async_task("math.floor", 1.5, sync=True, hook=functions.broken_hook)
    assert functions.SEEN[0].id == task_id
    assert result(task_id) == 1
    assert [
        one.message for one in caplog.records if one.name.startswith("qtasks.tasks")
    ]


# -- whom is asked ----------------------------------------------------------------------------


def test_workers_are_not_asked_each_time(app, monkeypatch):
    asked = []
    look = allowing._pattern

    async def counted(*args):
        asked.append(args)
        return await look(*args)

    monkeypatch.setattr(allowing, "_pattern", counted)
    allowing._PATTERNS.pop(app.asyncio, None)
    for _ in range(3):
        async_task("math.floor", 1.5)
    assert len(asked) == 1
