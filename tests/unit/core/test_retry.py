"""When a failed attempt is tried again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks.core.retry import RetryRule

rules = st.builds(
    RetryRule,
    max_attempts=st.integers(0, 10_000),
    initial_backoff=st.floats(0.0, 1e6),
    multiplier=st.floats(1.0, 1e3),
    max_backoff=st.floats(0.0, 1e6),
    jitter=st.floats(0.0, 1.0),
)
chances = st.floats(0.0, 1.0)


def test_by_default_there_is_one_attempt() -> None:
    assert RetryRule().delay(1, 0.5) is None


@pytest.mark.parametrize("max_attempts", [0, 1])
def test_no_attempts_and_one_attempt_are_the_same(max_attempts: int) -> None:
    assert RetryRule(max_attempts=max_attempts).delay(1, 0.5) is None


def test_waits_double_up_to_the_longest() -> None:
    rule = RetryRule(max_attempts=6, max_backoff=5.0)
    waits = [rule.delay(attempt, 0.5) for attempt in range(1, 7)]
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0, None]


def test_jitter_is_a_share_both_ways() -> None:
    rule = RetryRule(max_attempts=2, initial_backoff=10.0, jitter=0.2)
    assert rule.delay(1, 0.0) == pytest.approx(8.0)
    assert rule.delay(1, 0.5) == pytest.approx(10.0)
    assert rule.delay(1, 1.0) == pytest.approx(12.0)


def test_without_jitter_chance_changes_nothing() -> None:
    rule = RetryRule(max_attempts=2, jitter=0.0)
    assert rule.delay(1, 0.0) == rule.delay(1, 1.0) == 1.0


@given(rules, st.integers(1, 20_000), chances)
def test_a_wait_is_never_absurd(rule: RetryRule, attempt: int, chance: float) -> None:
    wait = rule.delay(attempt, chance)
    if attempt >= max(rule.max_attempts, 1):
        assert wait is None
    else:
        assert wait is not None
        assert math.isfinite(wait)
        assert 0.0 <= wait <= 2.0 * rule.max_backoff


@given(rules, st.integers(1, 1_000))
def test_waits_never_shrink(rule: RetryRule, attempt: int) -> None:
    earlier, later = rule.delay(attempt, 0.5), rule.delay(attempt + 1, 0.5)
    if earlier is not None and later is not None:
        assert later >= earlier
