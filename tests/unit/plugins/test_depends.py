"""Dependencies: what fills a parameter, how long it lasts, and how it is closed."""

import contextlib
import logging
import threading
from typing import Annotated

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from qtasks.colours import drive
from qtasks.plugins import Depends
from qtasks.plugins.depends import DependsPlugin, ScopeEnum
from qtasks.task.definition import TaskDefinition
from qtasks.triggers import Plugins


class Attempt:
    """What the plugin sees of an executor."""

    def __init__(self, definition):
        self.task_func = definition
        self.error = None


class Desk:
    """A worker's plugin, and attempts that open and close what they need."""

    def __init__(self):
        self.plugins = Plugins("worker")
        self.plugin = DependsPlugin()
        self.plugins.add(self.plugin)

    async def begin(self, func, *args, echo=False, **kw):
        attempt = Attempt(TaskDefinition(name="task", func=func, echo=echo))
        changed = await self.plugins.fire(
            "task_executor_args_replace",
            task_executor=attempt,
            args=list(args),
            kw=kw,
            args_info=[],
        )
        return attempt, changed["args"], changed["kw"]

    async def end(self, attempt, error=None):
        attempt.error = error
        await self.plugins.fire(
            "task_executor_task_close",
            task_executor=attempt,
            task_func=attempt.task_func,
            task_broker=None,
        )

    async def run(self, func, *args, **kw):
        attempt, args, kw = await self.begin(func, *args, **kw)
        try:
            result = func(*args, **kw)
        except Exception as error:
            await self.end(attempt, error)
            raise
        await self.end(attempt)
        return result


@pytest.fixture
def desk():
    return Desk()


def plain():
    return "made"


async def coroutine():
    return "made"


def generator():
    yield "made"


async def async_generator():
    yield "made"


@contextlib.contextmanager
def managed():
    yield "made"


@contextlib.asynccontextmanager
async def async_managed():
    yield "made"


class Managed:
    def __enter__(self):
        return "made"

    def __exit__(self, *error):
        pass


class Callable:
    def __call__(self):
        yield "made"


KINDS = [
    plain,
    coroutine,
    generator,
    async_generator,
    managed,
    async_managed,
    Managed,
    Callable(),
]


@pytest.mark.parametrize("func", KINDS)
@pytest.mark.parametrize("scope", list(ScopeEnum))
async def test_all_kinds_of_dependencies_in_all_scopes(desk, func, scope):
    def task(one=Depends(func, scope=scope)):
        return one

    assert await desk.run(task) == "made"
    await desk.plugin.release()


@pytest.mark.parametrize("func", KINDS)
@pytest.mark.parametrize("scope", ["task", "worker"])
async def test_the_same_from_a_thread(desk, func, scope):
    def task(one=Depends(func, scope=scope)):
        return one

    run = desk.run
    assert await anyio.to_thread.run_sync(lambda: drive(run(task))) == "made"
    await desk.plugin.release()


def by_default(first, one=Depends(plain), *rest):
    return first, one, rest


def by_annotation(first, one: Depends(plain)):
    return first, one, ()


def by_note(first, one: Annotated[str, Depends(plain)]):
    return first, one, ()


def by_name(first, *, one=Depends(plain)):
    return first, one, ()


def in_front(one: Depends(plain), first):
    return first, one, ()


@pytest.mark.parametrize(
    "task", [by_default, by_annotation, by_note, by_name, in_front]
)
async def test_all_forms_leave_the_caller_s_arguments_in_place(desk, task):
    assert await desk.run(task, 1) == (1, "made", ())
    assert await desk.run(task, first=1) == (1, "made", ())


async def test_a_dependency_between_positional_arguments(desk):
    assert await desk.run(by_default, 1, 2, 3) == (1, "made", (2, 3))


async def test_the_task_object_of_echo_stays_in_front(desk):
    def task(self, one: Depends(plain), number):
        return self, one, number

    _, args, kw = await desk.begin(task, "self", 7, echo=True)
    assert task(*args, **kw) == ("self", "made", 7)


