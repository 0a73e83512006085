"""An app whose plugins, one a component, write down every trigger that comes."""

import anyio.to_thread

from qtasks import QueueTasks as SyncApp
from qtasks.asyncio import QueueTasks as AsyncApp
from qtasks.brokers.local import LocalBroker
from qtasks.colours import called, drive
from qtasks.config import QueueConfig
from qtasks.context import TaskCancelError, TaskPluginTriggerError
from qtasks.stats import AsyncStats, SyncStats
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST
from qtasks.testing.scripted_worker import ScriptedWorker
from qtasks.triggers import COMPONENTS, BasePlugin

APPS = {"async": AsyncApp, "sync": SyncApp}
STATS = {"async": AsyncStats, "sync": SyncStats}


class AsyncEar(BasePlugin):
    """Writes down what comes, and answers what it is told to."""

    def __init__(self, heard, answers):
        super().__init__()
        self.heard = heard
        self.answers = answers

    async def trigger(self, name, **given):
        self.heard.append((name, given))
        return self.answers[name](given) if name in self.answers else None


class SyncEar(AsyncEar):
    """The same for sync apps."""

    def trigger(self, name, **given):
        self.heard.append((name, given))
        return self.answers[name](given) if name in self.answers else None


def app_with_ears(colour, heard, answers=None, **settings):
    """An app in which every component has a plugin for all of its triggers."""
    config = QueueConfig(cancel_grace=0.05, drain_timeout=5.0, **settings)
    app = APPS[colour](broker=LocalBroker(MemoryStorage(), FAST), config=config)
    ear = {"async": AsyncEar, "sync": SyncEar}[colour]
    for component in COMPONENTS:
        name = None if component == "app" else component
        app.add_plugin(
            ear(heard, {} if answers is None else answers), ["Globals"], name
        )
    _register(app)
    return app


def _register(app):
    @app.task
    def echo(*args, **kw):
        return [list(args), kw]

    @app.task
    def other(*_, **__):
        return "other"

    @app.task
    def count(upto):
        yield from range(upto)

    @app.task(retry=1)
    def fail():
        raise ValueError("no")

    @app.task
    def give_up():
        raise TaskCancelError("enough")

    @app.task
    def ask_plugin():
        raise TaskPluginTriggerError(code=1)


async def everything(app):
    """A program of either colour that does what triggers tell of."""
    for name, args in {
        "count": (2,),
        "fail": (),
        "give_up": (),
        "ask_plugin": (),
        "echo": (1,),
    }.items():
        task = await called(app.add_task, name, *args, timeout=30)
    await called(app.get, task.uuid)
    await called(app.get_all)
    await called(app.ping)
    variables = app.broker.storage.global_config
    await called(variables.set, "group", "key", 1)
    await called(variables.get, "group", "key")
    await called(variables.get_all, "group")
    await called(variables.get_match, "k*", "group")
    STATS[app.colour](app).inspect()
    await called(app.stop)


def run_as_program(app):
    """Run the app as its users do, with a task that is the program."""
    if app.colour == "async":

        @app.task
        async def program():
            await everything(app)

        @app.events.on.starting
        async def submit(**_):
            await app.add_task("program")

    else:

        @app.task
        def program():
            drive(everything(app))

        @app.events.on.starting
        def submit(**_):
            app.add_task("program")

    app.run_forever()


async def submitted(app, *args, **kw):
    """Submit as a program of this colour does, and wait for the end."""
    if app.colour == "async":
        return await app.add_task(*args, **kw, timeout=30)
    return await anyio.to_thread.run_sync(lambda: app.add_task(*args, **kw, timeout=30))


async def taken_over(app, *args):
    """Have a worker die with a task, and the app's own run it then."""
    async with app.asyncio as face:
        handle = await face.add_task("echo", *args)
        async with ScriptedWorker.connected(
            face.broker, "echo", app=face.name
        ) as dying:
            (assign,) = await dying.take()
            await dying.started(assign)
        async with face.worker():
            return await handle.wait(30)
