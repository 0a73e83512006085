"""Fixtures for projects that test with pytest; there as soon as qtasks is installed.

Nothing of qtasks is loaded before a test asks for one of them. They are no coroutines,
so they work with anyio's plugin, with pytest-asyncio and without either::

    from shop import app, sync_app

    def test_multiply(qtasks_eager):
        with qtasks_eager(sync_app):
            assert sync_app.add_task("multiply", 2, 3).returning == 6

    async def test_add(qtasks_worker):
        async with qtasks_worker(app) as run:
            handle = await app.add_task("add", 2, 3, delay=3600)
            await run.advance(3600)
            assert (await handle.refresh()).returning == 5

* `qtasks_clock`: the time of the test, a `FakeClock`; all others go by it.
* `qtasks_broker`: a broker in memory, for an app that the test makes.
* `qtasks_worker`: `qtasks.testing.running` by that clock.
* `qtasks_eager`: `qtasks.testing.eager` by that clock.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from qtasks.brokers.local import LocalBroker
    from qtasks.testing.clock import FakeClock
    from qtasks.testing.inprocess import Running


@pytest.fixture
def qtasks_clock() -> "FakeClock":
    """The time of the test, which stands still until the test moves it."""
    from qtasks.testing.clock import FakeClock  # noqa: PLC0415

    return FakeClock()


@pytest.fixture
def qtasks_broker(qtasks_clock: "FakeClock") -> "LocalBroker":
    """A broker in memory."""
    from qtasks.testing.memory import memory_broker  # noqa: PLC0415

    return memory_broker(qtasks_clock)


@pytest.fixture
def qtasks_worker(qtasks_clock: "FakeClock") -> Callable[..., "Running"]:
    """Runs an app over a broker in memory with a worker, as long as a block lasts."""
    from qtasks.testing.inprocess import running  # noqa: PLC0415

    return partial(running, clock=qtasks_clock)


@pytest.fixture
def qtasks_eager(qtasks_clock: "FakeClock") -> Callable[..., "Running"]:
    """Has every submit of an app run the task at once, as long as a block lasts."""
    from qtasks.testing.inprocess import eager  # noqa: PLC0415

    return partial(eager, clock=qtasks_clock)
