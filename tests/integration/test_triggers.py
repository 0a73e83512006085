"""Every trigger of the table: that it comes, with what it gives."""

import gc
import pydoc
import sys
from datetime import datetime
from typing import Any
from uuid import UUID

import anyio
import pytest

import qtasks
import qtasks.asyncio
import qtasks.stats
from qtasks.triggers import TRIGGERS
from tests.integration.trigger_rig import app_with_ears, run_as_program, taken_over

ALL = [
    (component, name) for component, names in TRIGGERS.items() for name in sorted(names)
]
FACES = {
    # One name stands for both kinds of app in the table.
    "qtasks.QueueTasks": (qtasks.QueueTasks, qtasks.asyncio.QueueTasks),
    "qtasks.stats.AsyncStats": (qtasks.stats.AsyncStats, qtasks.stats.SyncStats),
    "Any": (object,),
    "UUID": (UUID,),
    "datetime": (datetime,),
    "None": (type(None),),
}


def kinds(typed):
    """The classes that a type of the table stands for."""
    found = []
    for one in typed.split(" | "):
        name = one.partition("[")[0]
        found += FACES.get(name) or (pydoc.locate(name),)
    return tuple(found)


@pytest.fixture(scope="module")
def heard_in():
    """What was heard in an app of a colour that did everything."""
    known: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def of(colour):
        if colour not in known:
            heard = known[colour] = []
            app = app_with_ears(colour, heard, delete_finished_tasks=True)
            run_as_program(app)
            anyio.run(app.asyncio.flush_all)
            anyio.run(taken_over, app_with_ears(colour, heard), 1)
        return known[colour]

    yield of
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)
    gc.unfreeze()


@pytest.mark.parametrize("colour", ["async", "sync"])
@pytest.mark.parametrize(("component", "name"), ALL)
def test_a_trigger_comes_with_what_the_table_says(heard_in, colour, component, name):
    trigger = TRIGGERS[component][name]
    given = [given for one, given in heard_in(colour) if one == name]
    assert given
    for one in given:
        assert one.keys() == trigger.gives.keys()
        for key, value in one.items():
            assert isinstance(value, kinds(trigger.gives[key])), (key, value)


ORDER = """storage_add_process storage_get broker_get broker_add_worker worker_add
worker_execute_before broker_update storage_update worker_run_task_before
task_executor_middlewares_execute task_executor_args_replace
task_executor_before_execute task_executor_run_task task_executor_after_execute
task_executor_after_execute_result_replace task_executor_middlewares_execute
task_executor_decode task_executor_task_close worker_remove_finished_task
broker_remove_finished_task storage_remove_finished_task worker_execute_after"""


@pytest.mark.parametrize("colour", ["async", "sync"])
def test_the_triggers_of_a_task_come_in_order(colour):
    heard = []
    app = app_with_ears(colour, heard)

    async def once():
        async with app.asyncio as face:
            handle = await face.add_task("echo", 1)
            heard.clear()
            async with face.worker():
                await handle.wait(30)

    anyio.run(once)
    names = [name for name, _ in heard]
    begin = names.index("storage_add_process")
    end = names.index("worker_execute_after")
    assert names[begin : end + 1] == ORDER.split()
