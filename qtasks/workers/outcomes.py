"""Outcomes: how attempts end, as it is reported."""

from dataclasses import dataclass
from typing import Any

from qtasks import v1
from qtasks.abc.serializer import Serializer
from qtasks.abc.task_executor import DecodeFailed
from qtasks.context import Retry, TaskCancelError
from qtasks.core.limits import MAX_REASON
from qtasks.errors import OutputsTooLarge, PayloadTooLarge
from qtasks.task import Seconds
from qtasks.task.backoff import wait_of
from qtasks.task.wire import duration
from qtasks.workers.attempt import Attempt
from qtasks.workers.failures import raised, result_invalid, timed_out
from qtasks.workers.texts import clean, text_of


@dataclass(slots=True)
class Outcome:
    """How an attempt ended."""

    settle: v1.Settle
    size: int = 0
    value: Any = None
    """What the task returned."""

    @classmethod
    def of(cls, settle: v1.Settle) -> "Outcome":
        """An outcome without a value."""
        return cls(settle, settle.ByteSize())


def outcome_of_result(
    attempt: Attempt, value: Any, serializer: Serializer, *, decode: bool = True
) -> Outcome:
    """The function returned a value.

    Args:
        attempt: The attempt.
        value: The value.
        serializer: Turns it into a payload.
        decode: Whether its `decode` is still to be asked.
    """
    if attempt.stopped:
        return outcome_of_stop(attempt)
    try:
        decode_of_task = attempt.decode if decode else None
        if decode_of_task is not None:
            value = decode_of_task(value)
        payload = serializer.encode(value)
    except Exception as error:  # noqa: BLE001  # `decode` is the user's
        return _invalid(error)
    size = payload.ByteSize()
    if size > attempt.max_result:
        return _invalid(
            PayloadTooLarge(
                f"the result has {size} bytes, more than {attempt.max_result}; store "
                "it elsewhere and return a reference"
            )
        )
    return Outcome(v1.Settle(result=payload), size, value)


def _invalid(error: BaseException) -> Outcome:
    return Outcome.of(v1.Settle(failure=result_invalid(error)))


def cancelled(reason: str) -> Outcome:
    """The task ended itself, or a plugin did."""
    return Outcome.of(v1.Settle(cancelled=clean(reason[:MAX_REASON])))


def outcome_of_error(attempt: Attempt, error: BaseException) -> Outcome:
    """The function, or what is around it, raised."""
    if attempt.stopped:
        return outcome_of_stop(attempt)
    if isinstance(error, TaskCancelError):
        return cancelled(text_of(error))
    if isinstance(error, DecodeFailed):
        return _invalid(error.__cause__ or error)
    if isinstance(error, OutputsTooLarge):
        return _invalid(error)
    settle = v1.Settle(failure=raised(error, attempt.definition.retry_on_exc))
    verdict = attempt.verdict
    if verdict is not None:
        settle.failure.retryable = verdict.retry
        delay = verdict.delay
    else:
        if isinstance(error, Retry):
            settle.failure.retryable = True
        delay = wait_of(attempt.definition, attempt.assign.attempt, error)
    if delay is not None:
        _set_delay(settle, delay, error)
    return Outcome.of(settle)


def _set_delay(settle: v1.Settle, delay: Seconds, error: BaseException) -> None:
    """Say when to try again; a delay that is none is a failure too."""
    try:
        settle.retry_delay.CopyFrom(duration(delay, "retry delay"))
    except Exception as wrong:  # noqa: BLE001  # the delay is the user's
        wrong.__cause__ = error
        retryable = settle.failure.retryable
        settle.failure.CopyFrom(raised(wrong, ()))
        settle.failure.retryable = retryable


def outcome_of_cancel(attempt: Attempt) -> Outcome:
    """The attempt was cancelled, by the worker or by itself."""
    if attempt.stopped:
        return outcome_of_stop(attempt)
    return cancelled("the task cancelled itself")


def outcome_of_stop(attempt: Attempt, *, overrun: bool = False) -> Outcome:
    """The attempt was told to stop.

    Args:
        attempt: The attempt.
        overrun: Whether it took no notice.
    """
    if attempt.stop_reason == "cancel":
        return cancelled(attempt.stop_text)
    if attempt.stop_reason == "timeout":
        failure = timed_out(attempt.stop_text, attempt.definition.retry_on_exc)
        if overrun:
            failure.details["overrun"] = "true"
        return Outcome.of(v1.Settle(failure=failure))
    return Outcome.of(v1.Settle(given_back=v1.GivenBack(reason=attempt.stop_text)))
