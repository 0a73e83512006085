"""The demo's processes: a broker on a store of its own, and workers."""

import re
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process

from qtasks.cli.children import BROKER_READY, child
from qtasks.errors import QtasksError

START_SECONDS = 30.0
"""How long the broker may take to say where it listens."""

GRACE_SECONDS = 5.0
LAST_WORDS_BYTES = 2_000
"""How much of what a process said is shown when it ends by itself."""

APP_PATH = "qtasks.cli.demo.app:app"

_ADDRESS = re.compile(rb"%b(\S+?),? .*\n" % BROKER_READY.encode())


class DemoFailed(QtasksError):
    """A process of the demo ended by itself."""


@asynccontextmanager
async def demo_processes(workers: Sequence[str]) -> AsyncIterator[str]:
    """Run a broker and workers for as long as the block; say the broker's address.

    The block ends with `DemoFailed` when one of them ends by itself.

    Args:
        workers: Their ids.
    """
    with tempfile.TemporaryDirectory(
        prefix="qtasks-demo-", ignore_cleanup_errors=True
    ) as name:
        home = Path(name)
        async with (
            anyio.create_task_group() as watched,
            AsyncExitStack() as children,
        ):
            broker = await children.enter_async_context(_broker(home))
            url = await _address(broker, home / "broker.log")
            watched.start_soon(_forget, _output(broker))
            watched.start_soon(_live_on, broker, home / "broker.log")
            for worker_id in workers:
                worker = await children.enter_async_context(
                    _worker(home, worker_id, url)
                )
                watched.start_soon(_live_on, worker, home / f"{worker_id}.log")
            # The watching ends before the children do, which is no surprise then.
            children.callback(watched.cancel_scope.cancel)
            yield url


UNGUARDED = dict.fromkeys(
    ("QTASKS_TLS_CERT", "QTASKS_TLS_KEY", "QTASKS_TLS_CLIENT_CA", "QTASKS_TOKENS_FILE"),
    "",
)
"""The demo's broker is for this machine and this minute, whatever others are told."""


@asynccontextmanager
async def _broker(home: Path) -> AsyncIterator[Process]:
    command = ["serve", "--host", "127.0.0.1", "--port", "0"]
    command += ["--storage", f"sqlite:///{home}/tasks.sqlite"]
    with (home / "broker.log").open("wb") as log:
        async with child(
            command,
            env=UNGUARDED,
            stdout=subprocess.PIPE,
            stderr=log.fileno(),
            grace_seconds=GRACE_SECONDS,
        ) as process:
            yield process


@asynccontextmanager
async def _worker(home: Path, worker_id: str, url: str) -> AsyncIterator[Process]:
    command = ["--app", APP_PATH, "run", "--worker-id", worker_id]
    with (home / f"{worker_id}.log").open("wb") as log:
        async with child(
            command,
            env={"QTASKS_BROKER_URL": url},
            stdout=log.fileno(),
            stderr=log.fileno(),
            grace_seconds=GRACE_SECONDS,
        ) as process:
            yield process


async def _address(broker: Process, log: Path) -> str:
    """Read where the broker listens: it says so once it does."""
    said = b""
    with anyio.move_on_after(START_SECONDS):
        async for chunk in _output(broker):
            said += chunk
            match = _ADDRESS.search(said)
            if match:
                return f"grpc://{match[1].decode()}"
        await broker.wait()
        raise _failed(broker, log)
    raise DemoFailed(f"the broker was not ready within {START_SECONDS:g} seconds")


async def _live_on(process: Process, log: Path) -> None:
    await process.wait()
    raise _failed(process, log)


async def _forget(stream: ByteReceiveStream) -> None:
    async for _ in stream:
        pass


def _output(process: Process) -> ByteReceiveStream:
    if process.stdout is None:
        raise ValueError("the process was started without a pipe")
    return process.stdout


def _failed(process: Process, log: Path) -> DemoFailed:
    text = log.read_bytes()[-LAST_WORDS_BYTES:].decode("utf-8", "replace").strip()
    said = text.splitlines()[-1] if text else "it said nothing"
    return DemoFailed(f"{log.stem} ended with exit code {process.returncode}: {said}")
