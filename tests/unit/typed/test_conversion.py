"""From requests to arguments and from results to responses, and nothing is lost."""

import json
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import assume, given
from hypothesis import strategies as st

from qtasks import v1
from qtasks.errors import InvalidField, ValueMisfit
from qtasks.typed import Allocation
from tests.unit.typed.typed_rig import (
    INTEGER,
    NULL,
    SIZE,
    STRING,
    Made,
    parameter,
    registered,
)

EVERY = {
    "type": "object",
    "title": "Every",
    "properties": {
        "i": INTEGER,
        "u": {"type": "integer", "minimum": 0, "maximum": 2**64 - 1},
        "f": {"type": "number"},
        "s": STRING,
        "b": {"type": "boolean"},
        "n": {"anyOf": [INTEGER, NULL]},
        "e": {"enum": ["one", "two"]},
        "li": {"type": "array", "items": INTEGER},
        "ls": {"type": "array", "items": SIZE},
        "m": {"type": "object", "additionalProperties": STRING},
        "ms": {"type": "object", "additionalProperties": SIZE},
        "any": {},
        "anys": {"type": "array"},
        "more": {"$ref": "#"},
    },
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
INT64 = st.integers(-(2**63), 2**63 - 1)
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=5,
)
SIZES = st.fixed_dictionaries({"w": INT64}, optional={"h": INT64})
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "i": INT64,
        "u": st.integers(0, 2**64 - 1),
        "f": st.floats(allow_nan=False, allow_infinity=False),
        "s": TEXT,
        "b": st.booleans(),
        "n": INT64,
        "e": st.sampled_from(["one", "two"]),
        # An empty list is one that is left out.
        "li": st.lists(INT64, min_size=1, max_size=3),
        "ls": st.lists(SIZES, min_size=1, max_size=3),
        "m": st.dictionaries(TEXT, TEXT, min_size=1, max_size=3),
        "ms": st.dictionaries(TEXT, SIZES, min_size=1, max_size=3),
        "any": ANY,
        "anys": st.lists(ANY, min_size=1, max_size=3),
    },
)
SCHEMA = {key: one for key, one in EVERY["properties"].items() if key != "more"}
BOTH = Made(
    registered(
        "job",
        {"x": {**EVERY, "properties": SCHEMA}},
        result={**EVERY, "properties": SCHEMA},
    )
)


@given(VALUES)
def test_json_comes_out_as_it_went_in(value: dict[str, Any]) -> None:
    """A result that is an argument again: through a message, and through its JSON."""
    response = BOTH.response(value)
    as_json = json_format.MessageToDict(
        response.result, preserving_proto_field_name=True, descriptor_pool=BOTH.pool
    )
    _, kwargs = BOTH.submitted({"x": as_json})
    assert kwargs == {"x": value}
    assert json.dumps(kwargs, sort_keys=True) == json.dumps(
        {"x": value}, sort_keys=True
    )


@given(ANY)
def test_a_result_of_another_kind_is_refused_by_name(value: object) -> None:
    assume(not isinstance(value, dict) or not value.keys() <= SCHEMA.keys())
    with pytest.raises(ValueMisfit) as caught:
        BOTH.response(value)
    assert caught.value.field.startswith("result")


def test_what_is_left_out_stays_out() -> None:
    info = registered(
        "job",
        {"a": INTEGER, "b": STRING, "c": {"type": "array", "items": STRING}},
        parameter("a"),
        parameter("b", default='"x"'),
        parameter("c", default="null"),
    )
    made = Made(info)
    assert made.submitted({"a": 0}) == ([], {"a": 0})
    assert made.submitted({"a": 0, "b": "", "c": [""]}) == (
        [],
        {"a": 0, "b": "", "c": [""]},
    )


def test_what_is_missing_is_named() -> None:
    made = Made(registered("job", {"size": SIZE}))
    with pytest.raises(InvalidField, match="size is missing") as caught:
        made.submitted({})
    assert caught.value.field == "size"
    with pytest.raises(InvalidField, match=r"size\.w is missing") as caught:
        made.submitted({"size": {"h": 1}})
    assert caught.value.field == "size.w"


def test_what_is_required_and_may_be_null_is_null() -> None:
    made = Made(registered("job", {"x": {"anyOf": [INTEGER, NULL]}}))
    assert made.submitted({}) == ([], {"x": None})


def test_what_is_required_and_empty_is_empty() -> None:
    made = Made(registered("job", {"l": {"type": "array"}, "m": {"type": "object"}}))
    assert made.submitted({}) == ([], {"l": [], "m": {}})


def test_places_are_kept_where_they_must_be() -> None:
    made = Made(
        registered(
            "job",
            {"a": INTEGER, "b": INTEGER, "c": INTEGER},
            parameter("a", "positional"),
            parameter("b", "positional", "5"),
            parameter("c", "any", "6"),
        )
    )
    assert made.submitted({"a": 1}) == ([1], {})
    assert made.submitted({"a": 1, "b": 2, "c": 3}) == ([1, 2], {"c": 3})


def variadic() -> Made:
    return Made(
        registered(
            "job",
            {"a": INTEGER, "b": INTEGER, "words": {"type": "array", "items": STRING}},
            parameter("a"),
            parameter("b", default="5"),
            parameter("words", "args"),
            parameter("key", "keyword", "1"),
            parameter("more", "kwargs"),
            others=INTEGER,
        )
    )


def test_arguments_without_names_follow_those_that_have_some() -> None:
    made = variadic()
    assert made.submitted({"a": 1}) == ([], {"a": 1})
    assert made.submitted({"a": 1, "words": ["x", "y"]}) == ([1, 5, "x", "y"], {})
    assert made.submitted({"a": 1, "more": {"z": 2}}) == ([], {"a": 1, "z": 2})


