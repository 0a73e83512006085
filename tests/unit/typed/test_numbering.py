"""A number on the wire never means something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks.errors import InvalidJson
from qtasks.typed import Allocation, NumberTaken
from qtasks.typed.numbering import Wanted
from tests.unit.typed.typed_rig import INTEGER, SIZE, STRING, Made, registered

KEYS = st.sampled_from("abcd")
TYPES = st.sampled_from(["int64", "string"])
SIGNATURES = st.dictionaries(KEYS, TYPES).map(
    lambda one: [Wanted(key, kind) for key, kind in one.items()]
)


@given(st.lists(SIGNATURES, max_size=12))
def test_no_number_ever_stands_for_two_things(signatures: list[list[Wanted]]) -> None:
    allocation = Allocation()
    meant: dict[int, tuple[str, str]] = {}
    for fields in signatures:
        allocation = Allocation.decode(allocation.encode())
        numbers, reserved = allocation.number("M", fields)
        for number, one in zip(numbers, fields, strict=True):
            assert meant.setdefault(number, (one.key, one.type)) == (one.key, one.type)
        assert set(reserved) == set(meant) - set(numbers)


def test_numbers_are_in_the_order_of_declaration() -> None:
    made = Made(registered("job", {"b": INTEGER, "a": STRING}))
    assert made.fields("JobRequest") == {"b": ("int64", 1), "a": ("string", 2)}


def test_what_a_schema_says_counts_first() -> None:
    width = {**INTEGER, "x-field-number": 1}
    made = Made(registered("job", {"a": STRING, "width": width}))
    assert made.fields("JobRequest") == {"a": ("string", 2), "width": ("int64", 1)}


def test_a_signature_that_evolves_keeps_its_numbers() -> None:
    allocation = Allocation()
    Made(registered("job", {"a": INTEGER, "b": STRING}), allocation=allocation)
    changed = registered("job", {"b": STRING, "a": STRING, "c": STRING})
    made = Made(changed, allocation=allocation)
    assert made.fields("JobRequest") == {
        "b": ("string", 2),
        "a": ("string", 3),
        "c": ("string", 4),
    }
    assert made.task.request.reserved == (1,)
    (request,) = [one for one in made.file.message_type if one.name == "JobRequest"]
    assert [(one.start, one.end) for one in request.reserved_range] == [(1, 2)]
    back = Made(registered("job", {"a": INTEGER}), allocation=allocation)
    assert back.fields("JobRequest") == {"a": ("int64", 1)}
    assert back.task.request.reserved == (2, 3, 4)


def test_values_of_enums_keep_their_numbers() -> None:
    allocation = Allocation()
    for values in (["png", "gif"], ["webp", "png"]):
        info = registered("job", {"format": {"enum": values}})
        made = Made(info, allocation=allocation)
    enum = made.app.enums["JobRequest.Format"]
    assert enum.numbers == {"webp": 3, "png": 1}
    assert enum.reserved == (2,)


@pytest.mark.parametrize("number", [-1, 2**29, 19_500])
def test_a_number_no_field_can_have_is_refused(number: int) -> None:
    with pytest.raises(NumberTaken, match=f"width .* {number}"):
        Allocation().number("M", [Wanted("width", "int64", number)])


def test_two_fields_that_want_one_number_are_both_named() -> None:
    wanted = [Wanted("width", "int64", 3), Wanted("height", "int64", 3)]
    with pytest.raises(NumberTaken, match=r"height \(int64\).*width \(int64\)"):
        Allocation().number("M", wanted)


def test_a_number_of_before_can_not_be_wanted_for_something_else() -> None:
    allocation = Allocation()
    allocation.number("M", [Wanted("width", "int64")])
    with pytest.raises(NumberTaken, match=r"width \(string\).*width \(int64\)"):
        allocation.number("M", [Wanted("width", "string", 1)])


@pytest.mark.parametrize("said", [{"a": 1, "b": 1}, {"a": 19_000}, {"b": -1}])
def test_a_task_whose_enum_has_no_numbers_is_left_out_and_told(
    said: dict[str, int],
) -> None:
    mode = {"enum": ["a", "b"], "x-value-numbers": said}
    app = Made(registered("good"), registered("job", {"mode": mode})).app
    assert [one.name for one in app.tasks] == ["good"]
    assert "of JobRequest.Mode can't have the number" in app.refused["job"]
    assert not app.enums


def test_what_is_no_number_of_a_value_counts_for_nothing() -> None:
    for said in ({"a": True, "b": "2"}, [1], 7):
        mode = {"enum": ["a", "b"], "x-value-numbers": said}
        enums = Made(registered("job", {"mode": mode})).app.enums
        assert enums["JobRequest.Mode"].numbers == {"a": 1, "b": 2}


def test_a_task_whose_model_has_no_numbers_is_left_out_and_told() -> None:
    twice = {**INTEGER, "x-field-number": 3}
    bad = {**SIZE, "properties": {"w": twice, "h": twice}}
    made = Made(registered("bad", {"size": bad}), registered("good"))
    assert [one.name for one in made.app.tasks] == ["good"]
    assert "h (int64) of Size" in made.app.refused["bad"]
    assert "Size" not in {one.name for one in made.file.message_type}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"names": {}, "numbers": []}'])
def test_what_is_no_allocation_is_refused(text: str) -> None:
    with pytest.raises(InvalidJson):
        Allocation.decode(text)
