"""Child processes of a command: started apart from Ctrl-C, always ended."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import anyio
import typer
from anyio.abc import Process

GRACE_SECONDS = 10.0
"""How long a child may take to end after SIGTERM."""

SECOND_GRACE_SECONDS = 3.0
"""How long it may take after the second one."""

BROKER_READY = "qtasks broker on "
"""How the line begins that `qtasks serve` says once it answers."""

ENDING_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
SIGNALLED = 128
"""Added to a signal's number, it is the exit code of a process ended by it."""


@asynccontextmanager
async def child(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    grace_seconds: float = GRACE_SECONDS,
) -> AsyncIterator[Process]:
    """Run `qtasks COMMAND` in a process of its own for as long as the block.

    It gets a session of its own: a Ctrl-C at the terminal reaches this process alone,
    which then ends its children in the right order.

    Args:
        command: The command and its arguments.
        env: Variables besides those of this process.
        stdout: Where its output goes, as for `subprocess`.
        stderr: Where its errors go.
        grace_seconds: How long it may take to end when told to.
    """
    process = await anyio.open_process(
        [sys.executable, "-m", "qtasks", *command],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            await end(process, grace_seconds)
            await process.aclose()


async def end(process: Process, grace_seconds: float = GRACE_SECONDS) -> None:
    """End a child: ask, ask again, then insist.

    Asked once, brokers and workers finish what they do; asked twice, they give it back.
    """
    for seconds in (grace_seconds, SECOND_GRACE_SECONDS):
        if process.returncode is not None:
            return
        process.terminate()
        with anyio.move_on_after(seconds):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


async def until_told_to_end(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work`, and let it clean up when this process is told to end.

    Ctrl-C cancels the work by itself; SIGTERM and a closed terminal would kill this
    process at once and leave its children behind.

    Raises:
        typer.Exit: A signal ended the work.
    """
    with anyio.open_signal_receiver(*ENDING_SIGNALS) as signals:
        async with anyio.create_task_group() as tasks:
            ended_by: list[int] = []

            async def listen() -> None:
                async for number in signals:
                    ended_by.append(number)
                    tasks.cancel_scope.cancel()

            tasks.start_soon(listen, name="ending signals")
            await work()
            tasks.cancel_scope.cancel()
    if ended_by:
        raise typer.Exit(SIGNALLED + ended_by[0])
