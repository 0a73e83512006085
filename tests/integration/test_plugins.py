"""Plugins in running apps of both kinds: what they hear, what they change."""

import anyio
import anyio.to_thread
import pydantic
import pytest

from qtasks.plugins import (
    AsyncRetryPlugin,
    AsyncState,
    Depends,
    SyncRetryPlugin,
    SyncState,
)
from tests.integration.plugin_rig import BOTH, made, plugin_of, submitted, working


class User(pydantic.BaseModel):
    name: str


class Count(AsyncState):
    pass


class Tally(SyncState):
    pass


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
