"""The programs of the documents QTasks users know, run as they stand.

`blocks/` holds every code block of them, unchanged. A test puts before a block what the
document leaves to the reader (an app, the names it uses), runs it in a real worker
process, and submits from another program. Everything runs against a broker service, and
against a Redis without one; tests share both.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from threading import Timer
from typing import Any

import pytest

from qtasks import QueueTasks
from tests.integration.command_line import CommandLine, line_with
from tests.ports import free_port
from tests.servers import RedisServer

BLOCKS = Path(__file__).parent / "blocks"
SYNC = "from qtasks import QueueTasks\napp = QueueTasks()\n"
ASYNC = "from qtasks.asyncio import QueueTasks\napp = QueueTasks()\n"
DOCUMENTED_REDIS = "redis://localhost:6379"


class Desk(CommandLine):
    """Somebody who has read the documents and types them in."""

    redis_url = DOCUMENTED_REDIS

    def save(self, name: str, *parts: str) -> Path:
        """Save a program; the Redis it names is the one of this test."""
        path = self.folder / f"{name}.py"
        text = "\n\n".join(parts).replace(DOCUMENTED_REDIS, self.redis_url)
        path.write_text(text, encoding="utf-8")
        return path

    @contextmanager
    def working(self, *parts: str) -> Iterator[Popen[str]]:
        """Have a worker run a program's app for as long as the block."""
        self.save("app", *parts)
        with self.running("-A", "app:app", "run") as worker:
            yield worker

    def python(self, path: Path) -> list[str]:
        """Run a program to its end; the lines it prints."""
        done = subprocess.run(
            [sys.executable, str(path)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    @contextmanager
    def program(self, path: Path) -> Iterator[Popen[str]]:
        """Have a program run for as long as the block; Ctrl-C ends it well."""
        process = Popen(
            [sys.executable, str(path)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.send_signal(signal.SIGINT)
                said, _ = process.communicate(timeout=60)
        assert "Traceback" not in said, said
        assert process.returncode == 0, said

    def outcome(self, *words: str, code: int = 0) -> Any:
        """Submit a task and wait for its end: as `qtasks submit --json` tells it."""
        return self.json("submit", *words, "--wait", "60s", code=code)

    def result(self, *words: str) -> Any:
        """What a task returned."""
        return self.outcome(*words).get("result")


def said(process: Popen[str], words: str) -> str:
    """The next line with these words that a process prints, within a minute."""
    late = Timer(60, process.kill)
    late.start()
    try:
        return line_with(process, words).strip()
    finally:
        late.cancel()


def block(name: str) -> str:
    """A code block of a document."""
    return (BLOCKS / f"{name}.py").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis on a port, as the documents expect it."""
    folder = tmp_path_factory.mktemp("redis")
    server = RedisServer(folder, port=free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_desk(tmp_path: Path, redis_server: RedisServer) -> Desk:
    """A desk whose broker is inside its programs, over Redis."""
    url = f"redis://localhost:{redis_server.port}"
    desk = Desk(tmp_path, QTASKS_BROKER_URL=f"{url}/2")
    desk.redis_url = url
    return desk


@pytest.fixture(scope="session")
def service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker service; a start of it takes as long as many a test."""
    host = Desk(tmp_path_factory.mktemp("service"))
    with host.broker():
        yield host.environment["QTASKS_BROKER_URL"]


@pytest.fixture
def service_desk(tmp_path: Path, service_url: str) -> Iterator[Desk]:
    """A desk whose broker is the service, with no task of another test."""
    yield Desk(tmp_path, QTASKS_BROKER_URL=service_url)
    with QueueTasks(broker_url=service_url) as app:
        app.flush_all()


@pytest.fixture(params=["service", "redis"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """A desk with a broker service, and one with a broker inside its programs."""
    chosen: Desk = request.getfixturevalue(f"{request.param}_desk")
    return chosen
