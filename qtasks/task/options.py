"""What a submit says beside the task and its arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from uuid import UUID

Seconds = float | timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Backoff:
    """How long to wait before a failed task is tried again, in seconds.

    The wait before attempt n + 1 is `initial * multiplier ** (n - 1)`, at most `max`,
    plus or minus `jitter` as a share of it.
    """

    initial: float = 1.0
    multiplier: float = 2.0
    max: float = 3600.0
    jitter: float = 0.1


Waits = (
    Backoff
    | Seconds
    | Sequence[Seconds]
    | Callable[[int, BaseException], Seconds | None]
)
"""When a task is tried again: by a rule, after a fixed time, after these times in turn
(the last one from then on), or as a function of the attempt (from 1) and its error says;
`None` of it means as usual. A task of a decorator may have any of these, a submit only the
first two: the others are decided by the worker."""


@dataclass(frozen=True, slots=True)
class After:
    """The tasks a task waits for before it is ready: the broker sees to it.

    Args:
        tasks: At most 10,000 ids or handles. A task that is not known counts as failed.
        results: What it is given of them as further positional arguments: nothing,
            `each` result by itself (but for `None`), or one `list` of all.
        on_failure: When one did not succeed, once all have ended: `cancel` this one, or
            `run` it with `None` in the place of that result.
    """

    tasks: Sequence[Any]
    results: Literal["", "each", "list"] = ""
    on_failure: Literal["cancel", "run"] = "cancel"


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitOptions:
    """What a submit says beside the task and its arguments; `None` means "as usual"."""

    priority: int | None = None
    """Lower runs first, from -4096 to 4095."""
    delay: Seconds | None = None
    """Not before this long from now."""
    eta: datetime | None = None
    """Not before this moment."""
    queue: str | None = None
    expires: Seconds | datetime | None = None
    """Cancelled if it has not started by then."""
    deadline: Seconds | datetime | None = None
    """Ended if it has not ended by then."""
    idempotency_key: str | None = None
    """A second submit with the same key gives the first task."""
    group: str | None = None
    tags: Sequence[str] | None = None
    metadata: Mapping[str, str] | None = None
    keep_result: Seconds | None = None
    """How long the task is kept after its end."""
    keep_failure: Seconds | None = None
    """The same, when it did not end with success."""
    max_time: Seconds | None = None
    """The longest an attempt may run."""
    retry: int | None = None
    """How often it is tried again."""
    retry_backoff: Backoff | Seconds | None = None
    after: "After | Sequence[Any] | None" = None
    """Not before these tasks have ended; ids and handles, or `After` to say more."""
    task_uuid: UUID | str | None = None
    """The id to use; one is made when none is given."""

    def merged(self, **given: Any) -> Self:
        """These options, with those that are given instead."""
        named = {name: value for name, value in given.items() if value is not None}
        return replace(self, **named) if named else self


NO_OPTIONS = SubmitOptions()
OPTION_NAMES = frozenset(item.name for item in fields(SubmitOptions))
