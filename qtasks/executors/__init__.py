"""How tasks are carried out: the places where functions run, and what is around them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qtasks.executors.task_executor import AsyncTaskExecutor, SyncTaskExecutor

__all__ = ["AsyncTaskExecutor", "SyncTaskExecutor"]


def __getattr__(name: str) -> Any:
    """Import what surrounds a function when it is asked for: places do not need it."""
    if name in __all__:
        from qtasks.executors import task_executor  # noqa: PLC0415

        return getattr(task_executor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
