"""Supervisor: keeps a number of worker processes running.

One that dies is started again; one that was told to leave, and so ends with 0, is not.

Processes are spawned, never forked: a forked gRPC channel hangs. Each finds the app by
its path, `module:variable`.
"""

import importlib
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from typing import Any

import anyio

from qtasks import loops
from qtasks.core.reconnection import Reconnection
from qtasks.errors import QtasksError, SettingsError

logger = logging.getLogger(__name__)

REFUSED = 3
"""Exit code of a worker that no restart would help."""
STEADY_AFTER = 10.0
"""A process that lived this many seconds had started well."""
KILL_AFTER = 10.0
"""Seconds beyond the drain time until a process is ended by force."""


@dataclass(frozen=True, kw_only=True)
class WorkerCommand:
    """What each process is started with."""

    app_path: str
    options: dict[str, Any] = field(default_factory=dict)
    """For the app's `run_forever`."""
    prepare: Callable[[], None] | None = None
    """Called first in each process, for example to set up logging."""


class Supervisor:
    """Keeps a number of worker processes running.

    Args:
        command: What each is started with.
        processes: How many.
        drain_timeout: How long a process may take to drain, in seconds.
    """

    def __init__(
        self, command: WorkerCommand, processes: int, *, drain_timeout: float
    ) -> None:
        self._command = command
        self._count = processes
        self._drain_timeout = drain_timeout
        self._context = multiprocessing.get_context("spawn")
        self._running: dict[int, SpawnProcess] = {}
        self._stopping = anyio.Event()
        self._refused = False

    def run(self) -> None:
        """Keep them running until SIGTERM or SIGINT, which they are passed on.

        Raises:
            QtasksError: a worker was refused by the broker.
        """
        loops.run(self._run)
        if self._refused:
            raise QtasksError("the broker refused the worker; see the log")

    async def _run(self) -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._obey_signals)
            async with anyio.create_task_group() as keepers:
                for number in range(1, self._count + 1):
                    keepers.start_soon(self._keep, number, name=f"worker {number}")
            tasks.cancel_scope.cancel()

    async def _obey_signals(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                self._stopping.set()
                self._pass_on(signal.SIGTERM)

    def _pass_on(self, number: signal.Signals) -> None:
        for process in self._running.values():
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, number)

    async def _keep(self, number: int) -> None:
        """Keep one process running."""
        waits = Reconnection(initial=0.5, most=30.0)
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._live(number)
            if code == REFUSED:
                self._refused = True
                self._stopping.set()
                self._pass_on(signal.SIGTERM)
            if self._stopping.is_set():
                return
            if code == 0:
                # It was told to leave, by an operator or by a signal of its own.
                logger.info("worker process left", extra={"number": number})
                return
            if time.monotonic() - started > STEADY_AFTER:
                waits.succeeded()
            wait = waits.delay()
            logger.error(
                "worker process died",
                extra={"number": number, "exit_code": code, "restart_in": wait},
            )
            with anyio.move_on_after(wait):
                await self._stopping.wait()

    async def _live(self, number: int) -> int | None:
        """Run one process to its end; its exit code."""
        process = self._context.Process(
            target=_worker_main, args=(self._command, number), name=f"qtasks-{number}"
        )
        process.start()
        self._running[number] = process
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._end_by_force, process)
                await anyio.wait_readable(process.sentinel)
                tasks.cancel_scope.cancel()
        finally:
            del self._running[number]
            process.join()
        code = process.exitcode
        process.close()
        return code

    async def _end_by_force(self, process: SpawnProcess) -> None:
        await self._stopping.wait()
        await anyio.sleep(self._drain_timeout + KILL_AFTER)
        logger.error("worker process does not end", extra={"pid": process.pid})
        process.kill()


def _worker_main(command: WorkerCommand, number: int) -> None:
    """The main function of a worker process."""
    # A group of its own: a Ctrl-C reaches the supervisor, which passes it on.
    os.setpgrp()
    if command.prepare is not None:
        command.prepare()
    options = dict(command.options)
    if options.get("worker_id"):
        options["worker_id"] = f"{options['worker_id']}-{number}"
    try:
        find_app(command.app_path).run_forever(processes=1, **options)
    except QtasksError as error:
        logger.error("worker ended", extra={"error": str(error)})  # noqa: TRY400
        sys.exit(REFUSED)


def find_app(path: str) -> Any:
    """The app at `module:variable`; a function there is called and returns it."""
    module_name, _, variable = path.partition(":")
    found: Any = importlib.import_module(module_name)
    for name in variable.split("."):
        found = getattr(found, name)
    return found if hasattr(found, "run_forever") else found()


def path_of_app(*faces: object) -> str:
    """The path under which another process can find an app.

    Raises:
        SettingsError: no module has it as a global variable.
    """
    for module_name, module in sorted(sys.modules.items()):
        for variable, value in list(getattr(module, "__dict__", {}).items()):
            if any(value is face for face in faces):
                return f"{module_name}:{variable}"
    raise SettingsError(
        "worker processes find the app as a global variable of a module; this one is "
        "in none: name it with app_path='module:variable'"
    )
