"""Plugins in running apps of both kinds: what they hear, what they change."""

import logging
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import pydantic
import pytest

from qtasks import QueueTasks as SyncApp
from qtasks.asyncio import QueueTasks as AsyncApp
from qtasks.brokers.local import LocalBroker
from qtasks.config import QueueConfig
from qtasks.errors import (
    PluginFailed,
    UnknownComponent,
    UnknownTrigger,
    WrongColour,
    WrongComponent,
)
from qtasks.plugins import (
    AsyncRetryPlugin,
    AsyncState,
    BasePlugin,
    Depends,
    SyncRetryPlugin,
    SyncState,
)
from qtasks.storages.memory import MemoryStorage

KINDS = {"async": AsyncApp, "sync": SyncApp}
BOTH = pytest.mark.parametrize("kind", list(KINDS))


class User(pydantic.BaseModel):
    name: str


class Count(AsyncState):
    pass


class Tally(SyncState):
    pass


def made(kind, **settings):
    config = QueueConfig(cancel_grace=0.05, drain_timeout=5.0, **settings)
    return KINDS[kind](broker=LocalBroker(MemoryStorage()), config=config)


@asynccontextmanager
async def working(app):
    """The asynchronous face of an app, with a worker."""
    async with app.asyncio as face, face.worker():
        yield face


async def submitted(app, *args, **kw):
    """Submit as a program of this kind does, and wait for the end."""
    if app.colour == "async":
        return await app.add_task(*args, **kw, timeout=30)
    return await anyio.to_thread.run_sync(lambda: app.add_task(*args, **kw, timeout=30))


def plugin_of(kind, answers):
    """A plugin whose handlers return what is given, and remember what they got."""
    heard = []

    def handler(trigger, answer):
        def plain(**given):
            heard.append((trigger, given))
            return answer(given) if callable(answer) else answer

        async def coroutine(**given):
            return plain(**given)

        return coroutine if kind == "async" else plain

    plugin = BasePlugin("listener")
    plugin.handlers = {name: handler(name, one) for name, one in answers.items()}
    plugin.heard = heard
    return plugin


# -- submitting and looking ------------------------------------------------------------------


@BOTH
async def test_a_plugin_changes_only_what_it_names(kind):
    app = made(kind)

    @app.task
    def echo(*args, **kw):
        return [list(args), kw]

    plugin = plugin_of(kind, {"qtasks_add_task_before_broker": {"priority": 4}})
    app.add_plugin(plugin, ["qtasks_add_task_before_broker"])
    async with working(app):
        task = await submitted(app, "echo", 1, x=2)
    assert (task.priority, task.returning) == (4, [[1], {"x": 2}])
    ((_, given),) = plugin.heard
    assert given["qtasks"] is app
    assert (given["task_name"], given["args"], given["kw"]) == ("echo", [1], {"x": 2})


@BOTH
async def test_a_plugin_may_send_another_task_with_other_arguments(kind):
    app = made(kind)

    @app.task
    def one():
        return "one"

    @app.task
    def two(number):
        return number

    answer = {"task_name": "two", "args": [7], "extra": {"by": "plugin", "n": 1}}
    app.add_plugin(plugin_of(kind, {"qtasks_add_task_before_broker": answer}))
    async with working(app):
        task = await submitted(app, "one")
    assert (task.task_name, task.returning) == ("two", 7)
    assert task.metadata == {"by": "plugin", "n": "1"}


@BOTH
async def test_the_moments_of_a_submit_come_in_order(kind):
    app = made(kind)

    @app.task
    def double(number):
        return number * 2

    heard = []
    for component, triggers in {
        None: ["qtasks_add_task_before_broker", "qtasks_add_task_after_broker"],
        "broker": ["broker_add_before", "broker_add_after"],
        "storage": ["storage_add"],
    }.items():
        plugin = plugin_of(kind, dict.fromkeys(triggers))
        plugin.heard = heard
        for name in triggers:
            plugin.handlers[name] = plugin_of(
                kind, {name: lambda _, name=name: heard.append(name)}
            ).handlers[name]
        app.add_plugin(plugin, triggers, component)
    async with working(app):
        assert (await submitted(app, "double", 2)).returning == 4
    assert heard == [
        "qtasks_add_task_before_broker",
        "broker_add_before",
        "storage_add",
        "broker_add_after",
        "qtasks_add_task_after_broker",
    ]


