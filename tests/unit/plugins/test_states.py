"""States: values that tasks leave for one another, in this process and with the broker."""

import anyio
import anyio.to_thread
import pytest

from qtasks.asyncio import QueueTasks
from qtasks.brokers.local import LocalBroker
from qtasks.errors import (
    InvalidField,
    StateNotConfigured,
    Unserializable,
    WrongColour,
)
from qtasks.plugins import AsyncState, SyncState
from qtasks.plugins.states import StatePlugin
from qtasks.storages.memory import MemoryStorage
from qtasks.task.definition import TaskDefinition


class Local(AsyncState):
    """In this process."""


class Shared(AsyncState, shared=True):
    """With the broker."""


class LocalSync(SyncState):
    """In this process."""


class SharedSync(SyncState, shared=True):
    """With the broker."""


class Attempt:
    def __init__(self, func):
        self.task_func = TaskDefinition(name="task", func=func)


@pytest.fixture
async def app():
    async with QueueTasks(broker=LocalBroker(MemoryStorage())) as made:
        yield made


async def state_of(plugin, kind):
    def plain(number, state: kind):
        pass

    async def coroutine(number, state: kind):
        pass

    attempt = Attempt(coroutine if issubclass(kind, AsyncState) else plain)
    changed = await plugin.trigger(
        "task_executor_args_replace", task_executor=attempt, args=[7], kw={}
    )
    number, state = changed["args"]
    assert number == 7
    return state


@pytest.mark.parametrize("kind", [Local, Shared])
async def test_values_by_key(app, kind):
    state = await state_of(StatePlugin(app=app), kind)
    assert await state.get("a") is None
    assert await state.get("a", 5) == 5
    await state.set("a", 1)
    await state.set("b", [1, {"x": None}])
    assert await state.get("a") == 1
    assert await state.get() == await state.get_all() == {"a": 1, "b": [1, {"x": None}]}
    assert sorted(await state.keys()) == ["a", "b"]
    assert await state.update("a", lambda value: value + 1) == 2
    assert await state.update("c", lambda value: value or "new") == "new"
    assert await state.update(a=3, d=4) == await state.get_all()
    await state.delete("a")
    await state.delete("never there")
    assert sorted(await state.keys()) == ["b", "c", "d"]
    await state.clear()
    assert await state.keys() == []


@pytest.mark.parametrize("kind", [LocalSync, SharedSync])
async def test_values_by_key_in_a_thread(app, kind):
    plugin = StatePlugin(app=app)
    state = await state_of(plugin, kind)

    def work():
        state.set("a", 1)
        state.update("a", lambda value: value + 1)
        state.update(b=1)
        state.set("c", 1)
        state.delete("c")
        found = state.get("a"), state.get("z", 9), state.get_all(), state.keys()
        state.clear()
        return (*found, state.get())

    seen = await anyio.to_thread.run_sync(work)
    assert seen == (2, 9, {"a": 2, "b": 1}, ["a", "b"], {})


@pytest.mark.parametrize("kind", [LocalSync, SharedSync])
async def test_changes_of_many_threads_do_not_get_lost(app, kind):
    state = await state_of(StatePlugin(app=app), kind)

    def work():
        for _ in range(20):
            state.update("n", lambda value: (value or 0) + 1)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(anyio.to_thread.run_sync, work)
    assert await anyio.to_thread.run_sync(state.get, "n") == 100


async def test_changes_of_two_workers_do_not_get_lost(app):
    states = [await state_of(StatePlugin(app=app), Shared) for _ in range(2)]
    assert states[0] is not states[1]

    async def work(state):
        for _ in range(50):
            await state.update("n", lambda value: (value or 0) + 1)

    async with anyio.create_task_group() as tasks:
        for state in states:
            tasks.start_soon(work, state)
    assert await states[0].get("n") == 100


async def test_one_object_of_a_class_in_a_worker(app):
    plugin = StatePlugin(app=app)
    assert await state_of(plugin, Local) is await state_of(plugin, Local)
    assert await state_of(plugin, Local) is not await state_of(plugin, Shared)


async def test_a_state_is_no_part_of_what_callers_give():
    async def task(number, state: Local):
        pass

    assert str(TaskDefinition(name="task", func=task).signature) == "(number)"


async def test_a_state_made_outside_a_worker_says_where_it_comes_from():
    with pytest.raises(StateNotConfigured, match="state: Local"):
        await Local().get("a")
    with pytest.raises(StateNotConfigured):
        LocalSync().set("a", 1)


async def test_a_shared_state_needs_an_app():
    with pytest.raises(StateNotConfigured, match="knows no app"):
        await state_of(StatePlugin(), Shared)


async def test_a_shared_value_must_be_json(app):
    state = await state_of(StatePlugin(app=app), Shared)
    with pytest.raises(Unserializable, match="'a' is no JSON value"):
        await state.set("a", object())


async def test_update_says_how_it_is_called(app):
    state = await state_of(StatePlugin(app=app), Local)
    with pytest.raises(InvalidField, match="a key with a function"):
        await state.update("a")

    async def change(value):
        return value

    with pytest.raises(InvalidField, match="a plain function"):
        await state.update("a", change)


async def test_states_the_task_could_not_use_are_refused():
    def plain(state: Local):
        pass

    async def coroutine(state: SharedSync):
        pass

    with pytest.raises(WrongColour, match="derive Local from SyncState"):
        TaskDefinition(name="plain", func=plain)
    with pytest.raises(WrongColour, match="derive SharedSync from AsyncState"):
        TaskDefinition(name="coroutine", func=coroutine)
