"""Plugins and functions of events that are added while a worker runs, or watch it."""

import anyio
import pytest

from qtasks.plugins import AsyncTestPlugin, SyncTestPlugin
from tests.integration.plugin_rig import BOTH, made, plugin_of, submitted, working


@BOTH
@pytest.mark.parametrize(
    ("component", "trigger", "answer"),
    [
        ("worker", "task_executor_args_replace", {"args": [20]}),
        ("worker", "worker_add", {"args": [20]}),
        ("broker", "broker_add_worker", {"args": [20]}),
    ],
)
async def test_a_plugin_takes_part_from_the_next_attempt_on(
    kind, component, trigger, answer
):
    app = made(kind)

    @app.task
    def double(number):
        return number * 2

    async with working(app):
        assert (await submitted(app, "double", 1)).returning == 2
        app.add_plugin(plugin_of(kind, {trigger: answer}), [trigger], component)
        assert (await submitted(app, "double", 1)).returning == 40


@BOTH
async def test_a_function_of_an_event_is_called_from_the_next_attempt_on(kind):
    app = made(kind)
    seen = []

    @app.task
    def double(number):
        return number * 2

    async with working(app):
        await submitted(app, "double", 1)
        if kind == "async":

            @app.events.on.task_success
            async def tell(model, **_):
                seen.append(model.returning)

        else:

            @app.events.on.task_success
            def tell(model, **_):
                seen.append(model.returning)

        await submitted(app, "double", 2)
    assert seen == [4]


async def test_a_worker_that_stops_tells_of_its_last_outcome_first():
    app = made("async")
    seen = []
    reported, may_end = anyio.Event(), anyio.Event()

    @app.task
    def double(number):
        return number * 2

    @app.events.on.task_success
    async def tell(model, **_):
        reported.set()
        await may_end.wait()
        seen.append(model.returning)

    @app.events.on.worker_stopping
    async def stopping(**_):
        may_end.set()

    async with working(app) as face:
        await face.add_task("double", 2)
        await reported.wait()
        assert not seen
    assert seen == [4]


@BOTH
async def test_events_tell_of_the_worker(kind):
    app = made(kind)
    seen = []

    def tell(event):
        def plain(worker, number):
            assert worker is app.worker
            seen.append((event, number))

        async def coroutine(worker, number):
            plain(worker, number)

        getattr(app.events.on, event)(coroutine if kind == "async" else plain)

    tell("worker_running")
    tell("worker_stopping")
    async with working(app):
        assert seen == [("worker_running", 0)]
    assert seen == [("worker_running", 0), ("worker_stopping", 0)]


@BOTH
async def test_tasks_that_are_tests_are_marked(kind):
    app = made(kind)
    app.add_plugin(
        {"async": AsyncTestPlugin, "sync": SyncTestPlugin}[kind](), component="worker"
    )
    watching = plugin_of(kind, {"worker_execute_after": None, "broker_update": None})
    app.add_plugin(watching, ["worker_execute_after"], "worker")
    app.add_plugin(watching, ["broker_update"], "broker")

    @app.task(test="nightly")
    def checked():
        pass

    @app.task
    def plain():
        pass

    async with working(app):
        await submitted(app, "checked")
        await submitted(app, "plain")
    begun = [
        g["kw"]["mapping"] for name, g in watching.heard if name == "broker_update"
    ]
    ended = [g["model"] for name, g in watching.heard if name == "worker_execute_after"]
    for marked, unmarked in (begun, ended):
        assert marked.extra == {"is_testing": "nightly"}
        assert unmarked.extra == {}