def test_named_arguments_can_not_name_a_parameter() -> None:
    with pytest.raises(InvalidField, match="a has a field") as caught:
        variadic().submitted({"a": 1, "more": {"a": 2}})
    assert caught.value.field == 'more["a"]'


def test_a_default_that_is_not_known_must_be_given_before_others() -> None:
    optional = parameter("a")
    optional.optional = True
    made = Made(
        registered(
            "job",
            {"a": INTEGER, "words": {"type": "array", "items": STRING}},
            optional,
            parameter("words", "args"),
        )
    )
    with pytest.raises(InvalidField, match="a must be given"):
        made.submitted({"words": ["x"]})


def test_json_in_a_payload_is_not_touched() -> None:
    made = Made(registered("job", {"x": {}}))
    request = made.request({"x": {"json": '{"n": 1.10, "big": 1e2}'}})
    submitted = made.arguments.submit_of(made.task, request)
    assert submitted.kwargs.json == '{"x":{"n": 1.10, "big": 1e2}}'


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"json": "{"}, r"x\.json is not JSON"),
        ({"json": "NaN"}, "NaN is not in JSON"),
        ({"data": "AAAA", "encoding": "msgpack"}, "x must be given as `json`"),
    ],
)
def test_a_payload_that_is_no_json_is_refused(
    payload: dict[str, str], message: str
) -> None:
    made = Made(registered("job", {"x": {}}))
    with pytest.raises(InvalidField, match=message) as caught:
        made.submitted({"x": payload})
    assert caught.value.field == "x"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(value: str) -> None:
    made = Made(
        registered("job", {"l": {"type": "array", "items": {"type": "number"}}})
    )
    with pytest.raises(InvalidField) as caught:
        made.submitted({"l": [1, value]})
    assert caught.value.field == "l[1]"


@pytest.mark.parametrize("value", [0, 9])
def test_values_that_an_enum_does_not_have_are_refused(value: int) -> None:
    made = Made(registered("job", {"x": {"enum": ["one"]}}))
    with pytest.raises(InvalidField, match=r"not a value of JobRequest\.X"):
        made.submitted({"x": value})


def test_fields_of_before_are_refused_by_their_number() -> None:
    allocation = Allocation()
    before = Made(registered("job", {"a": INTEGER}), allocation=allocation)
    after = Made(registered("job", {"a": STRING}), allocation=allocation)
    request = after.message("JobRequest")
    request.ParseFromString(before.request({"a": 1}).SerializeToString())
    with pytest.raises(InvalidField, match=r"1 is no number .* another field once"):
        after.arguments.submit_of(after.task, request)


@pytest.mark.parametrize(
    ("schema", "value", "field"),
    [
        (INTEGER, 2**63, "result"),
        (INTEGER, "1", "result"),
        (INTEGER, True, "result"),
        (INTEGER, 1.5, "result"),
        (INTEGER, None, "result"),
        ({"type": "number"}, 2**53 + 1, "result"),
        ({"type": "number"}, 10**400, "result"),
        ({"type": "boolean"}, 1, "result"),
        (STRING, 1, "result"),
        (STRING, "\ud800", "result"),
        ({"type": "string", "contentEncoding": "base64"}, "?", "result"),
        ({"enum": ["a"]}, "b", "result"),
        ({"type": "array", "items": INTEGER}, [1, "2"], "result[1]"),
        ({"type": "array", "items": INTEGER}, {}, "result"),
        ({"type": "object", "additionalProperties": SIZE}, {"a": 1}, 'result["a"]'),
        ({"type": "object", "additionalProperties": SIZE}, [], "result"),
        (SIZE, {"w": "1"}, "result.w"),
        (SIZE, {"w": 1, "x": 1}, "result.x"),
        (SIZE, 1, "result"),
        (NULL, 1, "result"),
    ],
)
def test_a_result_that_does_not_fit_is_refused(
    schema: object, value: object, field: str
) -> None:
    with pytest.raises(ValueMisfit) as caught:
        Made(registered("job", result=schema)).response(value)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("schema", "value"), [(NULL, None), ({"anyOf": [INTEGER, NULL]}, None)]
)
def test_a_result_of_null_is_no_field(schema: object, value: object) -> None:
    response = Made(registered("job", result=schema)).response(value)
    assert not response.ListFields()


@pytest.mark.parametrize("text", ["[1e999]", "[NaN]", "[-Infinity]", "[", "[[" * 9999])
def test_a_result_that_is_no_json_is_refused(text: str) -> None:
    made = Made(registered("job", result={"type": "array"}))
    response = made.message("JobResponse")
    with pytest.raises(ValueMisfit, match="result is not JSON") as caught:
        made.results.fill(response, made.task.response, "result", v1.Payload(json=text))
    assert caught.value.field == "result"


def test_a_payload_goes_through_as_it_is() -> None:
    made = Made(registered("job"))
    payload = v1.Payload(data=b"\x80", encoding="msgpack")
    response = made.message("JobResponse")
    made.results.fill(response, made.task.response, "result", payload)
    assert response.result.SerializeToString() == payload.SerializeToString()
    typed = Made(registered("job", result=INTEGER))
    with pytest.raises(ValueMisfit, match="msgpack"):
        typed.results.fill(
            typed.message("JobResponse"), typed.task.response, "result", payload
        )


def test_bytes_are_base64_in_json() -> None:
    data = {"type": "string", "contentEncoding": "base64"}
    made = Made(registered("job", {"x": data}, result=data))
    assert made.submitted({"x": "AP8="}) == ([], {"x": "AP8="})
    assert made.response("AP8=").result == b"\x00\xff"
