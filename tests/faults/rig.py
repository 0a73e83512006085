"""A rig for faults: brokers and workers as real processes that a test ends at will.

What a process says is read as it comes, so that tests wait for words and never for time.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

import anyio
from anyio.abc import Process, TaskGroup
from anyio.streams.text import TextReceiveStream

from qtasks.asyncio import QueueTasks

APP = "faults"
APP_PATH = "tests.faults.tasks:app"

Kind = TypeVar("Kind", bound="Program")
_BROKER_READY = re.compile(r"qtasks broker on \S+:(\d+),")


class Program:
    """A process that can be ended, frozen and started again as it was.

    Args:
        command: What to run with this Python.
        environment: Its variables.
        folder: Where it runs.
        tasks: Where its output is read.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        folder: Path,
        tasks: TaskGroup,
    ) -> None:
        self._command = command
        self._environment = environment
        self._folder = folder
        self._tasks = tasks
        self._process: Process | None = None
        self._closed = anyio.Event()
        self._news = anyio.Event()
        self.lines: list[str] = []
        """What it said since it was started."""

    async def start(self) -> None:
        """Start it; its output begins anew."""
        self._process = await anyio.open_process(
            [sys.executable, *self._command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            cwd=self._folder,
            start_new_session=True,
        )
        self.lines = []
        self._closed = anyio.Event()
        self._tasks.start_soon(self._read, self._process, self._closed)

    async def _read(self, process: Process, closed: anyio.Event) -> None:
        assert process.stdout is not None
        rest = ""
        try:
            async for text in TextReceiveStream(process.stdout, errors="replace"):
                *lines, rest = (rest + text).split("\n")
                self.lines += lines
                self._news.set()
        finally:
            closed.set()
            self._news.set()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def said(self, words: str, times: int = 1) -> str:
        """Wait until it has said these words so often; the line."""
        while True:
            found = [line for line in self.lines if words in line]
            if len(found) >= times:
                return found[times - 1]
            assert not self._closed.is_set(), "\n".join([*self.lines, "(ended)"])
            self._news = anyio.Event()
            await self._news.wait()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def ended(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        code = await self._process.wait()
        await self._closed.wait()
        return code

    async def stop(self) -> int:
        """Tell it to end, and wait; the exit code."""
        self.send(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it at once, with no chance to clean up."""
        assert self._process is not None
        if self._process.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)
        await self.ended()

    async def close(self) -> None:
        """End it if need be, and let go of it."""
        if self._process is not None:
            await self.kill()
            await self._process.aclose()


class Broker(Program):
    """A broker service; started again, it has the same port and storage."""

    port = 0
    """Where it listens, once it was started."""

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"grpc://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it; returns when it answers calls."""
        await super().start()
        ready = _BROKER_READY.match(await self.said("qtasks broker on"))
        assert ready is not None
        self.port = int(ready[1])
        self._environment["QTASKS_PORT"] = ready[1]


class Worker(Program):
    """A worker of the app of these tests."""

    async def start(self) -> None:
        """Start it; returns when a broker has welcomed it."""
        await super().start()
        await self.said("worker connected")


class Rig:
    """Starts programs in a folder, and ends what is left of them.

    Args:
        folder: Where they run, and have their files.
        tasks: Where their output is read.
    """

    def __init__(self, folder: Path, tasks: TaskGroup) -> None:
        self.folder = folder
        self._tasks = tasks
        self._programs: list[Program] = []
        self._inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("QTASKS_")
        }

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path) -> AsyncIterator[Self]:
        """A rig for as long as the block."""
        async with anyio.create_task_group() as tasks:
            rig = cls(folder, tasks)
            try:
                yield rig
            finally:
                with anyio.CancelScope(shield=True):
                    # Workers first, which then find a broker to say goodbye to.
                    for program in reversed(rig._programs):
                        await program.close()

    @property
    def sqlite(self) -> str:
        """A SQLite file of this rig, as a storage."""
        return f"sqlite:///{self.folder}/tasks.sqlite"

    def environment(self, **variables: object) -> dict[str, str]:
        """The variables of a program, with none of ours from outside."""
        path = os.pathsep.join(os.path.abspath(one) for one in sys.path)  # noqa: PTH100
        state = {"HOME": str(self.folder), "PYTHONPATH": path}
        given = {f"QTASKS_{name.upper()}": str(variables[name]) for name in variables}
        return self._inherited | state | given

    def broker(self, storage: str = "", **settings: object) -> Broker:
        """A broker service that is not started yet.

        Args:
            storage: Its storage; else the SQLite file of this rig.
            **settings: Its settings by name.
        """
        variables = {"storage": storage or self.sqlite, "port": 0} | settings
        environment = self.environment(**variables)
        return self._keep(
            Broker(["-m", "qtasks_broker"], environment, self.folder, self._tasks)
        )

    def worker(
        self, *brokers: Broker, options: Sequence[str] = (), **settings: object
    ) -> Worker:
        """A worker that is not started yet.

        Args:
            *brokers: Where it may connect to.
            options: More words for `qtasks run`.
            **settings: Its settings by name.
        """
        environment = self.environment(broker_url=url_of(*brokers), **settings)
        command = ["-m", "qtasks", "-A", APP_PATH, "run", *options]
        return self._keep(Worker(command, environment, self.folder, self._tasks))

    def _keep(self, program: Kind) -> Kind:
        self._programs.append(program)
        return program


def url_of(*brokers: Broker) -> str:
    """One address for several brokers."""
    return "grpc://" + ",".join(f"127.0.0.1:{broker.port}" for broker in brokers)


def client_of(*brokers: Broker) -> QueueTasks:
    """An app that submits to brokers, to be entered."""
    return QueueTasks(APP, url_of(*brokers))
