"""Texts of tasks, as they travel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks import v1
from qtasks.workers.texts import clean, text_of

ANY_TEXT = st.text(st.characters())
"""Also with halves of surrogate pairs, which `st.text` leaves out by itself."""


@given(ANY_TEXT, st.integers(1, 20))
def test_any_text_can_travel_and_is_as_long_as_it_may_be(text, most):
    cleaned = clean(text, most)
    assert v1.LogLine(message=cleaned).message == cleaned
    assert len(cleaned.encode()) <= most + len("... ")


@given(st.text())
def test_text_that_fits_stays_as_it_is(text):
    assert clean(text, len(text.encode()) or 1) == text


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("0123456789", "... 6789"),
        ("€€€", "... €"),  # the half of a character in front is left out
        ("half \ud83e", "... lf ?"),
    ],
)
def test_the_end_of_what_is_too_long_is_kept(text, cut):
    assert clean(text, 4) == cut


def test_an_error_that_can_not_be_shown_is_told():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    assert text_of(ValueError("loud")) == "loud"
    assert text_of(Silent()) == "(its message can't be shown)"
