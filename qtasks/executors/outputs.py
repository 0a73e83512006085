"""Outputs: what a generator yielded, for the result it has when it returns nothing."""

from typing import Any

from qtasks.abc.executor import Job
from qtasks.errors import OutputsTooLarge


class Outputs:
    """The values a generator yielded, as long as they fit into a result together.

    Once they do not, they are let go: they stay readable as events. A task that returns
    nothing then has no result, which is an error: empty, it would look like one.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._values: list[Any] | None = []
        self._size = 2

    def add(self, value: Any, size: int) -> None:
        """Keep a value that travelled with this size."""
        if self._values is None:
            return
        self._size += size
        if self._size > self._job.max_result:
            self._values = None
        else:
            self._values.append(value)

    def result(self, returned: Any) -> Any:
        """The result: what was returned, else the values."""
        if returned is not None:
            return returned
        if self._values is None:
            raise OutputsTooLarge(
                "the yielded values together are larger than a result may be, "
                f"{self._job.max_result} bytes; read them as events, and have the "
                "generator return what its result should be"
            )
        return self._values
