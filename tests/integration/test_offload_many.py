"""Functions offloaded in groups, iterations and chains, and the objects for them."""

import math
import threading

import pytest

from qtasks import QueueTasks
from qtasks.errors import GroupNotFound, InvalidField, TaskNotFound
from qtasks.tasks import (
    AsyncTask,
    Chain,
    Failure,
    Iter,
    Success,
    async_chain,
    async_iter,
    async_task,
    configure,
    count_group,
    delete_group,
    fetch,
    fetch_group,
    get_broker,
    result,
    result_group,
)
from qtasks.tasks.stored import StoredRecords
from tests.integration import offloaded_functions as functions
from tests.integration.offload_rig import LONG, app, settings
from tests.integration.test_app_sync import Working

__all__ = ["app", "settings"]  # fixtures


# -- many -------------------------------------------------------------------------------------


def test_a_group_is_waited_for():
    broker = get_broker()
    for number in range(20):
        async_task("math.frexp", number, group="frexp", cached=True, broker=broker)
    assert len(result_group("frexp", wait=LONG, count=20, cached=True)) == 20
    assert result_group("frexp")[3] == list(math.frexp(3))
    assert count_group("frexp") == 20
    assert count_group("frexp", failures=True) == 0


def test_a_group_may_still_be_growing():
    def submit_later():
        async_task("math.floor", 2.5, group="growing")

    async_task("math.floor", 1.5, group="growing")
    later = threading.Timer(0.1, submit_later)
    later.start()
    assert result_group("growing", wait=-1, count=2) == [1, 2]
    later.join()


def test_tasks_whose_records_go_count_for_who_saw_them(monkeypatch):
    """The records of both are gone before the group is looked at again."""
    gate = functions.GATE
    gate.clear()
    tasks = [
        async_task(functions.wait_for_gate, number, group="going") for number in (1, 2)
    ]
    look = StoredRecords._members

    async def going(self, group):
        found = await look(self, group)
        if found and all(one.ended for one in found):
            await self._delete(tasks)
            return await look(self, group)
        gate.set()
        return found

    monkeypatch.setattr(StoredRecords, "_members", going)
    assert fetch_group("going", wait=LONG)[0].args == (1,)
    with pytest.raises(GroupNotFound):
        fetch_group("going")


def test_the_app_of_a_handle_is_asked():
    other = QueueTasks("other", broker_url="memory://")
    task = other.task(functions.double)
    with other, Working(other):
        handle = AsyncTask(task, 4, group="twos", broker=other)
        handle.run()
        assert handle.result(wait=-1) == 8
        assert handle.result_group(wait=-1, count=1) == [8]
        chain = Chain([(task, (1,)), (task, (2,))], broker=other)
        chain.run()
        assert chain.result(wait=-1) == [2, 4]
        assert chain.current() == 2


def test_failures_of_a_group_count_where_they_are_asked_for():
    good = async_task("math.floor", 1.5, group="mixed")
    bad = async_task(functions.fail, "bad", group="mixed")
    tasks = fetch_group("mixed", wait=LONG, count=2)
    assert [one.id for one in tasks] == [good, bad]
    assert result_group("mixed") == [1]
    assert result_group("mixed", failures=True) == [1, "ValueError: bad"]
    assert count_group("mixed", failures=True) == 1
    assert [one.id for one in Failure.get_task_group("mixed")] == [bad]
    assert Success.get_group_count("mixed") == 1
    assert tasks[0].group_result() == [1]
    assert tasks[0].group_count() == 2


def test_a_group_is_dissolved_or_forgotten():
    task_id = async_task("math.floor", 1.5, group="passing")
    task = fetch(task_id, LONG)
    task.group_delete()
    with pytest.raises(GroupNotFound):
        result_group("passing")
    assert result(task_id) == 1
    again = async_task("math.floor", 2.5, group="passing")
    assert result_group("passing", wait=LONG, count=1) == [2]
    delete_group("passing", tasks=True)
    with pytest.raises(TaskNotFound):
        result(again)
    with pytest.raises(TaskNotFound):
        result(task_id)


