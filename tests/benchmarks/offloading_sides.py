"""Sides: qtasks and Django Q, each with a Redis, workers and a client of its own."""

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from tests.benchmarks.rig import CHECKOUT
from tests.ports import free_port
from tests.servers import RedisServer

CLIENT = Path(__file__).with_name("offloading_client.py")
WARM_UP = 200
APP = "tests.benchmarks.offloading_app"

DJANGO_SETTINGS = """\
SECRET_KEY = "benchmarks"
USE_TZ = True
INSTALLED_APPS = ["django_q"]
DATABASES = {{"default": {{
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "{folder}/tasks.db",
    "OPTIONS": {{
        "timeout": 60,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
    }},
}}}}
CACHES = {{"default": {{
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": "redis://127.0.0.1:{port}/1",
}}}}
Q_CLUSTER = {{
    "name": "offloading",
    "redis": {{"host": "127.0.0.1", "port": {port}, "db": 0}},
    "workers": {workers},
    "queue_limit": 500,
    "recycle": 1_000_000,
    "timeout": 60,
    "retry": 120,
    "save_limit": 0,
    "scheduler": False,
    "log_level": "ERROR",
}}
"""
"""Its fastest: results in Redis where a program asks for it, a database that waits for
no disk, no scheduler, no recycling and no lines of log."""


@dataclass(frozen=True)
class Taken:
    """How long a program took."""

    submitted: float
    """Seconds until all was submitted."""
    ended: float
    """Seconds until all results were there."""


class Side(ABC):
    """One of those that are compared, with its own Redis.

    Args:
        workers: How many processes run tasks.
    """

    name: ClassVar[str]
    python: str = sys.executable
    arguments: tuple[str, ...] = ("qtasks.tasks", APP)
    """Of its client."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.environment: dict[str, str] = {}
        self._client: subprocess.Popen[str] | None = None

    @contextmanager
    def running(self) -> Iterator["Side"]:
        """Run everything, warm."""
        with TemporaryDirectory() as folder, ExitStack() as stack:
            server = RedisServer(Path(folder), port=free_port())
            stack.enter_context(server.running())
            self._start(Path(folder), server, stack)
            command = [str(CLIENT), *self.arguments]
            self._client = self._process(command, stack, stdin=subprocess.PIPE)
            self.run("shared", WARM_UP)
            self.run("alone", WARM_UP)
            yield self

    @abstractmethod
    def _start(self, folder: Path, server: RedisServer, stack: ExitStack) -> None:
        """Start its workers, and fill in its environment."""

    def run(self, program: str, count: int) -> Taken:
        """Run a program of the client."""
        assert self._client is not None
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write(f"{json.dumps([program, count])}\n")
        self._client.stdin.flush()
        said = self._client.stdout.readline()
        if not said:
            raise RuntimeError(f"the client of {self.name} ended in {program}")
        return Taken(*json.loads(said))

    def _process(
        self, words: list[str], stack: ExitStack, *, stdin: int | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self.python, *words],
            cwd=CHECKOUT,
            env=_clean(os.environ) | self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_stop, process)
        return process


class InProcess(Side):
    """qtasks with the broker in each process, over Redis."""

    name = "in process"

    def _start(self, folder: Path, server: RedisServer, stack: ExitStack) -> None:  # noqa: ARG002  # as of every side
        self._work(server.url, stack)

    def _work(self, url: str, stack: ExitStack) -> None:
        self.environment = {
            "PYTHONPATH": os.pathsep.join((str(CHECKOUT), str(CHECKOUT / "services"))),
            "QTASKS_BROKER_URL": url,
            "QTASKS_OFFLOAD_SAVE_LIMIT": "0",
        }
        worker = ("-m", "qtasks", "-A", f"{APP}:app", "run", "--max-tasks", "100")
        how = ("--processes", str(self.workers), "--log-level", "warning")
        self._process([*worker, *how], stack)


class OverService(InProcess):
    """qtasks with a broker service, over Redis."""

    name = "over a service"

    def _start(self, folder: Path, server: RedisServer, stack: ExitStack) -> None:  # noqa: ARG002  # as of every side
        serve = ["-m", "qtasks", "serve", "--port", "0", "--storage", server.url]
        broker = self._process([*serve, "--log-level", "warning"], stack)
        assert broker.stdout is not None
        address = broker.stdout.readline().split(" on ")[1].partition(",")[0]
        self._work(f"grpc://{address}", stack)


class DjangoQ(Side):
    """Django Q, with its Redis broker.

    Args:
        python: The Python of an environment that has it.
        workers: How many processes run tasks.
    """

    name = "django-q2"
    arguments = ("django_q.tasks", "django_q_setup")

    def __init__(self, python: str, workers: int) -> None:
        super().__init__(workers)
        self.python = python

    def _start(self, folder: Path, server: RedisServer, stack: ExitStack) -> None:
        settings = DJANGO_SETTINGS.format(
            folder=folder, port=server.port, workers=self.workers
        )
        (folder / "django_q_settings.py").write_text(settings)
        setup = "import django\n\ndjango.setup()\n"
        (folder / "django_q_setup.py").write_text(setup)
        self.environment = {
            "PYTHONPATH": str(folder),
            "DJANGO_SETTINGS_MODULE": "django_q_settings",
        }
        migrated = self._process(["-m", "django", "migrate", "-v0"], stack)
        if migrated.wait():
            raise RuntimeError("Django could not make its tables")
        self._process(["-m", "django", "qcluster"], stack)


def python_with_django_q(python: str | None) -> str | None:
    """The Python that has Django Q: the one that was named, else this one if it has."""
    if python is None:
        return sys.executable if find_spec("django_q") else None
    subprocess.run([python, "-c", "import django_q"], check=True)
    return python


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("QTASKS_", "DJANGO_"))
    }


def _stop(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    elif process.poll() is None:
        process.terminate()
    process.wait()
