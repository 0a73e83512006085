"""Words on the command line become the values they stand for."""

import json
from datetime import UTC, datetime

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from qtasks.cli.options import duration, moment
from qtasks.cli.submit import arguments, value

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_json_is_read_as_json(given_value):
    assert value(json.dumps(given_value)) == given_value


@given(st.text())
def test_every_word_has_a_value_that_json_can_carry(word):
    json.dumps(value(word), allow_nan=False)


@pytest.mark.parametrize(
    "word", ["text", "", "NaN", "-Infinity", "[1", "{'a': 1}", "[" * 100_000, "01"]
)
def test_what_is_no_json_is_text(word):
    assert value(word) == word


def test_words_with_a_name_are_named_arguments():
    assert arguments(["1", "b=2", "c=d=e", "f=", "1g=h", "=i", "ünï=1"]) == (
        [1, "1g=h", "=i"],
        {"b": 2, "c": "d=e", "f": "", "ünï": 1},
    )


def test_a_name_given_twice_is_refused():
    with pytest.raises(typer.BadParameter, match="twice"):
        arguments(["a=1", "a=2"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        (".5s", 0.5),
        ("500ms", 0.5),
        ("2H", 7200),
        (" 1d", 86400),
    ],
)
def test_lengths_of_time(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1", "1 fortnight", "1e9", "٣", "1" * 40])
def test_what_is_no_length_of_time(text):
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_moments():
    assert moment("2030-01-31T08:00+02:00") == datetime(2030, 1, 31, 6, tzinfo=UTC)
    assert moment("2030-01-31 08:00").tzinfo is UTC


@pytest.mark.parametrize("text", ["", "soon", "2030-13-01", "0001-01-01T00:00+23:00"])
def test_what_is_no_moment(text):
    with pytest.raises(typer.BadParameter):
        moment(text)