async def test_one_scope_has_one_of_each_and_closes_in_reverse(desk):
    log = []

    def base():
        log.append("base opened")
        yield object()
        log.append("base closed")

    async def upper(base=Depends(base)):
        log.append("upper opened")
        yield base
        log.append("upper closed")

    def task(one=Depends(upper), two=Depends(base)):
        return one is two

    assert await desk.run(task)
    assert log == ["base opened", "upper opened", "upper closed", "base closed"]


async def test_what_the_task_raised_is_raised_at_the_yield(desk):
    seen = []

    def session():
        try:
            yield
        except ValueError as error:
            seen.append(str(error))
            raise

    def task(_one=Depends(session)):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await desk.run(task)
    assert seen == ["no"]


async def test_failing_to_close_fails_a_task_that_had_succeeded(desk):
    def session():
        yield
        raise OSError("not committed")

    def task(_one=Depends(session)):
        return "done"

    with pytest.raises(OSError, match="not committed"):
        await desk.run(task)


async def test_failing_to_close_does_not_hide_the_task_s_error(desk, caplog):
    caplog.set_level(logging.ERROR)
    closed = []

    def outer():
        try:
            yield
        finally:
            closed.append("outer")

    def session(_outer=Depends(outer)):
        try:
            yield
        finally:
            raise OSError("not closed")

    def task(_one=Depends(session)):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await desk.run(task)
    assert closed == ["outer"]
    assert "not closed" in str(caplog.records[0].exc_info[1])


async def test_what_was_open_is_closed_when_the_next_does_not_open(desk):
    closed = []

    def first():
        try:
            yield
        finally:
            closed.append("first")

    def second():
        raise OSError("no")

    def task(one=Depends(first), two=Depends(second)):
        pass

    with pytest.raises(OSError, match="no"):
        await desk.run(task)
    assert closed == ["first"]


async def test_tasks_at_once_share_one_opening(desk):
    opened, gate = [], anyio.Event()

    async def connection():
        opened.append(1)
        await gate.wait()
        yield object()
        opened.append(-1)

    def task(one=Depends(connection, scope="worker")):
        return one

    results = []

    async def run():
        results.append(await desk.run(task))

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(run)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    assert opened == [1]
    assert results[0] is results[1] is results[2]
    await desk.plugins.fire("worker_stop", worker=None)
    assert opened == [1, -1]


async def test_a_cancelled_task_does_not_spoil_the_opening_for_others(desk):
    gate = anyio.Event()

    async def connection():
        await gate.wait()
        yield "made"

    def task(one=Depends(connection, scope="worker")):
        return one

    async with anyio.create_task_group() as first:
        first.start_soon(desk.run, task)
        await anyio.wait_all_tasks_blocked()
        first.cancel_scope.cancel()
    gate.set()
    assert await desk.run(task) == "made"
    await desk.plugin.release()


async def test_an_opening_that_failed_is_tried_again(desk):
    tries = []

    def connection():
        tries.append(1)
        if len(tries) == 1:
            raise OSError("not yet")
        return "made"

    def task(one=Depends(connection, scope="broker")):
        return one

    with pytest.raises(OSError, match="not yet"):
        await desk.run(task)
    assert await desk.run(task) == "made"


@pytest.mark.parametrize("scope", ["worker", "broker", "storage", "global_config"])
async def test_each_scope_ends_with_its_component(scope):
    desk, log = Desk(), []

    def kept():
        yield "made"
        log.append("closed")

    def task(one=Depends(kept, scope=scope)):
        return one

    await desk.run(task)
    assert log == []
    await desk.plugin.trigger(f"{scope}_stop")
    assert log == ["closed"]


async def test_a_cancel_scope_in_a_lasting_dependency_is_left_where_it_was_entered(
    desk,
):
    async def pool():
        async with anyio.create_task_group():
            yield "made"

    def task(one=Depends(pool, scope="worker")):
        return one

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.run, task)
    assert await desk.run(task) == "made"
    await desk.plugin.release()


async def test_plain_functions_of_tasks_in_the_loop_run_in_threads(desk):
    def task(one=Depends(threading.get_ident)):
        return one

    assert await desk.run(task) != threading.get_ident()


def test_dependencies_are_no_part_of_what_callers_give():
    definition = TaskDefinition(name="task", func=by_default)
    assert str(definition.signature) == "(first, *rest)"
    assert definition.mismatch((1,), {}) is None
    assert definition.mismatch((), {"first": 1, "one": 2}) is not None
