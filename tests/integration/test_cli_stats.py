"""Figures and descriptions of apps from the command line, through a real broker."""

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from fcntl import ioctl

import pytest

from tests.integration.command_line import SECONDS, CommandLine

APP = '''
import qtasks

app = qtasks.QueueTasks("shop")


@app.task(name="my_task", tags=["a", "b"], retry=2)
def my_task(number: int, *, fast: bool = True):
    """Double a number."""
    return number * 2
'''


@pytest.fixture(scope="module")
def qtasks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stats")
    (folder / "shop.py").write_text(APP)
    line = CommandLine(folder)
    with line.broker(), line.running("-A", "shop:app", "run", "--worker-id", "one"):
        line.run("-A", "shop:app", "submit", "my_task", "4", "--wait", "30s")
        yield line


@pytest.mark.parametrize(
    "words",
    [
        ("-A", "shop:app", "stats", "inspect", "tasks", "my_task", "json=true"),
        ("stats", "-A", "shop:app", "inspect", "tasks", "my_task", "--json"),
        ("stats", "inspect", "tasks", "my_task", "json=true", "--app", "shop:app"),
    ],
)
def test_the_app_is_said_before_or_after(qtasks, words):
    (told,) = json.loads(qtasks.run(*words).stdout)
    assert told["Task name"] == "my_task"
    assert told["Tags"] == ["a", "b"]
    assert told["Kwargs"] == ["fast: bool=True"]
    assert told["Retries"] == 2


def test_an_app_is_described_in_aligned_lines(qtasks):
    lines = qtasks.lines("-A", "shop:app", "stats", "inspect", "app")
    assert lines[0] == "Name                      : shop"
    assert lines[1] == "Method                    : sync"
    assert lines[-1] == "-" * 50


def test_a_missing_task_is_told_and_the_command_fails(qtasks):
    words = ("-A", "shop:app", "stats", "inspect", "task", "nope")
    assert qtasks.lines(*words, code=1) == ["no task is registered as 'nope'"]
    told = json.loads(qtasks.run(*words, "json=true", code=1).stdout)
    assert told == {"error": "no task is registered as 'nope'"}


def test_without_a_module_the_broker_is_asked(qtasks):
    name = ("--app-name", "shop")
    told = json.loads(
        qtasks.run("stats", "inspect", "task", "my_task", "--json", *name).stdout
    )
    assert told["Description"] == "Double a number."
    assert told["Workers"] == 1
    app = json.loads(qtasks.run("stats", "inspect", "app", "--json", *name).stdout)
    assert app["Tasks"] == ["my_task"]
    everything = json.loads(
        qtasks.run("stats", "inspect", "tasks", "--json", *name).stdout
    )
    assert [one["Task name"] for one in everything] == ["my_task"]
    qtasks.run("stats", "inspect", "task", "nope", *name, code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("inspect", "task"), "name one task"),
        (("inspect", "app", "x"), "inspected whole"),
        (("inspect", "tasks", "color=blue"), "json=true"),
        (("inspect", "nothing"), "nothing"),
        (("--json", "inspect", "app"), "after 'inspect'"),
    ],
)
def test_wrong_words_are_refused(qtasks, words, said):
    done = qtasks.run("stats", *words, code=2)
    assert said in " ".join(re.sub(r"[│╭╰─╮╯]", " ", done.stderr).split())


def test_client_commands_take_the_namespace_of_the_app(qtasks):
    (listed,) = (
        json.loads(line) for line in qtasks.lines("list", "-A", "shop:app", "--json")
    )
    assert (listed["app"], listed["name"]) == ("shop", "my_task")
    assert qtasks.lines("list", "--json") == []
    assert qtasks.lines("list", "-A", "shop:app", "--app-name", "else", "--json") == []


def test_the_broker_may_be_said_before_the_command(qtasks):
    url = qtasks.environment["QTASKS_BROKER_URL"]
    qtasks.run("--broker", "grpc://127.0.0.1:1", "ping", code=2)
    qtasks.run("--broker", "grpc://127.0.0.1:1", "ping", "--broker", url)


def test_figures_have_rates_latencies_and_workers(qtasks):
    told = qtasks.json("stats", "-A", "shop:app")
    assert told["activity"]["total"]["run"]["count"] >= 1
    assert told["activity"]["tasks"][0]["name"] == "my_task"
    assert [one["id"] for one in told["live_workers"]] == ["one"]


def test_ping_says_who_answers(qtasks):
    told = qtasks.json("ping", "-A", "shop:app")
    assert (told["storage"], told["workers"]) == ("sqlite", 1)
    assert told["seconds"] > 0


