"""Oversize: tasks that no message can carry are refused before they are sent.

A message over gRPC's limit is refused as a whole, and a stream that carries one ends: it
would take other tasks down that only travel with it.
"""

from qtasks import v1
from qtasks.errors import PayloadTooLarge

MAX_TASK = 3 * 1024 * 1024
"""Bytes: more than brokers take, and less than a message can have."""


def oversize(task: v1.TaskSubmit) -> PayloadTooLarge | None:
    """Why a task can't be sent, if so."""
    size = task.ByteSize()
    if size <= MAX_TASK:
        return None
    field = "args" if task.args.ByteSize() > task.kwargs.ByteSize() else "kwargs"
    return PayloadTooLarge(
        f"the task has {size} bytes, more than a broker takes; store the value "
        "elsewhere and send a reference",
        field=field,
    )
