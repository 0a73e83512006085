"""Results: what became of offloaded tasks, one by one or by their groups."""

from math import isfinite
from typing import Any

from qtasks import v1
from qtasks.errors import OutOfRange
from qtasks.tasks.offload import get_broker
from qtasks.tasks.records import Place, Records, Task
from qtasks.tasks.settings import current
from qtasks.tasks.stored import StoredRecords


def records(broker: Any = None) -> Records:
    """Where tasks are looked up."""
    chosen = current().records
    if chosen is None:
        return StoredRecords(get_broker(broker))
    return chosen


Place.chosen = staticmethod(records)


def seconds_of(wait: Any) -> float | None:
    """A wait in milliseconds as seconds; `None` for ever.

    Raises:
        OutOfRange: it is negative, but not -1.
    """
    if wait == -1:
        return None
    number = isinstance(wait, int | float) and not isinstance(wait, bool)
    if not number or not isfinite(wait) or wait < 0:
        raise OutOfRange(
            f"wait must be milliseconds, 0 or more, or -1 for ever, not {wait!r}",
            field="wait",
        )
    return float(wait) / 1000


def fetch(task_id: str, wait: float = 0, cached: bool = False) -> Task | None:  # noqa: ARG001, FBT001, FBT002
    """A task that has ended.

    Args:
        task_id: Its id, or its name.
        wait: Milliseconds to wait for its end; -1: for ever.
        cached: Not needed: cached results are records that are kept for a short time.

    Returns:
        The task; `None` when it has not ended in time.

    Raises:
        TaskNotFound: there is no such task (any more).
        OutOfRange: `wait` is negative.
    """
    return records().find(task_id, seconds_of(wait))


def result(task_id: str, wait: float = 0, cached: bool = False) -> Any:  # noqa: FBT001, FBT002
    """What a task returned, or its error; see `fetch`.

    Returns:
        `None` also when it has not ended in time.
    """
    found = fetch(task_id, wait, cached)
    return None if found is None else found.result


def fetch_group(
    group_id: str,
    failures: bool = True,  # noqa: FBT001, FBT002
    wait: float = 0,
    count: int | None = None,
    cached: bool = False,  # noqa: ARG001, FBT001, FBT002
) -> list[Task]:
    """The tasks of a group that have ended, in the order of their submits.

    Args:
        group_id: The label.
        failures: Whether those that failed count too.
        wait: Milliseconds to wait; -1: for ever.
        count: Wait until there are so many; else until all that are there have ended.
        cached: Not needed.

    Raises:
        GroupNotFound: no task has the label, and none came in time.
        OutOfRange: `wait` is negative.
    """
    successes = None if failures else True
    return records().group(
        group_id, successes=successes, count=count, wait=seconds_of(wait)
    )


def result_group(
    group_id: str,
    failures: bool = False,  # noqa: FBT001, FBT002
    wait: float = 0,
    count: int | None = None,
    cached: bool = False,  # noqa: FBT001, FBT002
) -> list[Any]:
    """What the tasks of a group returned; with `failures` also errors."""
    found = fetch_group(group_id, failures, wait, count, cached)
    return [one.result for one in found]


def count_group(group_id: str, failures: bool = False, cached: bool = False) -> int:  # noqa: ARG001, FBT001, FBT002
    """How many tasks of a group have ended; with `failures`: failed."""
    return Task.get_group_count(group_id, failures)


def delete_group(group_id: str, tasks: bool = False, cached: bool = False) -> None:  # noqa: ARG001, FBT001, FBT002
    """Take the label off the tasks of a group; with `tasks`, forget them.

    Raises:
        GroupNotFound: no task has the label.
    """
    Task.delete_group(group_id, tasks)


def delete_cached(task_id: str, broker: Any = None) -> None:
    """Forget a task and its result.

    Raises:
        TaskNotFound: there is no such task (any more).
    """
    records(broker).delete([task_id])


def queue_size(broker: Any = None) -> int:
    """How many tasks of the app wait in its queues; those that run do not count."""
    app = get_broker(broker)
    size: int = app.blocking.call(_queue_size, app.asyncio)
    return size


async def _queue_size(app: Any) -> int:
    broker = (await app.home.open()).broker
    request = v1.ListQueuesRequest(app=app.name)
    queues = (await app.home.call(broker.list_queues, request)).queues
    return sum(one.ready + one.scheduled for one in queues)
