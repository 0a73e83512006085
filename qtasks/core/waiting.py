"""Tasks that wait for other tasks: what is kept of their waiting.

A held task waits for one task at a time. While that has not ended, the storage keeps
the held one as its follower; once it has, the follower is pending: its turn has come to
be looked at, to follow the next one or to be released. So a held task is always
somebody's follower or pending, whatever breaks where.
"""

from dataclasses import dataclass
from typing import NamedTuple

CURSOR_STEP = 2**20
"""Between the first cursors of a task that is held again and again."""

SUBMIT_GRACE = 10.0
"""Seconds a new held task is left to the broker that stored it.

Longer than any call lasts: those it waits for may be stored by the same call, and one
that is not stored counts as failed."""


class Follower(NamedTuple):
    """A held task whose turn has come."""

    child: str
    cursor: int
    """Where it goes on among the tasks it waits for. Only grows, modulo their number,
    so that no two turns of a task are the same."""
    place: int = -1
    """Where the storage keeps it: its own affair. -1: beside the child."""


class Following(NamedTuple):
    """A held task that waits for another one."""

    parent: str
    child: str
    cursor: int
    """Where it goes on once the parent has ended."""


@dataclass(slots=True)
class Release:
    """What was decided about a held task."""

    id: str
    inputs: bytes = b""
    due: float = 0.0
    """When it may start, in epoch seconds; passed or 0: at once."""
    refusal: str = ""
    """Not to run at all: CANCEL with this reason."""


def first_cursor(seq: int) -> int:
    """The first cursor of a task that is held since its event number `seq`."""
    return seq * CURSOR_STEP
