"""What a submit may say of the tasks it waits for."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from qtasks import v1
from qtasks.errors import InvalidField, QtasksError, TooMany

MAX_AFTER = 10_000
"""Tasks that one task may wait for."""


def check_cycles(tasks: Sequence[v1.TaskSubmit]) -> dict[str, QtasksError]:
    """Errors, by id, of the tasks of a request that wait for one another in a circle."""
    waiting = {
        task.id: task
        for task in tasks
        if task.HasField("after") and task.id and task.after.task_ids
    }
    refused: dict[str, QtasksError] = {}
    while waiting:
        graph = {
            id_: [one for one in task.after.task_ids if one in waiting]
            for id_, task in waiting.items()
        }
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            for id_ in set(circle):
                refused[id_] = InvalidField(
                    f"tasks wait for one another: {' -> '.join(circle)}",
                    field="after.task_ids",
                )
                del waiting[id_]
        else:
            break
    return refused


def check_after(task: v1.TaskSubmit) -> bool:
    """Whether a task waits for others; refuses what can't be waited for.

    Raises:
        InvalidField: or one of its kinds, naming the field.
    """
    if task.inputs:
        raise InvalidField("inputs are filled in by the broker", field="inputs")
    if not task.HasField("after"):
        return False
    after = task.after
    if len(after.task_ids) > MAX_AFTER:
        raise TooMany(
            f"after.task_ids has {len(after.task_ids)} entries, more than {MAX_AFTER}",
            field="after.task_ids",
        )
    if task.id in after.task_ids:
        raise InvalidField(
            "after.task_ids names the task itself: it can't wait for itself",
            field="after.task_ids",
        )
    how = getattr(after, "pass")
    if how not in v1.Pass.values():
        raise InvalidField(
            f"after.pass is {how}, and there is no such way to pass results",
            field="after.pass",
        )
    if after.on_failure not in v1.OnFailure.values():
        raise InvalidField(
            f"after.on_failure is {after.on_failure}, and there is no such value",
            field="after.on_failure",
        )
    return bool(after.task_ids)
