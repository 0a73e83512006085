"""Apps of both kinds for tests of plugins, and a plugin that listens."""

from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import pytest

from qtasks import QueueTasks as SyncApp
from qtasks.asyncio import QueueTasks as AsyncApp
from qtasks.brokers.local import LocalBroker
from qtasks.config import QueueConfig
from qtasks.plugins import (
    BasePlugin,
)
from qtasks.storages.memory import MemoryStorage

KINDS = {"async": AsyncApp, "sync": SyncApp}


BOTH = pytest.mark.parametrize("kind", list(KINDS))


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