@BOTH
async def test_the_broker_s_plugins_change_the_model(kind):
    app = made(kind)

    @app.task
    def double(number):
        return number * 2

    def change(given):
        given["model"].args = "[21]"
        given["model"].priority = 3
        return {"model": given["model"]}

    app.add_plugin(plugin_of(kind, {"broker_add_before": change}), component="broker")
    async with working(app):
        task = await submitted(app, "double", 1)
    assert (task.returning, task.priority) == (42, 3)


@BOTH
async def test_many_tasks_submitted_together_pass_the_plugins_too(kind):
    app = made(kind)

    @app.task
    def double(number):
        return number * 2

    plugin = plugin_of(
        kind, {"qtasks_add_task_before_broker": lambda g: {"args": [g["args"][0] + 1]}}
    )
    app.add_plugin(plugin)
    async with working(app) as face:
        handles = await face.add_tasks([face.call("double", (n,), {}) for n in (1, 2)])
        assert [await one.result(30) for one in handles] == [4, 6]


@BOTH
async def test_a_look_passes_the_plugins(kind):
    app = made(kind)

    @app.task
    def double(number):
        return number * 2

    def mark(given):
        given["task"].seen_by = "plugin"

    storage = plugin_of(kind, {"storage_get": None})
    app.add_plugin(storage, ["storage_get"], "storage")
    app.add_plugin(plugin_of(kind, {"broker_get": None}), ["broker_get"], "broker")
    own = plugin_of(kind, {"qtasks_get": mark})
    app.add_plugin(own, ["qtasks_get"])
    async with working(app):
        task = await submitted(app, "double", 1)
        if kind == "async":
            found = await app.get(task.uuid)
        else:
            found = await anyio.to_thread.run_sync(app.get, task.uuid)
    assert found.returning == 2
    assert storage.heard[0][1]["result"].uuid == task.uuid
    assert type(own.heard[0][1]["task"]) is type(found)


# -- running ---------------------------------------------------------------------------------


@BOTH
async def test_a_worker_s_plugin_replaces_arguments_and_results(kind):
    app = made(kind)

    @app.task
    def double(number):
        return number * 2

    answers = {
        "task_executor_args_replace": lambda given: {"args": [given["args"][0] + 1]},
        "task_executor_after_execute_result_replace": lambda g: {
            "result": [g["result"]]
        },
    }
    app.add_plugin(plugin_of(kind, answers), list(answers), component="worker")
    async with working(app):
        assert (await submitted(app, "double", 1)).returning == [4]


@BOTH
@pytest.mark.parametrize("colour", ["plain", "coroutine"])
async def test_dependencies_states_and_models_together(kind, colour):
    app = made(kind)
    log = []

    def base():
        log.append("open")
        yield "base"
        log.append("close")

    async def upper(base=Depends(base)):
        return base + "!"

    if colour == "plain":

        @app.task
        def work(state: Tally, user: User, db: Depends(upper), n: int = 1) -> User:
            state.update("n", lambda value: (value or 0) + n)
            return User(name=f"{user.name} {db} {state.get('n')}")
    else:

        @app.task
        async def work(
            state: Count, user: User, db: Depends(upper), n: int = 1
        ) -> User:
            await state.update("n", lambda value: (value or 0) + n)
            return User(name=f"{user.name} {db} {await state.get('n')}")

    async with working(app):
        first = await submitted(app, "work", User(name="Ada"))
        second = await submitted(app, "work", {"name": "Bob"}, n=2)
    assert first.returning == {"name": "Ada base! 1"}
    assert second.returning == {"name": "Bob base! 3"}
    assert log == ["open", "close"] * 2


@BOTH
@pytest.mark.parametrize("scope", ["worker", "broker", "storage", "global_config"])
async def test_a_lasting_dependency_is_shared_and_closed_with_the_worker(kind, scope):
    app = made(kind)
    log = []

    async def connection():
        log.append("open")
        yield "made"
        log.append("close")

    @app.task
    def plain(db=Depends(connection, scope=scope)):
        return db

    @app.task
    async def coroutine(db=Depends(connection, scope=scope)):
        return db

    async with working(app):
        for name in ("plain", "coroutine", "plain"):
            assert (await submitted(app, name)).returning == "made"
        assert log == ["open"]
    assert log == ["open", "close"]


