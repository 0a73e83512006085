"""Brokers that can't start say why in one line, and end with exit code 2."""

import sys

import anyio
import pytest

from tests.ports import free_port

CANT_SERVE = 2


@pytest.fixture(params=["qtasks_broker", "qtasks serve"])
async def refused(request, rig):
    """Start a broker that can't serve; the line it says."""

    async def start(**settings):
        done = await anyio.run_process(
            [sys.executable, "-m", *request.param.split()],
            env=rig.environment(**settings),
            cwd=rig.folder,
            check=False,
        )
        said = done.stderr.decode()
        assert done.returncode == CANT_SERVE, said
        assert done.stdout == b""
        (line,) = said.splitlines()
        return line

    return start


async def test_a_second_broker_on_the_same_file(rig, refused):
    await rig.broker().start()
    line = await refused(storage=rig.sqlite, port=0)
    assert "tasks.sqlite" in line
    assert "another" in line


async def test_a_port_in_use(rig, refused):
    broker = rig.broker()
    await broker.start()
    other = f"sqlite:///{rig.folder}/other.sqlite"
    line = await refused(storage=other, port=broker.port)
    assert str(broker.port) in line
    assert "--port" in line


async def test_an_unreachable_redis(refused):
    port = free_port()
    line = await refused(storage=f"redis://127.0.0.1:{port}", port=0)
    assert str(port) in line


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"storage": "postgres://host/db"}, "postgres://host/db"),
        ({"port": 70_000}, "port"),
        ({"lease": 0}, "lease"),
        ({"storage": "sqlite:////proc/nowhere/tasks.sqlite"}, "/proc/nowhere"),
    ],
)
async def test_settings_that_cant_be_used(refused, settings, said):
    assert said in await refused(**({"port": 0, "storage": "memory://"} | settings))


def run_module(*arguments, rig):
    """Run `python -m qtasks_broker` with arguments."""
    command = [sys.executable, "-m", "qtasks_broker", *arguments]
    return anyio.run_process(
        command, env=rig.environment(port=0), cwd=rig.folder, check=False
    )


async def test_help_starts_nothing(rig):
    with anyio.fail_after(30):
        done = await run_module("--help", rig=rig)
    assert done.returncode == 0
    assert b"QTASKS_STORAGE" in done.stdout


async def test_the_module_takes_no_arguments(rig):
    with anyio.fail_after(30):
        done = await run_module("--port", "1", rig=rig)
    assert done.returncode == CANT_SERVE
    assert b"unrecognized arguments: --port 1" in done.stderr
