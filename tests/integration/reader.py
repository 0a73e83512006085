"""Somebody who types what a page of the documentation says, at a machine of their own."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from tests.integration.markdown_blocks import Block, commands
from tests.ports import free_port
from tests.tools import require

READY = {"qtasks": "\n", "redis-server": "Ready to accept connections"}
"""What each server says once it is ready; ours say so in their first line."""
START_SECONDS = 30
STOP_SECONDS = 30
COMMAND_SECONDS = 120
ENDED_WELL = (0, 128 + signal.SIGTERM, -signal.SIGTERM)
"""Exit codes of a server that was told to end; `qtasks dev` says what told it, and a
worker that was drained may be past listening when it is told once more."""


class Reader:
    """Somebody at a machine of their own: a folder, free ports, empty settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {documented: str(free_port()) for documented in ("50051", "6379")}
        broker = self.ports["50051"]
        self.environment = clean_environment() | {
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "QTASKS_PORT": broker,
            "QTASKS_BROKER_URL": f"grpc://127.0.0.1:{broker}",
        }

    def own(self, text: str) -> str:
        """The text with the documented ports replaced by free ones."""
        for documented, free in self.ports.items():
            text = text.replace(documented, free)
        return text

    def save(self, block: Block) -> None:
        """Save a block as the file it names."""
        path = self.folder / block.note
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.own(block.text), encoding="utf-8")

    async def type(self, blocks: Sequence[Block]) -> None:
        """Type the shell blocks of a section; its servers run until its end."""
        for line in (line for block in blocks for line in commands(block)):
            require(shlex.split(line)[0])
        said: list[str] = []
        async with AsyncExitStack() as servers:
            for block in blocks:
                if block.note == "server":
                    await servers.enter_async_context(self.serve(block, said))
                else:
                    await self.follow(block, said)

    async def follow(self, block: Block, said: Sequence[str]) -> None:
        """Run a block to its end; `said` is what the servers said so far."""
        done = await run(
            ["sh", "-ec", self.own(block.text)], self.folder, self.environment
        )
        shown = f"{block.text}\n{done.stdout}\nservers:\n{''.join(said)}"
        assert done.returncode == 0, shown
        for line in block.output:
            assert line in done.stdout, shown

    @asynccontextmanager
    async def serve(self, block: Block, said: list[str]) -> AsyncIterator[None]:
        """Run a block from the moment it says it is ready until the end.

        Args:
            block: Its command.
            said: What it says is added here.
        """
        [command] = commands(block)
        process = await anyio.open_process(
            shlex.split(self.own(command)),
            cwd=self.folder,
            env=self.environment,
            stderr=subprocess.STDOUT,
        )
        async with process, anyio.create_task_group() as group:
            with anyio.fail_after(START_SECONDS):
                await group.start(read_output, process, command, said)
            try:
                yield
            finally:
                # One that was drained may have ended; `terminate` would reap it, and
                # the loop not learn its exit code.
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGTERM)
            with anyio.fail_after(STOP_SECONDS):
                code = await process.wait()
            assert code in ENDED_WELL, f"`{command}` ended with {code}"


async def read_output(
    process: Process,
    command: str,
    said: list[str],
    *,
    task_status: anyio.abc.TaskStatus[None],
) -> None:
    """Read what a server says, so that it never waits; started when it is ready."""
    assert process.stdout is not None
    own = ""
    ready = False
    async for text in TextReceiveStream(process.stdout, errors="replace"):
        said.append(text)
        if ready:
            continue
        own += text
        if READY[shlex.split(command)[0]] in own:
            ready = True
            task_status.started()
    assert ready, f"`{command}` ended before it was ready:\n{own}"


def clean_environment() -> dict[str, str]:
    """This environment as a reader's shell would have it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QTASKS_", "MAKE", "MFLAGS", "PYTEST_"))
    }
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


async def run(
    command: Sequence[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    with anyio.fail_after(COMMAND_SECONDS):
        done = await anyio.run_process(
            command,
            cwd=folder,
            env=environment,
            check=False,
            stderr=subprocess.STDOUT,
        )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="replace")
    )
