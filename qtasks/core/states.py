"""The states of a task and the moves between them.

::

    SCHEDULED ──▶ NEW ──▶ PROCESS ──▶ SUCCESS | ERROR | CANCEL
                   ▲ ▲       │
                   │ └───────┤ given back
                   └─ RETRY ◀┘ failed, or its worker was lost

A waiting task may be cancelled; an ended task may be requeued: to NEW, or to SCHEDULED
if it was cancelled while it waited for other tasks. Nothing else moves.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a task stands; the values are the statuses QTasks users know."""

    SCHEDULED = "scheduled"
    NEW = "new"
    PROCESS = "process"
    RETRY = "retry"
    SUCCESS = "success"
    ERROR = "error"
    CANCEL = "cancel"

    @property
    def ended(self) -> bool:
        """Whether the task has ended."""
        return self in ENDED

    @property
    def waiting(self) -> bool:
        """Whether no worker has the task, and it has not ended."""
        return self in WAITING


ENDED = frozenset({State.SUCCESS, State.ERROR, State.CANCEL})
WAITING = frozenset({State.SCHEDULED, State.NEW, State.RETRY})

MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.SCHEDULED, State.NEW}),
    # Again when it waits for others no more, but for its time still.
    State.SCHEDULED: frozenset({State.NEW, State.CANCEL, State.SCHEDULED}),
    State.NEW: frozenset({State.PROCESS, State.CANCEL}),
    State.PROCESS: frozenset({State.NEW, State.RETRY, *ENDED}),
    State.RETRY: frozenset({State.NEW, State.CANCEL}),
    State.SUCCESS: frozenset({State.NEW}),
    State.ERROR: frozenset({State.NEW}),
    State.CANCEL: frozenset({State.NEW, State.SCHEDULED}),
}
"""Which states may follow which; `None` is "not stored yet"."""
