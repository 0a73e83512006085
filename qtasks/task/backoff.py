"""Backoff: how long a failed task waits, where its worker says so and not the broker."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from qtasks.context import Retry
from qtasks.task.definition import TaskDefinition
from qtasks.task.options import Backoff, Seconds

logger = logging.getLogger(__name__)


def wait_of(
    definition: TaskDefinition, attempt: int, error: BaseException
) -> Seconds | None:
    """How long to wait after an attempt; `None`: as the broker says.

    Args:
        definition: The task.
        attempt: Its number, from 1.
        error: What it raised.
    """
    if isinstance(error, Retry) and error.delay is not None:
        return error.delay
    backoff: Any = definition.retry_backoff
    if isinstance(backoff, Backoff | None):
        return None
    if isinstance(backoff, Sequence):
        return _in_turn(backoff, attempt)
    if callable(backoff):
        return _asked(backoff, attempt, error)
    return None


def _in_turn(waits: Sequence[Seconds], attempt: int) -> Seconds | None:
    """The wait of this attempt; the last one from then on."""
    return waits[min(attempt, len(waits)) - 1] if waits else None


def _asked(
    waits: Callable[[int, BaseException], Seconds | None],
    attempt: int,
    error: BaseException,
) -> Seconds | None:
    try:
        return waits(attempt, error)
    except Exception:
        logger.exception("retry_backoff failed", extra={"attempt": attempt})
        return None
