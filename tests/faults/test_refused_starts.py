"""Brokers that can't start say why in one line, and end with exit code 2."""

import subprocess
import sys

import pytest

from tests.ports import free_port

CANT_SERVE = 2
COMMANDS = [["qtasks_broker"], ["qtasks", "serve"]]


@pytest.fixture(params=COMMANDS, ids=["module", "command"])
def refused(request, rig):
    """Start a broker that can't serve; the line it says."""

    def start(**settings):
        done = subprocess.run(
            [sys.executable, "-m", *request.param],
            env=rig.environment(**settings),
            cwd=rig.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == CANT_SERVE, done.stderr
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        return line

    return start


async def test_a_second_broker_on_the_same_file(rig, refused):
    await rig.broker().start()
    line = refused(storage=rig.sqlite, port=0)
    assert "tasks.sqlite" in line
    assert "another" in line


async def test_a_port_in_use(rig, refused):
    broker = rig.broker()
    await broker.start()
    other = f"sqlite:///{rig.folder}/other.sqlite"
    line = refused(storage=other, port=broker.port)
    assert str(broker.port) in line
    assert "--port" in line


def test_an_unreachable_redis(refused):
    port = free_port()
    line = refused(storage=f"redis://127.0.0.1:{port}", port=0)
    assert str(port) in line


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"storage": "postgres://host/db"}, "postgres://host/db"),
        ({"port": "many"}, "QTASKS_PORT"),
        ({"port": 70_000}, "port"),
        ({"lease": 0}, "lease"),
        ({"storage": "sqlite:////proc/nowhere/tasks.sqlite"}, "/proc/nowhere"),
    ],
)
def test_settings_that_cant_be_used(refused, settings, said):
    assert said in refused(**({"port": 0, "storage": "memory://"} | settings))
