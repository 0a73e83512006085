"""What tasks raise, as it travels."""

import pytest

from qtasks import v1
from qtasks.workers.failures import raised, rejected, result_invalid, timed_out


def failing():
    try:
        {}["inner"]
    except KeyError as error:
        raise ValueError("outer") from error


def test_a_failure_tells_kind_message_traceback_and_cause():
    with pytest.raises(ValueError, match="outer") as caught:
        failing()
    failure = raised(caught.value, ())
    assert (failure.kind, failure.message) == ("ValueError", "outer")
    assert "failing" in failure.traceback
    assert failure.cause.kind == "KeyError"
    assert failure.reason == v1.FAILURE_REASON_RAISED


def test_only_the_errors_asked_for_are_tried_again_subclasses_too():
    assert raised(KeyError(), ()).retryable
    assert raised(KeyError(), (LookupError,)).retryable
    assert not raised(ValueError(), (LookupError,)).retryable
    assert timed_out("late", (OSError,)).retryable
    assert not timed_out("late", (KeyError,)).retryable


def test_what_can_not_be_called_is_not_tried_again():
    failure = rejected("TypeError", "no", parameter="a")
    assert not failure.retryable
    assert failure.details["parameter"] == "a"
    assert not result_invalid(TypeError("no")).retryable


def test_any_text_can_travel_and_long_text_is_cut():
    failure = raised(ValueError("\ud800" + "x" * 100_000), ())
    assert len(failure.message) < 5_000
    assert len(failure.SerializeToString()) < 50_000


def test_an_error_that_can_not_be_shown_is_told():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    assert raised(Silent(), ()).message == "(its message can't be shown)"
