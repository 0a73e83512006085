"""`qtasks -A module:app dev`: broker, worker and reload in one terminal."""

import importlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Annotated

import anyio
import typer
from anyio.abc import Process, TaskStatus
from anyio.streams.text import TextReceiveStream
from rich.text import Text

from qtasks.cli import calls
from qtasks.cli.children import BROKER_READY, child, end, until_told_to_end
from qtasks.cli.options import AppPath, app_path_of
from qtasks.cli.output import Output, printable
from qtasks.errors import BrokerUnavailable, SettingsError

DEFAULT_PORT = 50051
LONGEST_LINE = 64 * 1024
DEBOUNCE_MS = 300
"""How long after a change more of them are waited for: editors write in steps."""

STYLES = {"broker": "cyan", "worker": "green", "dev": "bold"}


class BrokerEnded(BrokerUnavailable):
    """The broker ended by itself; what it said stands above."""


class _Terminal:
    """Prints what the processes say, each line with the name of who said it."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def say(self, who: str, line: str) -> None:
        if self._output.live:
            self._output.console.print(
                Text.assemble((f"{who} | ", STYLES[who]), printable(line))
            )
        else:
            self._output.line(f"{who} | {printable(line)}")

    async def relay(
        self,
        who: str,
        process: Process,
        on_line: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Print a process' lines until it closes its output."""
        if process.stdout is None:
            raise ValueError("the process was started without a pipe")
        begun = ""
        async for text in TextReceiveStream(process.stdout, errors="replace"):
            *lines, begun = (begun + text).split("\n")
            if len(begun) > LONGEST_LINE:
                lines, begun = [*lines, begun], ""
            for line in lines:
                self.say(who, line)
                on_line(line)
        if begun:
            self.say(who, begun)


class _Changes:
    """Says when source files changed."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._seen = anyio.Event()
        self._names: set[str] = set()

    async def watch(self, watchfiles: ModuleType) -> None:
        """Look until cancelled."""
        changes: AsyncIterator[set[tuple[object, str]]] = watchfiles.awatch(
            *self._folders,
            watch_filter=watchfiles.PythonFilter(),
            debounce=DEBOUNCE_MS,
            ignore_permission_denied=True,
        )
        async for batch in changes:
            self._names |= {Path(path).name for _, path in batch}
            self._seen.set()

    async def next(self) -> str:
        """Wait for changes since the last call; say what changed."""
        await self._seen.wait()
        self._seen = anyio.Event()
        names, self._names = ", ".join(sorted(self._names)), set()
        return names


def dev(
    ctx: typer.Context,
    *,
    app_path: AppPath = None,
    port: Annotated[
        int, typer.Option(envvar="QTASKS_PORT", help="The broker listens here.")
    ] = DEFAULT_PORT,
    storage: Annotated[
        str | None,
        typer.Option(
            envvar="QTASKS_STORAGE",
            metavar="URL",
            help="Keep tasks here. A SQLite file in your state directory if not said.",
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option("--broker", metavar="URL", help="Use this broker and start none."),
    ] = None,
    watch: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Reload when Python files here change; repeat it. "
            "The current folder if not said.",
        ),
    ] = None,
) -> None:
    """Run a broker and a worker, and reload the worker when its files change."""
    path = app_path_of(ctx, app_path)
    watchfiles = _watchfiles()
    changes = _Changes(watch or [Path.cwd()])
    terminal = _Terminal(Output())

    async def work() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(changes.watch, watchfiles, name="changes")
            if broker is not None:
                await _keep_worker(path, broker, changes, terminal)
            command = ["serve", "--port", str(port)]
            command += ["--storage", storage] if storage else []
            async with child(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            ) as served:
                try:
                    # A worker started before would find nobody.
                    await tasks.start(_live_on, served, terminal, name="broker")
                    scheme = "grpcs" if os.environ.get("QTASKS_TLS_CERT") else "grpc"
                    url = f"{scheme}://127.0.0.1:{port}"
                    await _keep_worker(path, url, changes, terminal)
                finally:
                    tasks.cancel_scope.cancel()  # before the broker is ended

    calls.run(lambda: until_told_to_end(work))


async def _keep_worker(
    path: str, broker: str, changes: _Changes, terminal: _Terminal
) -> None:
    """Run a worker for ever, a new one after every change."""
    command = ["--app", path, "run", "--broker", broker]
    while True:
        async with (
            child(
                command,
                env={"PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as worker,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(terminal.relay, "worker", worker, name="worker output")
            tasks.start_soon(_tell_end, worker, terminal, name="worker end")
            changed = await changes.next()
            terminal.say("dev", f"{changed} changed, reloading")
            await end(worker)


async def _tell_end(worker: Process, terminal: _Terminal) -> None:
    code = await worker.wait()
    if code:
        terminal.say("dev", f"the worker ended with exit code {code}")
        terminal.say("dev", "it starts again when a file changes")


async def _live_on(
    broker: Process, terminal: _Terminal, *, task_status: TaskStatus[None]
) -> None:
    """Relay what the broker says; started once it serves."""
    ready = False

    def listen(line: str) -> None:
        nonlocal ready
        if not ready and line.startswith(BROKER_READY):
            ready = True
            task_status.started()

    await terminal.relay("broker", broker, listen)
    await broker.wait()
    raise BrokerEnded


def _watchfiles() -> ModuleType:
    try:
        return importlib.import_module("watchfiles")
    except ImportError:
        raise SettingsError(
            "`qtasks dev` needs watchfiles; install qtasks[dev]"
        ) from None
