"""What every fault test has: a rig, and not for ever."""

import functools
import inspect

import anyio
import pytest

from tests.faults.rig import Rig
from tests.ports import free_port
from tests.servers import RedisServer

WITHIN = 60.0
"""Seconds; no fault takes longer to get over."""


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Bound the time of each test, and not by a fixture: a scope that is held open over
    a test would cancel what runs the fixtures as well."""
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = _in_time(pyfuncitem.obj)
    return (yield)


def _in_time(test):
    @functools.wraps(test)
    async def bounded(**arguments):
        with anyio.fail_after(WITHIN):
            await test(**arguments)

    return bounded


@pytest.fixture(scope="session", autouse=True)
async def one_loop():
    """The same event loop for all tests: grpc.aio may have something to say to the loop
    of a test that is over, and a closed one would fail the next test."""
    yield  # noqa: PT022  # the loop lasts as long as this is not left


@pytest.fixture
async def redis(tmp_path):
    """A Redis that has written what it acknowledged."""
    folder = tmp_path / "redis"
    folder.mkdir()
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    server = RedisServer(folder, *durable, port=free_port())
    with server.running():
        yield server


@pytest.fixture
async def rig(tmp_path):
    async with Rig.opened(tmp_path) as rig:
        yield rig
