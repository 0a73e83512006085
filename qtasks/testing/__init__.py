"""For people who test their apps, and for authors of components.

To test an app, nothing else has to run: no Redis, no broker service, no sockets.

    from qtasks.testing import eager

    def test_an_order_is_confirmed():
        with eager(app):
            handle = app.add_task("confirm", order=7)
        assert handle.returning == "confirmed"

`eager` runs each task before the submit returns. `running` has a worker beside the test,
as in production. Both go over the real engine, on memory, with a clock that the test
moves (`FakeClock`). `submitted` tells what was submitted, `drain` runs what is left.
`memory_broker` is a broker for an app that a test makes itself. `AsyncTestCase` and
`SyncTestCase` are the same for `unittest`. pytest has fixtures for all of it as soon as
qtasks is installed: `qtasks.testing.pytest_plugin`.

Authors of storages and brokers subclass `qtasks.testing.storage_suite.StorageSuite` and
`qtasks.testing.broker_suite.BrokerSuite`: every promise of a contract, one test each.
They need pytest and hypothesis, `pip install qtasks[testing]`, and anyio's pytest plugin
with asyncio::

    # conftest.py
    @pytest.fixture
    def anyio_backend():
        return "asyncio"
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtasks.testing.cases import AsyncTestCase, SyncTestCase, TestConfig
    from qtasks.testing.clock import FakeClock
    from qtasks.testing.inprocess import Running, eager, running
    from qtasks.testing.looking import drain, submitted
    from qtasks.testing.memory import memory_broker

__all__ = [
    "AsyncTestCase",
    "FakeClock",
    "Running",
    "SyncTestCase",
    "TestConfig",
    "drain",
    "eager",
    "memory_broker",
    "running",
    "submitted",
]

# Looked up when first used: pytest loads this package in every project.
_HOMES = {
    "AsyncTestCase": "cases",
    "FakeClock": "clock",
    "Running": "inprocess",
    "SyncTestCase": "cases",
    "TestConfig": "cases",
    "drain": "looking",
    "eager": "inprocess",
    "memory_broker": "memory",
    "running": "inprocess",
    "submitted": "looking",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
