"""`qtasks serve` starts, refuses to start, and ends as scripts expect."""

import signal
import socket

import pytest

from qtasks_broker.serve import without_password
from tests.integration.command_line import CommandLine, line_of
from tests.ports import free_port


@pytest.fixture
def qtasks(tmp_path):
    return CommandLine(tmp_path)


def test_says_in_one_line_where_it_listens_and_stores(qtasks):
    port = free_port()
    with qtasks.running("serve", "--port", str(port)) as process:
        said = line_of(process)
        assert f"127.0.0.1:{port}" in said
        assert str(qtasks.folder / "state" / "qtasks") in said


def test_a_password_is_not_shown():
    shown = without_password("redis://ann:p@ss:w@host:6379/0")
    assert shown == "redis://ann:***@host:6379/0"
    assert without_password("redis://host:6379/0?a=b@c") == "redis://host:6379/0?a=b@c"
    assert without_password("sqlite:////a:b@c/d") == "sqlite:////a:b@c/d"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(qtasks, number):
    with qtasks.broker() as process:
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert rest == ""


def test_what_was_submitted_is_there_after_a_restart(qtasks):
    with qtasks.broker():
        (task_id,) = qtasks.lines("submit", "add", "1")
    with qtasks.broker():
        assert qtasks.json("get", task_id)["args"] == [1]


def test_a_port_in_use_is_one_line_and_2(qtasks):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = qtasks.run("serve", "--port", port, "--storage", "memory://", code=2)
    (line,) = done.stderr.splitlines()
    assert port in line
    assert "--port" in line


def test_a_second_broker_on_a_file_is_one_line_and_2(qtasks):
    with qtasks.broker():
        storage = f"sqlite:///{qtasks.folder}/tasks.sqlite"
        done = qtasks.run("serve", "--port", "0", "--storage", storage, code=2)
    (line,) = done.stderr.splitlines()
    assert "tasks.sqlite" in line


@pytest.mark.parametrize(
    "words",
    [
        ["--storage", "redis://127.0.0.1:1/0"],
        ["--storage", "mailto:me"],
        ["--storage", "sqlite://"],
        ["--port", "70000"],
        ["--lease", "10ms"],
        ["--max-payload", "1"],
        ["--storage", "sqlite:////proc/nothing/here.sqlite"],
    ],
)
def test_settings_that_can_not_be_are_one_line_and_2(qtasks, words):
    done = qtasks.run("serve", "--port", "0", *words, code=2)
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_strict_refuses_what_nobody_serves(qtasks):
    with qtasks.broker("--strict"):
        done = qtasks.run("submit", "nobody", code=1)
    assert "nobody" in done.stderr
