"""What the demo calls its app and the tasks of a run."""

from uuid import UUID

from qtasks.client.ids import new_task_id

APP_NAME = "demo"

MOST_TASKS = 1 << 20
"""As many ids follow the first one of a run."""


def first_id() -> str:
    """Make the id of a run's first task, with room to count on from it."""
    return str(UUID(int=UUID(new_task_id()).int & ~(MOST_TASKS - 1)))


def nth_id(first: str, index: int) -> UUID:
    """Say the id of a run's task by its place."""
    return UUID(int=UUID(first).int + index)
