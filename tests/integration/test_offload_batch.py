"""Functions offloaded through a batch: stored together, behind the calls."""

import threading
from asyncio import CancelledError
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import anyio
import anyio.to_thread
import pytest

from qtasks import QueueTasks
from qtasks.errors import (
    AppStopped,
    BrokerUnavailable,
    InvalidField,
    PathRefused,
    QtasksError,
    SubmitRefused,
    Unserializable,
)
from qtasks.tasks import (
    Iter,
    async_chain,
    async_iter,
    async_task,
    batch,
    fetch,
    get_broker,
    queue_size,
    result,
    result_group,
)
from qtasks.tasks.batches import MAX_TASKS
from tests.integration import offloaded_functions as functions
from tests.integration.offload_rig import LONG, app, settings
from tests.integration.plugin_rig import plugin_of
from tests.ports import free_port

__all__ = ["app", "settings"]  # fixtures

TOO_LONG = "x" * 1000
"""A label that a broker refuses."""


def test_all_is_stored_when_the_batch_ends():
    with batch() as broker:
        ids = [
            async_task("math.floor", number + 0.5, broker=broker, cached=True)
            for number in range(1200)
        ]
    assert [result(task_id, LONG) for task_id in ids] == list(range(1200))


def test_tasks_do_not_wait_for_the_end_of_the_batch():
    with batch() as broker:
        async_task(functions.note, "run", broker=broker)
        assert functions.NOTED.wait(LONG / 1000)
    assert functions.SEEN == ["run"]


def test_calls_of_all_kinds_go_through_it():
    with batch() as broker:
        iterated = async_iter("math.floor", [1.5, 2.5], broker=broker)
        chained = async_chain([("math.floor", (3.5,)), "math.gcd"], broker=broker)
        task = Iter("math.floor", [4.5], broker=broker)
        task.run()
        hooked = async_task(
            "math.floor", 5.5, hook=functions.note, broker=broker, group="hooked"
        )
        assert queue_size(broker) >= 0
        assert get_broker(broker) is get_broker()
    assert result(iterated, LONG) == [1, 2]
    assert result_group(chained, wait=LONG, count=2) == [3, 0]
    assert task.result(wait=LONG) == [4]
    assert functions.NOTED.wait(LONG / 1000)
    assert [task.id for task in functions.SEEN] == [hooked]


def test_what_travels_is_what_was_given():
    row = [1]
    with batch() as broker:
        first = async_task(functions.double, row, broker=broker)
        row.append(2)
        second = async_task(functions.double, row, broker=broker)
    assert [result(one, LONG) for one in (first, second)] == [[1, 1], [1, 2, 1, 2]]


def test_more_than_there_is_room_for_waits_for_room():
    """From several threads at once, while none of it is run."""
    many, threads = MAX_TASKS // 2, 3

    def submit(broker):
        for number in range(many):
            async_task("nobody", number, broker=broker, group="crowd")

    before = queue_size()
    with batch() as broker, ThreadPoolExecutor(threads) as pool:
        list(pool.map(submit, [broker] * threads))
    assert queue_size() - before == many * threads


def test_plugins_see_what_is_submitted():
    plugin = plugin_of("sync", {"qtasks_add_task_before_broker": {"priority": 4}})
    with QueueTasks("seen", broker_url="memory://") as seen:
        seen.add_plugin(plugin, ["qtasks_add_task_before_broker"])
        with batch(seen) as broker:
            task_id = async_task("nobody", broker=broker)
        task = seen.get(task_id)
    assert (task.task_name, task.priority) == ("nobody", 4)
    assert len(plugin.heard) == 1


class Telling(threading.Condition):
    """Tells when somebody waits."""

    def __init__(self):
        super().__init__()
        self.waited = threading.Event()

    def wait(self, timeout=None):
        self.waited.set()
        return super().wait(timeout)


@pytest.mark.parametrize(("size", "count"), [(1, MAX_TASKS), (1_000_000, 67)])
def test_what_is_not_stored_yet_is_bounded(app, monkeypatch, size, count):
    """In tasks and in bytes; who submits more waits until some of it is stored."""
    gate, submitted = threading.Event(), []
    broker = batch()
    broker._changed = full = Telling()

    async def late(calls, tasks, store=app.asyncio.store):
        await anyio.to_thread.run_sync(gate.wait)
        return await store(calls, tasks)

    def submit():
        with broker:
            submitted.extend(
                async_task("nobody", "x" * size, broker=broker)
                for _ in range(count + 1)
            )

    monkeypatch.setattr(app.asyncio, "store", late)
    with ThreadPoolExecutor() as pool:
        done = pool.submit(submit)
        assert full.waited.wait(LONG / 1000)
        assert len(submitted) == count
        gate.set()
        done.result(timeout=LONG / 1000)
    assert app.get(submitted[-1]).task_name == "nobody"


# -- what goes wrong -------------------------------------------------------------------


def test_what_cannot_travel_is_told_at_the_call():
    with batch() as broker:
        with pytest.raises(Unserializable, match=r"argument 0 \(object\) can't travel"):
            async_task("math.floor", object(), broker=broker)
        with pytest.raises(PathRefused):
            async_task("os.getcwd", broker=broker)
        good = async_task("math.floor", 1.5, broker=broker)
    assert result(good, LONG) == 1


