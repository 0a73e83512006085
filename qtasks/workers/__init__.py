"""The worker: takes tasks from a broker and runs them, by role.

`worker` is the component. Each time it starts, a `run` puts two roles together:
`connection` speaks with the broker, from a loop that user code can't block; `runner`
runs attempts, in the loop of user code. Between them stands the `exchange`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtasks.workers.worker import AsyncWorker, SyncThreadWorker

__all__ = ["AsyncWorker", "SyncThreadWorker"]


def __getattr__(name: str) -> Any:
    """Import the component when it is asked for: the roles do not need it."""
    if name in __all__:
        from qtasks.workers import worker  # noqa: PLC0415

        return getattr(worker, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
