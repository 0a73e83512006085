"""Every answer of the table that plugins may give: that it has its effect."""

import dataclasses
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import anyio.to_thread
import pytest

from qtasks.schemas import Task
from qtasks.triggers import TRIGGERS
from tests.integration.trigger_rig import app_with_ears, submitted, taken_over

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
CHOSEN = UUID("00000000-0000-7000-8000-000000000001")


def changed(key, **fields):
    """An answer: what was given under the key, with other fields."""
    return lambda given: {key: dataclasses.replace(given[key], **fields)}


def looked(key):
    """An answer for somebody who looks at a task, not for the worker."""
    return lambda given: {key: "seen"} if isinstance(given[key], Task) else None


def always(**answer):
    return lambda _: answer


def at(trigger, key):
    """What a later trigger was given."""
    return lambda heard: next(given[key] for name, given in heard if name == trigger)


# trigger, key: the answer, the task, and what of the ended task is to be what
OF_TASKS = {
    ("qtasks_add_task_before_broker", "task_name"): ("other", "task_name", "other"),
    ("qtasks_add_task_before_broker", "priority"): (7, "priority", 7),
    ("qtasks_add_task_before_broker", "extra"): ({"a": 1}, "metadata", {"a": "1"}),
    ("qtasks_add_task_before_broker", "args"): ([9], "returning", [[9], {}]),
    ("qtasks_add_task_before_broker", "kw"): ({"k": 2}, "returning", [[1], {"k": 2}]),
    ("broker_add_before", "model"): (changed("model", priority=7), "priority", 7),
    ("storage_add", "uuid"): (CHOSEN, "uuid", CHOSEN),
    ("storage_add", "task_status"): (
        changed("task_status", priority=7),
        "priority",
        7,
    ),
    ("broker_add_worker", "args"): ([9], "returning", [[9], {}]),
    ("broker_add_worker", "kw"): ({"k": 2}, "returning", [[1], {"k": 2}]),
    ("worker_add", "args"): ([9], "returning", [[9], {}]),
    ("worker_add", "kw"): ({"k": 2}, "returning", [[1], {"k": 2}]),
    ("worker_remove_finished_task", "model"): (
        changed("model", returning="theirs"),
        "returning",
        "theirs",
    ),
    ("broker_remove_finished_task", "model"): (
        changed("model", returning="theirs"),
        "returning",
        "theirs",
    ),
    ("task_executor_args_replace", "args"): ([9], "returning", [[9], {}]),
    ("task_executor_args_replace", "kw"): ({"k": 2}, "returning", [[1], {"k": 2}]),
    ("task_executor_run_task", "result"): ("theirs", "returning", "theirs"),
    ("task_executor_after_execute_result_replace", "result"): (
        "theirs",
        "returning",
        "theirs",
    ),
    ("task_executor_decode", "result"): ("theirs", "returning", "theirs"),
    ("task_executor_run_task_gen", "results"): (["theirs"], "returning", ["theirs"]),
    ("task_executor_run_task_trigger_error", "result"): (
        "theirs",
        "returning",
        "theirs",
    ),
    ("worker_task_error_retry", "model"): (SimpleNamespace(retry=False), "attempt", 1),
}
TASKS = {
    "task_executor_run_task_gen": ("count", 3),
    "task_executor_run_task_trigger_error": ("ask_plugin",),
    "worker_task_error_retry": ("fail",),
}
# trigger, key: the answer, where it is seen later, and what of it is to be what
SEEN_LATER = {
    ("storage_add_process", "priority"): (7, "task_broker", "priority", 7),
    ("broker_add_worker", "priority"): (7, "task_broker", "priority", 7),
    ("broker_add_worker", "created_at"): (
        LONG_AGO,
        "task_broker",
        "created_at",
        LONG_AGO,
    ),
    ("worker_add", "priority"): (7, "task_broker", "priority", 7),
    ("worker_add", "created_at"): (LONG_AGO, "task_broker", "created_at", LONG_AGO),
    ("worker_run_task_before", "task_broker"): (
        changed("task_broker", priority=7),
        "task_broker",
        "priority",
        7,
    ),
    ("worker_remove_finished_task", "task_broker"): (
        changed("task_broker", priority=7),
        "task_broker",
        "priority",
        7,
    ),
}
OF_TAKEN_OVER = {
    "args": ([9], "args", [9]),
    "kw": ({"k": 2}, "kwargs", {"k": 2}),
    "priority": (7, "priority", 7),
    "created_at": (LONG_AGO, "created_at", LONG_AGO),
}
LOOKS = {
    ("qtasks_get", "task"),
    ("broker_get", "task"),
    ("storage_get", "result"),
}
VARIABLES = {
    ("global_config_set", "name"): ("g2", {"g2": {"key": 1}}),
    ("global_config_set", "key"): ("k2", {"group": {"k2": 1}}),
    ("global_config_set", "value"): (2, {"group": {"key": 2}}),
}
FOUND = {
    ("global_config_get", "get"): ("get", ("group", "key"), 5),
    ("global_config_get_all", "get"): ("get_all", ("group",), {"a": 5}),
    ("global_config_get_match", "get"): ("get_match", ("k*", "group"), {"a": 5}),
}
ALONE = {
    ("storage_get_all", "results"),
    ("broker_update", "kw"),
    ("worker_execute_before", "model"),
    ("worker_run_task_before", "task_func"),
}
COLOURS = pytest.mark.parametrize("colour", ["async", "sync"])


