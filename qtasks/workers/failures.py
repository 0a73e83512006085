"""Failures: what a task raised, as it travels."""

import traceback
from pathlib import Path
from types import TracebackType

from qtasks import v1
from qtasks.errors import ArgumentInvalid
from qtasks.workers.texts import clean, text_of

MAX_KIND = 256
MAX_TRACEBACK = 16_000
MAX_CAUSES = 3

OURS = str(Path(__file__).parent.parent)


def raised(
    error: BaseException, retry_on: tuple[type[BaseException], ...]
) -> v1.Failure:
    """What a task raised."""
    if isinstance(error, ArgumentInvalid):
        return rejected("ArgumentInvalid", str(error.message), **error.facts)
    failure = _failure(error, MAX_CAUSES)
    failure.reason = v1.FAILURE_REASON_RAISED
    failure.retryable = not retry_on or isinstance(error, retry_on)
    return failure


def timed_out(message: str, retry_on: tuple[type[BaseException], ...]) -> v1.Failure:
    """A task ran too long."""
    return v1.Failure(
        kind="TimeoutError",
        message=message,
        reason=v1.FAILURE_REASON_TIMED_OUT,
        retryable=not retry_on
        or any(issubclass(TimeoutError, one) for one in retry_on),
    )


def rejected(kind: str, message: str, /, **details: str) -> v1.Failure:
    """A task could not be called."""
    return v1.Failure(
        kind=kind,
        message=clean(message),
        reason=v1.FAILURE_REASON_REJECTED,
        details={clean(name): clean(str(fact)) for name, fact in details.items()},
    )


def result_invalid(error: BaseException) -> v1.Failure:
    """A result could not travel."""
    return v1.Failure(
        kind=clean(type(error).__name__, MAX_KIND),
        message=clean(text_of(error)),
        reason=v1.FAILURE_REASON_RESULT_INVALID,
    )


def _failure(error: BaseException, causes: int) -> v1.Failure:
    failure = v1.Failure(
        kind=clean(type(error).__qualname__, MAX_KIND),
        message=clean(text_of(error)),
        traceback=clean(_traceback(error), MAX_TRACEBACK),
    )
    cause = error.__cause__
    if cause is not None and causes:
        failure.cause.CopyFrom(_failure(cause, causes - 1))
    return failure


def _traceback(error: BaseException) -> str:
    # An error from another process brings its traceback as text.
    text = error.__dict__.get("qtasks_traceback")
    if isinstance(text, str):
        return text
    trace = _own_part(error.__traceback__)
    lines = traceback.format_exception(type(error), error, trace)
    return "".join(lines)


def _own_part(trace: TracebackType | None) -> TracebackType | None:
    """The trace from the user's first frame on."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OURS):
        trace = trace.tb_next
    return trace
