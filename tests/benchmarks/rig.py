"""The rig: a Redis, a broker and a worker in processes of their own.

The client is the process that measures.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from redis import Redis

from tests.benchmarks.app import app
from tests.benchmarks.meters import Cost, metered
from tests.ports import free_port
from tests.servers import RedisServer

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class RigOptions:
    """How the processes are started."""

    max_tasks: int = 100
    """How many tasks the worker runs at once."""
    processes: int = 1
    """How many worker processes there are."""
    fsync: str = "no"
    """When Redis makes writes durable: `always`, `everysec`, `no` (nothing on disk)."""
    profiles: Path | None = None
    """Where profiles are written."""
    profile: frozenset[str] = frozenset()
    """The roles to profile."""


class Rig:
    """Running processes, and what they cost."""

    def __init__(self, options: RigOptions, folder: Path, stack: ExitStack) -> None:
        self.options = options
        self._folder = folder
        self._stack = stack
        self._roles = {"client": psutil.Process()}
        self.redis: Redis = self._start_redis()
        self._start_broker()

    @property
    def broker(self) -> psutil.Process:
        """The broker's process."""
        return self._roles["broker"]

    def _start_redis(self) -> Redis:
        durable: tuple[str, ...] = ()
        if self.options.fsync != "no":
            durable = ("--appendonly", "yes", "--appendfsync", self.options.fsync)
        server = RedisServer(self._folder, *durable, port=free_port())
        self._stack.enter_context(server.running())
        redis: Redis = self._stack.enter_context(Redis(port=server.port))
        self._roles["redis"] = psutil.Process(redis.info("server")["process_id"])
        self._storage = server.url
        return redis

    def _start_broker(self) -> None:
        broker = self._start(
            "broker", "qtasks_broker", QTASKS_PORT="0", QTASKS_STORAGE=self._storage
        )
        assert broker.stdout is not None
        ready = broker.stdout.readline()
        if not ready:
            raise RuntimeError("the broker did not start")
        address = ready.removeprefix("qtasks broker on ").partition(",")[0]
        self.url = f"grpc://{address}"
        app.config.broker_url = self.url

    def start_worker(self) -> None:
        """Start the worker; it is ready when it runs a task."""
        self._start(
            "worker",
            *("qtasks", "-A", "tests.benchmarks.app:app", "run"),
            *("--processes", str(self.options.processes)),
            *("--max-tasks", str(self.options.max_tasks)),
            *("--log-level", "warning"),
            QTASKS_BROKER_URL=app.config.broker_url,
        )

    def pause(self) -> None:
        """Give the worker no more tasks, so that the queue can be filled."""
        self._command("queues", "pause", "default")

    def resume(self) -> None:
        """Give the worker tasks again."""
        self._command("queues", "resume", "default")

    def _command(self, *words: str) -> None:
        where = {
            "QTASKS_BROKER_URL": app.config.broker_url,
            "QTASKS_APP_NAME": app.name,
        }
        subprocess.run(
            [sys.executable, "-m", "qtasks", *words],
            cwd=CHECKOUT,
            env=self._environment() | where,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def _start(
        self, role: str, module: str, *arguments: str, **environment: str
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", module, *arguments]
        if self.options.profiles and role in self.options.profile:
            into = str(self.options.profiles / role)
            profiling = "tests.benchmarks.profiling"
            command = [sys.executable, "-m", profiling, into, module, *arguments]
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=self._environment() | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(_stop, process)
        self._roles[role] = psutil.Process(process.pid)
        return process

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("QTASKS_")
        }
        path = os.pathsep.join((str(CHECKOUT), str(CHECKOUT / "services")))
        return kept | {"PYTHONPATH": path}

    def metered(self) -> AbstractContextManager[Cost]:
        """Fill in what a block cost."""
        return metered(self._roles, self.redis)


@contextmanager
def running_rig(options: RigOptions) -> Iterator[Rig]:
    """A fresh Redis with a broker; no worker yet."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        yield Rig(options, Path(folder), stack)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    process.communicate()