def answering(colour, heard, trigger, key, answer):
    answer = answer if callable(answer) else always(**{key: answer})
    return app_with_ears(colour, heard, {trigger: answer})


def test_every_answer_of_the_table_has_a_case():
    tested = (
        OF_TASKS.keys() | SEEN_LATER.keys() | LOOKS | VARIABLES.keys() | FOUND.keys()
    ) | ALONE
    tested |= {("storage_running_older_tasks", key) for key in OF_TAKEN_OVER}
    assert tested == {
        (name, key)
        for names in TRIGGERS.values()
        for name, trigger in names.items()
        for key in trigger.takes
    }


async def ran(app, name="echo", *args):
    async with app.asyncio as face, face.worker():
        return await submitted(app, name, *(args or ((1,) if name == "echo" else ())))


@COLOURS
@pytest.mark.parametrize(("trigger", "key"), OF_TASKS)
async def test_an_answer_changes_the_task(colour, trigger, key):
    answer, field, expected = OF_TASKS[trigger, key]
    app = answering(colour, [], trigger, key, answer)
    task = await ran(app, *TASKS.get(trigger, ("echo",)))
    assert getattr(task, field) == expected


@COLOURS
@pytest.mark.parametrize(("trigger", "key"), SEEN_LATER)
async def test_an_answer_is_what_later_triggers_get(colour, trigger, key):
    answer, later, field, expected = SEEN_LATER[trigger, key]
    heard = []
    await ran(answering(colour, heard, trigger, key, answer))
    assert getattr(at("worker_execute_after", later)(heard), field) == expected


@COLOURS
@pytest.mark.parametrize("key", OF_TAKEN_OVER)
async def test_a_task_that_is_taken_over_is_changed(colour, key):
    answer, field, expected = OF_TAKEN_OVER[key]
    heard = []
    app = answering(colour, heard, "storage_running_older_tasks", key, answer)
    await taken_over(app, 1)
    seen = at("worker_execute_after", "task_broker")(heard)
    assert getattr(seen, field) == expected


@COLOURS
@pytest.mark.parametrize(("trigger", "key"), sorted(LOOKS))
async def test_who_looks_gets_the_answer(colour, trigger, key):
    app = app_with_ears(colour, [], {trigger: looked(key)})
    async with app.asyncio as face:
        handle = await face.add_task("echo", 1)
        assert await face.get(handle.uuid) == "seen"


@COLOURS
async def test_who_looks_at_many_gets_the_answer(colour):
    first = {"storage_get_all": lambda given: {"results": given["results"][:1]}}
    app = app_with_ears(colour, [], first)
    async with app.asyncio as face:
        old, new = [await face.add_task("echo", n) for n in (1, 2)]
        assert [one.uuid for one in await face.get_all()] == [new.uuid]
        assert await face.get(old.uuid)


@COLOURS
@pytest.mark.parametrize(("trigger", "key"), VARIABLES)
async def test_a_variable_is_set_otherwise(colour, trigger, key):
    answer, expected = VARIABLES[trigger, key]
    app = answering(colour, [], trigger, key, answer)
    async with app.asyncio as face:
        await run(app, face.broker.storage.global_config.set, "group", "key", 1)
        for group, values in expected.items():
            config = face.broker.storage.global_config
            assert await run(app, config.get_all, group) == values


@COLOURS
@pytest.mark.parametrize(("trigger", "key"), FOUND)
async def test_another_variable_is_found(colour, trigger, key):
    method, args, expected = FOUND[trigger, key]
    app = answering(colour, [], trigger, key, expected)
    async with app.asyncio as face:
        config = face.broker.storage.global_config
        assert await run(app, getattr(config, method), *args) == expected


async def run(app, method, *args):
    """Call a method of a component as code of the app's colour does."""
    if app.colour == "async":
        return await method(*args)
    return await anyio.to_thread.run_sync(method, *args)


@COLOURS
async def test_states_that_are_reported_are_changed_on_their_way(colour):
    heard = []
    answers = {
        "worker_execute_before": changed("model", extra={"by": "worker"}),
        "broker_update": lambda given: {"kw": {**given["kw"], "name": "theirs"}},
    }
    await ran(app_with_ears(colour, heard, answers))
    kw = at("storage_update", "kw")(heard)
    assert kw["name"] == "theirs"
    assert kw["mapping"].extra == {"by": "worker"}


@COLOURS
async def test_another_function_runs(colour):
    answers = {}
    app = app_with_ears(colour, [], answers)
    answers["worker_run_task_before"] = always(task_func=app.registry.find("other"))
    assert (await ran(app)).returning == "other"