def test_what_is_refused_is_told_at_the_end():
    with pytest.raises(SubmitRefused) as told, batch() as broker:  # noqa: PT012
        good = [async_task("math.floor", 1.5, broker=broker)]
        bad = async_task("math.floor", 2.5, group=TOO_LONG, broker=broker)
        good += [async_task("math.floor", 3.5, broker=broker)]
    assert told.value.message.startswith(f"1 refused; task {bad}: ")
    assert list(told.value.errors) == [bad]
    assert told.value.errors[bad].field.endswith("group")
    assert [result(one, LONG) for one in good] == [1, 3]


def test_an_error_in_the_block_keeps_nothing_from_being_stored():
    stored = []
    with pytest.raises(ZeroDivisionError) as told, batch() as broker:  # noqa: PT012
        stored.append(async_task("math.floor", 1.5, broker=broker))
        async_task("math.floor", 2.5, group=TOO_LONG, broker=broker)
        stored.append(1 // 0)
    assert result(stored[0], LONG) == 1
    assert "1 refused; task " in told.value.__notes__[0]


def test_a_batch_that_is_over_takes_nothing():
    over = batch()
    with pytest.raises(InvalidField, match="the batch is not open"):
        async_task("math.floor", 1.5, broker=over)
    with over:
        task_id = async_task("math.floor", 1.5, broker=over)
    with pytest.raises(InvalidField, match="the batch is not open"):
        async_task("math.floor", 1.5, broker=over)
    with pytest.raises(InvalidField, match="entered once"), over:
        pass
    assert fetch(task_id, LONG).success


@pytest.fixture
def lonely():
    """An app without a broker."""
    app = QueueTasks("lonely", broker_url=f"grpc://127.0.0.1:{free_port()}")
    app.task(functions.double)
    yield app
    app.stop()


def test_a_broker_that_is_not_there_is_told(lonely):
    with pytest.raises(SubmitRefused) as told, batch(lonely) as broker:
        task_id = async_task(functions.double, 1, broker=broker)
    assert isinstance(told.value.errors[task_id], BrokerUnavailable)


def test_nothing_more_is_taken_once_the_broker_is_gone(lonely):
    with pytest.raises(BrokerUnavailable) as told, batch(lonely) as broker:  # noqa: PT012
        for number in range(10 * MAX_TASKS):
            async_task(functions.double, number, broker=broker)
    assert "refused" in told.value.__notes__[0]


@pytest.mark.parametrize("error", [ValueError("of a plugin"), CancelledError()])
def test_whatever_ends_storing_is_told_of_each_task(app, monkeypatch, error):
    gate = threading.Event()

    async def broken(*_):
        await anyio.to_thread.run_sync(gate.wait)
        raise error

    monkeypatch.setattr(app.asyncio, "store", broken)
    with pytest.raises(SubmitRefused) as told, batch() as broker:  # noqa: PT012
        ids = [async_task("nobody", broker=broker) for _ in range(3)]
        gate.set()
    assert told.value.errors.keys() == set(ids)
    reasons = set(told.value.errors.values())
    assert len(reasons) == 1
    reason = reasons.pop()
    assert isinstance(reason, AppStopped) or reason.__cause__ is error
    with pytest.raises(QtasksError) as again:
        async_task("nobody", broker=broker)
    assert again.value is reason


def test_tasks_of_one_call_are_stored_together(app, monkeypatch):
    parts = []

    async def counted(calls, tasks, store=app.asyncio.store):
        parts.append(len(tasks))
        return await store(calls, tasks)

    monkeypatch.setattr(app.asyncio, "store", counted)
    with batch() as broker:
        for _ in range(400):
            async_chain(["math.gcd"] * 3, broker=broker)
    assert sum(parts) == 1200
    assert not any(part % 3 for part in parts)


def test_an_interrupt_while_the_block_waits_says_what_may_be_lost(app, monkeypatch):
    gate = threading.Event()

    async def late(calls, tasks, store=app.asyncio.store):
        await anyio.to_thread.run_sync(gate.wait)
        return await store(calls, tasks)

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(app.asyncio, "store", late)
    monkeypatch.setattr("qtasks.tasks.batches.wait", interrupted)
    with pytest.raises(KeyboardInterrupt) as told, batch() as broker:
        task_id = async_task("math.floor", 1.5, broker=broker)
    assert told.value.__notes__ == ["1 tasks of a batch may not be stored"]
    monkeypatch.undo()
    storing = broker._storing
    gate.set()
    storing.result(timeout=LONG / 1000)
    assert result(task_id, LONG) == 1


def test_a_forked_child_leaves_the_batch_to_its_parent(monkeypatch):
    with batch() as broker:
        task_id = async_task("math.floor", 1.5, broker=broker)
        with monkeypatch.context() as child:
            child.setattr("qtasks.tasks.batches.os", SimpleNamespace(getpid=lambda: -1))
            with pytest.raises(InvalidField, match="the process that entered it"):
                async_task("math.floor", 2.5, broker=broker)
            broker.__exit__(None, None, None)
    assert result(task_id, LONG) == 1