@pytest.mark.parametrize("how", ["error", "cancel", "timeout"])
async def test_dependencies_are_closed_however_a_task_ends(how):
    app = made("async")
    log, running = [], anyio.Event()

    async def session():
        try:
            yield
        except BaseException as error:
            log.append(type(error).__name__)
            raise
        finally:
            log.append("closed")

    @app.task(max_time=0.05 if how == "timeout" else None)
    async def work(_session=Depends(session)):
        running.set()
        if how == "error":
            raise ValueError("no")
        await anyio.sleep_forever()

    async with working(app):
        handle = await app.add_task("work")
        await running.wait()
        if how == "cancel":
            await handle.cancel()
        await handle.wait(30)
        assert handle.status == ("cancel" if how == "cancel" else "error")
    assert log == ["ValueError" if how == "error" else "CancelledError", "closed"]


@BOTH
async def test_an_argument_that_is_not_valid_is_the_task_s_error_at_once(kind):
    app = made(kind)

    @app.task(retry=3, retry_backoff=0)
    def greet(user: User):
        return user.name

    async with working(app):
        task = await submitted(app, "greet", {"nam": "Ada"})
    assert (task.status, task.attempt) == ("error", 1)
    assert task.failure.reason == "rejected"
    assert task.failure.details["parameter"] == "user"
    assert "Field required" in task.failure.message


@BOTH
@pytest.mark.parametrize(("answer", "attempts"), [(False, 1), (True, 3), (0, 3)])
async def test_a_retry_strategy_of_the_user_s_own(kind, answer, attempts):
    app = made(kind)
    base = AsyncRetryPlugin if kind == "async" else SyncRetryPlugin

    class Strategy(base):
        def decide(self, **_):
            return answer

    @app.task(retry=2, retry_backoff=0, retry_on_exc=[KeyError])
    def fail():
        raise ValueError("no")

    app.add_plugin(Strategy(), component="worker")
    async with working(app):
        task = await submitted(app, "fail")
    assert (task.status, task.attempt) == ("error", attempts)


# -- mistakes --------------------------------------------------------------------------------


@BOTH
async def test_a_plugin_that_raises_is_skipped_or_fatal_as_settings_say(kind, caplog):
    caplog.set_level(logging.ERROR)

    def broken(_):
        raise ValueError("no")

    for errors in ("skip", "fatal"):
        app = made(kind, plugin_errors=errors)

        @app.task
        def one():
            return 1

        app.add_plugin(plugin_of(kind, {"qtasks_add_task_before_broker": broken}))
        async with working(app):
            if errors == "skip":
                assert (await submitted(app, "one")).returning == 1
                assert caplog.records[-1].plugin == "listener"
            else:
                with pytest.raises(
                    PluginFailed, match="'listener' failed at qtasks_add"
                ):
                    await submitted(app, "one")


@BOTH
def test_mistakes_of_add_plugin_are_told_at_once(kind):
    app = made(kind)
    plugin = plugin_of(kind, {})
    with pytest.raises(UnknownComponent, match="did you mean 'worker'"):
        app.add_plugin(plugin, component="wroker")
    with pytest.raises(UnknownTrigger, match="component='storage'"):
        app.add_plugin(plugin, ["storage_get"], component="broker")
    with pytest.raises(UnknownTrigger, match="did you mean 'qtasks_get'"):
        app.add_plugin(plugin, ["qtasks_gett"])
    with pytest.raises(WrongComponent, match=r"write BasePlugin\(\)"):
        app.add_plugin(BasePlugin)
    with pytest.raises(WrongComponent, match="derive its class from"):
        app.add_plugin(object())

    class Unready(BasePlugin):
        def __init__(self):
            pass

    with pytest.raises(WrongComponent, match="super"):
        app.add_plugin(Unready())


@BOTH
@pytest.mark.parametrize("component", [None, "worker", "storage", "starter"])
def test_a_plugin_of_the_other_colour_is_refused(kind, component):
    other = "sync" if kind == "async" else "async"
    with pytest.raises(WrongColour, match=f"this app is {kind}"):
        made(kind).add_plugin(
            plugin_of(other, {"worker_start": None}), ["-"], component=component
        )


async def test_a_state_a_task_could_not_use_is_told_at_the_decorator():
    app = made("async")

    def plain(state: Count):
        pass

    with pytest.raises(WrongColour, match="can't await"):
        app.task(plain)
    assert "plain" not in app.tasks
