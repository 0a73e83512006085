"""A stranger who types what the README says gets what it says."""

import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from tests.integration.readme_blocks import Block, commands, read_blocks
from tests.ports import free_port
from tests.tools import cannot_run, require

CHECKOUT = Path(__file__).parents[2]
BLOCKS = read_blocks((CHECKOUT / "README.md").read_text(encoding="utf-8"))
SECTIONS = ["A first task", "With Redis"]
READY = {"qtasks": "\n", "redis-server": "Ready to accept connections"}
"""What each server says once it is ready; ours say so in their first line."""
START_SECONDS = 30
STOP_SECONDS = 30
COMMAND_SECONDS = 120


def shell_blocks(section: str) -> list[Block]:
    return [
        block for block in BLOCKS if block.section == section and block.language == "sh"
    ]


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

    async def follow(self, block: Block) -> None:
        """Run a block to its end."""
        done = await run(
            ["sh", "-ec", self.own(block.text)], self.folder, self.environment
        )
        assert done.returncode == 0, f"{block.text}\n{done.stdout}"
        for line in block.output:
            assert line in done.stdout, f"{block.text}\n{done.stdout}"

    @asynccontextmanager
    async def serve(self, block: Block) -> AsyncIterator[None]:
        """Run a block from the moment it says it is ready until the end."""
        [command] = commands(block)
        process = await anyio.open_process(
            shlex.split(self.own(command)),
            cwd=self.folder,
            env=self.environment,
            stderr=subprocess.STDOUT,
        )
        async with process, anyio.create_task_group() as group:
            with anyio.fail_after(START_SECONDS):
                await group.start(read_output, process, command)
            try:
                yield
            finally:
                process.terminate()
            with anyio.fail_after(STOP_SECONDS):
                assert await process.wait() == 0, f"`{command}` did not end well"


async def read_output(
    process: Process,
    command: str,
    *,
    task_status: anyio.abc.TaskStatus[None],
) -> None:
    """Read what a server says, so that it never waits; started when it is ready."""
    assert process.stdout is not None
    said = ""
    ready = False
    async for text in TextReceiveStream(process.stdout, errors="replace"):
        if ready:
            continue
        said += text
        if READY[shlex.split(command)[0]] in said:
            ready = True
            task_status.started()
    assert ready, f"`{command}` ended before it was ready:\n{said}"


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


@pytest.mark.parametrize("section", SECTIONS)
async def test_section_does_what_it_says(section: str, tmp_path: Path) -> None:
    blocks = shell_blocks(section)
    for program in {shlex.split(line)[0] for b in blocks for line in commands(b)}:
        require(program)
    reader = Reader(tmp_path)
    for block in BLOCKS:
        if block.language == "python":
            (tmp_path / block.note).write_text(block.text, encoding="utf-8")
    async with AsyncExitStack() as servers:
        for block in blocks:
            if block.note == "server":
                await servers.enter_async_context(reader.serve(block))
            else:
                await reader.follow(block)


@pytest.mark.parametrize(
    "block",
    [block for block in shell_blocks("Two commands") if block.note == "checkout"],
    ids=lambda block: commands(block)[0],
)
async def test_block_in_the_checkout_works(block: Block, tmp_path: Path) -> None:
    if not (CHECKOUT / ".venv" / "ready").exists():
        cannot_run("there is no .venv here; `make test` sets it up")
    # `make test` is what runs now; from inside, it can only be shown to be there.
    script = block.text.replace("make test", "make --dry-run test")
    environment = clean_environment() | {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    done = await run(["sh", "-ec", script], CHECKOUT, environment)
    assert done.returncode == 0, done.stdout


def test_every_shell_block_is_run() -> None:
    run_sections = {*SECTIONS, "Two commands"}
    shell = [block for block in BLOCKS if block.language == "sh"]
    assert shell
    assert {block.section for block in shell} == run_sections
    assert {block.language for block in BLOCKS} == {"python", "sh", "text"}