def test_many_small_calls_are_one_result():
    items = [(number / 2,) for number in range(500)]
    iteration = async_iter("math.floor", items)
    assert result(iteration, LONG) == [number // 2 for number in range(500)]
    assert len(result_group(iteration, wait=-1, count=500)) == 500
    assert count_group(iteration) == 500


def test_an_item_that_fails_is_alone():
    iteration = async_iter("math.sqrt", [4, -1, 9], group="roots", hook=functions.note)
    assert result(iteration, LONG) == [2.0, "ValueError: math domain error", 3.0]
    assert result_group("roots") == [2.0, 3.0]
    assert [one.args for one in fetch_group("roots")] == [(4,), (-1,), (9,)]
    assert functions.NOTED.wait(20)
    assert functions.SEEN[0].id == iteration


def test_items_with_a_timeout_have_processes_of_their_own():
    iteration = async_iter(functions.double, [1, 2], timeout=30)
    assert result(iteration, LONG) == [2, 4]


@pytest.mark.parametrize("options", [{}, {"save": False}, {"cached": 0.001}])
def test_no_result_is_lost_before_all_are_there(options, monkeypatch):
    monkeypatch.setattr("qtasks.tasks.pruning.SELDOM", 1)
    monkeypatch.setattr("qtasks.tasks.offload.PART", 1)
    configure(save_limit=1)
    iteration = async_iter("math.floor", range(60), **options)
    assert result(iteration, LONG) == list(range(60))
    assert result_group(iteration, wait=LONG, count=60) == list(range(60))


def test_the_error_of_a_lost_task_stands_for_each_of_its_items():
    iteration = async_iter(functions.end_process_at, [0, 3, 0], timeout=60)
    first, lost, last = result(iteration, 3 * LONG)
    assert (first, last) == (0, 0)
    assert lost.startswith("TaskProcessDied: ")


def test_large_items_are_spread_over_more_tasks():
    text = "x" * 200_000
    iteration = async_iter("math.isfinite", [(text,)] * 10)
    assert count_group_when_done(iteration, 10) == 10


def count_group_when_done(group, count):
    return len(fetch_group(group, wait=LONG, count=count))


def test_calls_come_one_after_the_other():
    group = async_chain(
        [
            ("math.copysign", (1, -1)),
            ("math.floor", (1.5,)),
            (functions.named, (1,), {"hook": functions.note}),
        ]
    )
    assert result_group(group, wait=LONG, count=3) == [-1.0, 1, [1, "", ""]]
    assert functions.NOTED.wait(20)


def test_what_follows_a_failure_is_cancelled():
    group = async_chain(["math.pi.nope", ("math.floor", (1.5,))])
    tasks = fetch_group(group, wait=LONG, count=2)
    assert [one.success for one in tasks] == [False, False]
    assert tasks[1].result.startswith("cancelled")


@pytest.mark.parametrize("link", [("math.floor", 1), ("math.floor", (1,), {}, 3), ()])
def test_a_link_that_is_none_is_refused(link):
    with pytest.raises(InvalidField, match="a link of a chain"):
        async_chain([link])


def test_nothing_is_not_run():
    with pytest.raises(InvalidField, match="args_iter"):
        async_iter("math.floor", [])
    with pytest.raises(InvalidField, match="nothing in it"):
        async_chain([])
    for run in (async_iter, async_chain):
        with pytest.raises(InvalidField, match="grup"):
            run(*(["math.floor"] if run is async_iter else []), [1], grup="g")


# -- objects ----------------------------------------------------------------------------------


def test_a_change_makes_the_result_a_strangers():
    task = AsyncTask("math.floor", 1.5, group="math")
    assert (task.id, task.started, task.result(LONG), task.fetch()) == (
        None,
        False,
        None,
        None,
    )
    task.cached = True
    first = task.run()
    assert (task.id, task.started) == (first, True)
    assert task.result(wait=-1) == 1
    assert task.fetch(wait=LONG).group == "math"
    task.args = (2.5,)
    assert (task.id, task.started, task.result()) == (None, False, None)
    assert task.result_group() == task.fetch_group() == []
    task.run()
    assert task.result(wait=LONG) == 2
    assert 2 in task.result_group(wait=LONG)
    assert {one.func for one in task.fetch_group()} == {"math.floor"}
    for name, value in (("func", "math.ceil"), ("kwargs", {}), ("group", "else")):
        setattr(task, name, value)
        assert not task.started
        task.run()
    with pytest.raises(InvalidField):
        Iter("math.floor", [1], grup="g")


def test_an_iteration_as_an_object():
    several = Iter("math.copysign", cached=True)
    several.append(1, -1)
    assert several.append(2, -1) == several.length() == 2
    assert several.result() is None
    several.run()
    assert several.result(wait=LONG) == [-1.0, -2.0]
    assert several.fetch().result == [-1.0, -2.0]
    several.append(3, 1)
    assert several.result() is None


def test_a_chain_as_an_object():
    chain = Chain(cached=True)
    chain.append("math.copysign", 1, -1)
    assert chain.append("math.floor", 1.5) == chain.length() == 2
    assert (chain.current(), chain.result(), chain.fetch()) == (0, None, [])
    chain.run()
    assert chain.result(wait=LONG) == [-1.0, 1]
    assert chain.current() == 2
    assert [one.success for one in chain.fetch()] == [True, True]