def test_an_unknown_queue_is_paused_only_on_purpose(qtasks):
    done = qtasks.run("queues", "pause", "ghost", code=1)
    assert "say --create" in done.stderr
    assert qtasks.lines("queues", "pause", "ghost", "--create") == ["ghost paused"]
    assert qtasks.lines("queues", "resume", "ghost") == ["ghost open"]


def test_flush_asks_first(qtasks):
    name = ("--app-name", "gone")
    qtasks.run("submit", "work", *name)
    assert "say --yes" in qtasks.run("flush", *name, code=2).stderr
    assert qtasks.json("flush", *name, "--yes")["deleted"] == 1
    assert qtasks.lines("list", *name) == []


def test_lists_fit_eighty_columns(qtasks):
    with terminal(qtasks, "list", "-A", "shop:app", size=(80, 24)) as screen:
        text = screen.until_it_ends()
    (row,) = (line for line in text.splitlines() if "my_task" in line)
    assert len(row.rstrip()) <= 80
    assert re.match(r"[0-9a-f-]{36} ", row)


def test_in_a_pipe_top_is_shown_once(qtasks):
    text = qtasks.run("top", "-A", "shop:app").stdout
    assert text.startswith("shop")
    assert "my_task" in text
    assert qtasks.json("top", "-A", "shop:app", "--once")["app"] == "shop"


@pytest.mark.parametrize("how", ["q", "\x03"])
def test_top_is_live_resizes_and_is_left_cleanly(qtasks, how):
    with terminal(qtasks, "top", "-A", "shop:app", size=(80, 24)) as screen:
        before = screen.settings()
        screen.until("QUEUE")
        screen.until("q quit")
        screen.resize(120, 40)
        screen.until("HOST:PID")
        screen.type(how)
        text = screen.until_it_ends()
        assert "\x1b[?1049l" in text, "the screen from before is back"
        assert "Traceback" not in text
        assert screen.process.returncode == 0
        assert screen.settings()[3] & termios.ECHO == before[3] & termios.ECHO


def test_top_says_that_the_broker_is_away_and_comes_back(tmp_path):
    line = CommandLine(tmp_path)
    with line.broker() as broker, terminal(line, "top", size=(80, 24)) as screen:
        screen.until("no queues yet")
        broker.terminate()
        broker.wait(SECONDS)
        screen.until("trying again")
        port = line.environment["QTASKS_BROKER_URL"].rpartition(":")[2]
        with line.broker("--port", port):
            screen.until("q quit")
            screen.type("q")
            screen.until_it_ends()


def test_top_without_a_broker_ends_at_once(tmp_path):
    done = CommandLine(tmp_path).run("--broker", "grpc://127.0.0.1:1", "top", code=2)
    assert "can't be reached" in done.stderr


class Terminal:
    """What a command shows on a terminal."""

    def __init__(self, process, master):
        self.process = process
        self._master = master
        self._text = ""

    def _read(self):
        ready, _, _ = select.select([self._master], [], [], 1.0)
        if not ready:
            return ""
        try:
            return os.read(self._master, 65_536).decode(errors="replace")
        except OSError:
            return ""

    def until(self, words):
        """Read until something is shown; forget what came before."""
        give_up = time.monotonic() + SECONDS
        while words not in self._text:
            assert time.monotonic() < give_up, self._text[-3000:]
            assert self.process.poll() is None, self._text
            self._text += self._read()
        self._text = self._text.partition(words)[2]

    def until_it_ends(self):
        give_up = time.monotonic() + SECONDS
        text = self._text
        while self.process.poll() is None:
            assert time.monotonic() < give_up
            text += self._read()
        while more := self._read():
            text += more
        return text

    def type(self, keys):
        os.write(self._master, keys.encode())

    def settings(self):
        return termios.tcgetattr(self._master)

    def resize(self, columns, lines):
        size = struct.pack("HHHH", lines, columns, 0, 0)
        ioctl(self._master, termios.TIOCSWINSZ, size)
        self.process.send_signal(signal.SIGWINCH)


@contextmanager
def terminal(line, *words, size):
    """Run a command on a terminal of its own."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**line.environment, "TERM": "xterm-256color", "NO_COLOR": "1"}
    environment.pop("COLUMNS")
    process = subprocess.Popen(
        [sys.executable, "-c", _WITH_TERMINAL, *words],
        cwd=line.folder,
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(slave)
        os.close(master)


_WITH_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "qtasks", *sys.argv[1:]])
"""
