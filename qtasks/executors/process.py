"""Processes: for functions that must be isolated, or ended by force."""

from typing import Any, ClassVar

from qtasks.abc.executor import Executor, Job


class ProcessExecutor(Executor):
    """Functions in spawned processes."""

    interruptible: ClassVar[bool] = True

    def __init__(self, processes: int) -> None:
        self._processes = processes

    async def run(self, job: Job) -> Any:
        """Run an attempt."""
        raise NotImplementedError
