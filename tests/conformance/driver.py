"""Drivers as the runner sees them: processes that are told, heard, frozen and killed."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import anyio
import anyio.to_thread
from anyio.abc import Process, TaskGroup
from anyio.streams.text import TextReceiveStream

from tests.conformance.calls import Call, Calls, Document


class Driver:
    """A driver's process.

    Args:
        command: What to run.
        folder: Where.
        environment: Its variables.
        log: Where its standard error goes.
        tasks: Where its output is read.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: dict[str, str],
        log: Path,
        tasks: TaskGroup,
    ) -> None:
        self.name = log.stem
        self._command = command
        self._folder = folder
        self._environment = environment
        self._log = log
        self._tasks = tasks
        self._process: Process | None = None
        self.documents: list[Document] = []
        """What it has said."""
        self._news = anyio.Event()
        self._closed = anyio.Event()
        self._sending = anyio.Lock()
        self._listeners: list[Callable[[Document], None]] = [self.documents.append]

    async def start(self) -> None:
        """Start it; returns when it is ready."""
        with ExitStack() as stack:
            log = stack.enter_context(self._log.open("ab"))
            self._process = await anyio.open_process(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,
            )
        self._tasks.start_soon(self._read, self._process)
        await self.heard(lambda document: "ready" in document)

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        parts: list[str] = []
        try:
            async for text in TextReceiveStream(process.stdout):
                *lines, rest = text.split("\n")
                for line in lines:
                    self._hear("".join([*parts, line]))
                    parts = []
                parts.append(rest)
        except anyio.BrokenResourceError:
            pass  # it was killed: no more comes
        finally:
            self._closed.set()
            self._news.set()

    def _hear(self, line: str) -> None:
        document = json.loads(line)
        for listener in self._listeners:
            listener(document)
        self._news.set()

    async def heard(self, wanted: Callable[[Document], bool]) -> Document:
        """The first document that is wanted, as soon as it is there."""
        looked = 0
        while True:
            for document in self.documents[looked:]:
                if wanted(document):
                    return document
            looked = len(self.documents)
            assert not self._closed.is_set(), f"the driver ended; {self.last_words()}"
            self._news = anyio.Event()
            await self._news.wait()

    def last_words(self) -> str:
        """The end of what it said to people."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "its last words:\n" + "\n".join(lines[-20:])

    async def send(self, document: Document) -> None:
        """Tell it something."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._sending:
            await self._process.stdin.send(json.dumps(document).encode() + b"\n")

    async def signal(self, number: signal.Signals) -> None:
        """Send it a signal; when that stops it, it has stopped."""
        assert self._process is not None
        pid = self._process.pid
        os.kill(pid, number)
        if number == signal.SIGSTOP:
            stopped = os.WSTOPPED | os.WNOWAIT
            await anyio.to_thread.run_sync(os.waitid, os.P_PID, pid, stopped)

    async def ended(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        code = await self._process.wait()
        await self._closed.wait()
        return code

    async def close(self) -> None:
        """End it if need be, and let go of it."""
        if self._process is None:
            return
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        await self.ended()
        await self._process.aclose()


class ClientDriver(Driver):
    """A driver that is a client."""

    async def start(self) -> None:
        self._calls = Calls()
        await super().start()
        self._listeners = [self._calls.hear]

    async def call(self, op: str, fields: Document) -> Call:
        """Ask for something."""
        call = self._calls.made(fields)
        await self.send({"id": call.number, "op": op, **fields})
        return call
