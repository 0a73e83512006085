"""What is offloaded wrongly, and what is said of it."""

import math
from functools import partial

import anyio
import pytest
from anyio import to_thread

from qtasks import QueueTasks
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import (
    GroupNotFound,
    InvalidField,
    NoApp,
    OutOfRange,
    PathRefused,
    TaskNotFound,
    Unserializable,
    WrongColour,
    WrongComponent,
)
from qtasks.tasks import (
    Settings,
    Task,
    async_iter,
    async_task,
    configure,
    count_group,
    delete_cached,
    delete_group,
    fetch,
    fetch_group,
    result,
    result_group,
)
from tests.integration import offloaded_functions as functions
from tests.integration.offload_rig import HERE, LONG, app, settings
from tests.integration.test_app_sync import Working

__all__ = ["app", "settings"]  # fixtures


def test_a_path_that_no_worker_allows_is_refused_at_once():
    with pytest.raises(PathRefused, match="no worker calls") as told:
        async_task("os.system", "true")
    assert told.value.facts["path"] == "os.system"
    with pytest.raises(PathRefused):
        async_iter("os.system", ["true"])


def test_a_worker_that_calls_nothing_by_its_path_is_known():
    plain = QueueTasks("plain", broker_url="memory://")
    task = plain.task(functions.double)
    with plain, Working(plain):
        configure(app=plain)
        assert result(async_task(functions.double, 4), LONG) == 8
        assert result(async_task(task, 4), LONG) == 8
        for options in ({"hook": functions.note}, {"timeout": 30}):
            with pytest.raises(PathRefused, match="setting `importable`"):
                async_task(task, 4, q_options=options)
        with pytest.raises(PathRefused):
            async_iter(task, [4])


def test_a_worker_refuses_by_itself_what_nobody_refused_before(monkeypatch):
    monkeypatch.setattr("qtasks.tasks.offload.check_with_workers", lambda *_: None)
    for options in ({}, {"timeout": 30}):
        found = fetch(async_task("os.getcwd", q_options=options), LONG)
        assert not found.success
        assert found.result.startswith(
            "PathRefused: no worker calls 'os.getcwd' by its path"
        )


def test_what_a_module_imports_is_not_allowed_with_it():
    found = fetch(async_task(f"{HERE}.operating_system.getcwd"), LONG)
    assert not found.success
    assert "UnknownPath" in found.result
    for options in ({}, {"timeout": 30}):
        found = fetch(async_task(f"{HERE}.Path", "/", q_options=options), LONG)
        assert "is not of the module" in found.result


def test_a_task_that_is_given_more_is_only_submitted_as_itself(monkeypatch):
    assert result(async_task("echoing"), LONG) == "echoing"
    monkeypatch.setattr("qtasks.tasks.offload._found", lambda _, path: (path, None))
    found = fetch(async_task("echo.ing"), LONG)
    assert found.result.startswith("InvalidField: 'echo.ing' is the task 'echo.ing'")


@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        ((1, {2}), {}, r"argument 1 \(set\) can't travel"),
        ((), {"day": object()}, r"the argument 'day' \(object\) can't travel"),
    ],
)
def test_an_argument_that_cannot_travel_is_named(args, kwargs, words):
    with pytest.raises(Unserializable, match=words):
        async_task(functions.named, *args, **kwargs)


@pytest.mark.parametrize(
    "func", [lambda: 1, 7, "not a path", functions.Counter().count]
)
def test_a_function_that_nobody_finds_is_refused(func):
    with pytest.raises(InvalidField) as told:
        async_task(func)
    assert told.value.field == "func"
    with pytest.raises(InvalidField):
        async_task("math.floor", 1.5, hook=func)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": "long"}, "timeout"),
        ({"timeout": math.inf}, "timeout"),
        ({"cached": -1}, "cached"),
        ({"cached": "yes"}, "cached"),
        ({"cached": math.nan}, "cached"),
        ({"group": 5}, "group"),
        ({"task_name": 5}, "task_name"),
        ({"hook": 5}, "hook"),
    ],
    ids=str,
)
def test_an_option_that_is_none_is_named(options, field):
    with pytest.raises(InvalidField, match=f"^{field} ") as told:
        async_task("math.floor", 1.5, **options)
    assert told.value.field == field


@pytest.mark.parametrize("wait", [-2, -0.5, "long", None, math.nan, math.inf, True])
def test_a_wait_that_is_none_is_refused(wait):
    task_id = async_task("math.floor", 1.5)
    for look in (result, fetch, result_group, fetch_group):
        with pytest.raises(OutOfRange, match="wait must be milliseconds"):
            look(task_id, wait=wait)


def test_what_is_not_there_is_told():
    gone = "0190f0a4-7a10-7d50-8a00-000000000001"
    for look in (result, fetch, Task.get_task, delete_cached):
        with pytest.raises(TaskNotFound):
            look("nobody-is-called-this")
    for look in (result, fetch, Task.get_task):
        with pytest.raises(TaskNotFound):
            look(gone)
    with pytest.raises(TaskNotFound):
        result(gone, wait=-1)
    for look in (result_group, fetch_group, count_group, delete_group):
        with pytest.raises(GroupNotFound):
            look("no such group")
    with pytest.raises(GroupNotFound):
        result_group("no such group", wait=30, count=1)
    with pytest.raises(GroupNotFound):
        delete_group("no such group", tasks=True)


def test_no_app_is_told(monkeypatch):
    monkeypatch.setattr("qtasks.shared._Apps.last", None)
    configure(Settings())
    for options in ({}, {"sync": True}):
        with pytest.raises(NoApp):
            async_task("math.floor", 1.5, q_options=options)
    with pytest.raises(WrongComponent, match="broker must be an app"):
        async_task("math.floor", 1.5, broker="redis://")


def test_a_coroutine_is_told_not_to_block():
    app = AsyncQueueTasks("colours", broker_url="memory://")

    async def offload():
        async with app:
            with pytest.raises(WrongColour, match=r"await the app's own calls"):
                async_task("nobody_serves_this", broker=app)
            task_id = await to_thread.run_sync(
                partial(async_task, "nobody_serves_this", broker=app)
            )
            assert (await app.get(task_id)).status == "new"

    anyio.run(offload)
