"""What values look like in a `.proto` file."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from qtasks import v1
from qtasks.typed import file_of, pool_of, typed_app
from tests.tools import require
from tests.unit.typed.typed_rig import (
    INTEGER,
    NULL,
    SIZE,
    STRING,
    Made,
    parameter,
    registered,
)

PAYLOAD = "qtasks.v1.Payload"


@pytest.mark.parametrize(
    ("schema", "kind", "reason"),
    [
        (INTEGER, "int64", ""),
        ({"type": "integer", "minimum": 0, "maximum": 2**64 - 1}, "uint64", ""),
        ({"type": "integer", "maximum": 2**64}, PAYLOAD, "larger than 64 bits"),
        ({"type": "number"}, "double", ""),
        (STRING, "string", ""),
        ({"type": "string", "format": "date-time"}, "string", ""),
        ({"type": "string", "contentEncoding": "base64"}, "bytes", ""),
        ({"type": "boolean"}, "bool", ""),
        ({"anyOf": [INTEGER, NULL]}, "int64", ""),
        ({"type": ["string", "null"]}, "string", ""),
        ({"allOf": [STRING]}, "string", ""),
        ({"enum": ["a", "b"]}, "JobRequest.X", ""),
        ({"const": "a"}, "JobRequest.X", ""),
        (
            {"type": "array", "items": {"enum": ["a"]}},
            "repeated JobRequest.X",
            "",
        ),
        ({"enum": [1, 2]}, "int64", ""),
        ({"enum": [1, "a"]}, PAYLOAD, "not all strings"),
        ({"type": "array", "items": STRING}, "repeated string", ""),
        ({"type": "array", "items": {"anyOf": [STRING, NULL]}}, None, "may be null"),
        ({"type": "array", "items": {"type": "array"}}, None, "inside of another"),
        ({"type": "array", "prefixItems": [STRING]}, PAYLOAD, "places differ"),
        ({"type": "array"}, f"repeated {PAYLOAD}", "no type"),
        (
            {"type": "object", "additionalProperties": INTEGER},
            "map<string, int64>",
            "",
        ),
        ({"type": "object"}, f"map<string, {PAYLOAD}>", "no type"),
        (SIZE, "Size", ""),
        ({**SIZE, "additionalProperties": True}, PAYLOAD, "more properties"),
        ({**SIZE, "title": ""}, "JobX", ""),
        ({"type": "object", "properties": {}}, "JobX", ""),
        ({"anyOf": [INTEGER, STRING]}, PAYLOAD, "several types"),
        ({"type": ["integer", "string"]}, PAYLOAD, "several types"),
        ({"allOf": [INTEGER, STRING]}, PAYLOAD, "several types at once"),
        ({}, PAYLOAD, "no type"),
        (True, PAYLOAD, "no type"),
        (NULL, PAYLOAD, "always null"),
        ({"$ref": "#/$defs/Missing"}, PAYLOAD, "not there"),
        ({"$ref": "elsewhere.json"}, PAYLOAD, "not there"),
    ],
)
def test_shape_of(schema: object, kind: str | None, reason: str) -> None:
    made = Made(registered("job", {"x": schema}))
    (field,) = made.task.request.fields
    assert field.shape.type == (kind or f"repeated {PAYLOAD}")
    assert reason in field.shape.reason
    assert bool(reason) == bool(field.shape.reason)


def test_definitions_are_messages_that_may_have_themselves_inside() -> None:
    node = {
        "type": "object",
        "properties": {
            "value": INTEGER,
            "next": {"anyOf": [{"$ref": "#/$defs/Node"}, NULL]},
        },
    }
    info = registered(
        "job", {"n": {"$ref": "#/$defs/Node"}}, definitions={"Node": node}
    )
    made = Made(info)
    assert made.fields("Node") == {"value": ("int64", 1), "next": ("Node", 2)}
    value = {"value": 1, "next": {"value": 2}}
    assert made.submitted({"n": value}) == ([], {"n": value})


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ["a", "\ud800"]},
        {"type": "string", "default": "\ud800"},
        {"type": "string", "description": "\ud800"},
        {**SIZE, "properties": {"\ud800": INTEGER}},
    ],
)
def test_a_schema_that_is_no_text_is_none_and_takes_no_other_down(
    schema: object,
) -> None:
    made = Made(registered("job", {"x": schema}), registered("other", {"x": INTEGER}))
    assert made.fields("JobRequest")["x"][0] == PAYLOAD
    assert made.fields("OtherRequest")["x"][0] == "int64"


def test_a_schema_without_end_is_a_payload() -> None:
    schema: dict[str, Any] = {}
    for _ in range(100):
        schema = {"type": "array", "items": schema}
    made = Made(registered("job", {"x": schema}))
    assert made.fields("JobRequest")["x"][0] == f"repeated {PAYLOAD}"
    around = {"A": {"$ref": "#/$defs/A"}}
    made = Made(registered("job", {"x": {"$ref": "#/$defs/A"}}, definitions=around))
    assert made.fields("JobRequest")["x"][0] == PAYLOAD


def test_a_model_of_several_tasks_is_one_message() -> None:
    made = Made(
        registered("a", {"size": SIZE}),
        registered("b", {"size": SIZE}, result=SIZE, yields=SIZE),
    )
    assert list(made.app.messages) == ["Size"]


def test_a_model_that_grew_is_still_one_message() -> None:
    grown = {**SIZE, "properties": {**SIZE["properties"], "depth": INTEGER}}
    made = Made(registered("a", {"size": SIZE}), registered("b", {"size": grown}))
    assert list(made.fields("Size")) == ["w", "h", "depth"]
    assert not any(one.required for one in made.app.messages["Size"].fields[1:])


def test_two_models_of_one_name_are_told_apart() -> None:
    other = {**SIZE, "properties": {"w": STRING}}
    around = {"type": "object", "title": "Box", "properties": {"size": other}}
    made = Made(registered("a", {"size": SIZE}), registered("b", {"box": around}))
    assert made.fields("Box") == {"size": ("BSize", 1)}
    assert made.fields("BSize") == {"w": ("string", 1)}


def test_two_enums_of_one_name_are_told_apart() -> None:
    def chosen(*values: str) -> v1.TaskInfo:
        status = {"Status": {"enum": list(values)}}
        return registered(
            values[0], {"x": {"$ref": "#/$defs/Status"}}, definitions=status
        )

    made = Made(chosen("a", "b"), chosen("c", "d"), chosen("b", "a", "e"))
    assert {name: list(one.values) for name, one in made.app.enums.items()} == {
        "Status": ["a", "b", "e"],
        "CStatus": ["c", "d"],
    }


def test_values_of_enums_have_names_of_their_own() -> None:
    odd = ["a-b", "a_b", "", "unspecified", "1"]
    made = Made(registered("job", {"mode": {"enum": odd}, "mode_a": {"const": "b"}}))
    request = made.file.message_type[0]
    mode, other = ([one.name for one in enum.value] for enum in request.enum_type)
    names = [*mode, *other]
    assert (mode[0], mode[1], other[1][:9]) == (
        "MODE_UNSPECIFIED",
        "MODE_A_B",
        "MODE_A_B_",
    )
    assert "MODE_EMPTY" in names
    assert len(set(names)) == len(names) == 8
    for value in odd:
        name = made.app.enums["JobRequest.Mode"].names[value]
        given = {"mode": name, "mode_a": other[1]}
        assert made.submitted(given) == ([], {"mode": value, "mode_a": "b"})


def test_an_enum_of_a_model_is_inside_of_it() -> None:
    unit = {**SIZE, "properties": {"unit": {"enum": ["cm"]}}}
    made = Made(registered("job", {"size": unit}, result={"enum": ["good", "bad"]}))
    assert list(made.app.enums) == ["JobResponse.Result", "Size.Unit"]
    (size,) = [one for one in made.file.message_type if one.name == "Size"]
    assert [value.name for value in size.enum_type[0].value][1:] == ["UNIT_CM"]


def test_of_a_task_without_a_schema_everything_is_a_payload() -> None:
    made = Made(v1.TaskInfo(name="job"))
    assert [one.shape.type for one in made.task.request.fields] == [
        f"repeated {PAYLOAD}",
        f"map<string, {PAYLOAD}>",
    ]
    made = Made(v1.TaskInfo(name="job", parameters=[parameter("x")]))
    assert made.fields("JobRequest") == {"x": (PAYLOAD, 1)}


@pytest.mark.parametrize("text", ["nonsense", "[]", "7", "[" * 10_000])
def test_what_is_no_schema_is_taken_for_none(text: str) -> None:
    made = Made(v1.TaskInfo(name="job", json_schema=text, result_schema=text))
    assert list(made.fields("JobRequest")) == ["args", "kwargs"]


def test_what_the_worker_fills_is_no_field() -> None:
    injected = parameter("session", "keyword", "null")
    made = Made(registered("job", {"x": INTEGER}, parameter("x"), injected))
    assert list(made.fields("JobRequest")) == ["x"]


SCHEMAS = st.recursive(
    st.sampled_from([INTEGER, STRING, NULL, {}, True, {"$ref": "#/$defs/Size"}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "title": st.sampled_from(["Size", "B", "JobRequest", ""]),
                "properties": st.dictionaries(st.text(max_size=3), inner, max_size=3),
                "additionalProperties": st.sampled_from([False, {}]),
            }
        ),
    ),
    max_leaves=8,
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)
WORDS = st.sampled_from(
    ["type", "properties", "items", "enum", "const", "anyOf", "$ref", "required"]
)


@given(st.lists(st.dictionaries(st.text(max_size=3), SCHEMAS, max_size=3), max_size=3))
def test_every_app_is_a_file_that_protobuf_takes(
    signatures: list[dict[str, object]],
) -> None:
    infos = [
        registered(f"job{place}", one, result=SIZE, definitions={"Size": SIZE})
        for place, one in enumerate(signatures)
    ]
    made = Made(*infos)
    assert len(made.app.tasks) == len(infos)


@given(st.dictionaries(st.text(max_size=3), st.dictionaries(WORDS, ANY), max_size=3))
def test_no_schema_is_too_odd(properties: dict[str, object]) -> None:
    app = typed_app("app", [registered("job", properties)])
    pool_of(file_of(app))
    text = json.dumps(properties)
    odd = v1.TaskInfo(name="job", json_schema=text, result_schema=text)
    pool_of(file_of(typed_app("app", [odd])))


def test_what_is_written_is_clean(tmp_path: Path) -> None:
    """The style guide and protoc's rules, by buf."""
    buf = require("buf")
    made = Made(
        registered("odd name! 2x", {"userId": SIZE, "x": {"enum": ["a/b", "a-b", ""]}}),
        registered("mail.send", {"to": {"type": "array"}}, router="mail"),
    )
    files = FileDescriptorSet(file=[made.file])
    needed = {"google/protobuf/duration.proto", *made.file.dependency}
    for name in sorted(needed):
        made.pool.FindFileByName(name).CopyToProto(files.file.add())
    image = tmp_path / "image.binpb"
    image.write_bytes(files.SerializeToString())
    (tmp_path / "buf.yaml").write_text(
        "version: v2\nlint: {use: [STANDARD, COMMENTS], except: [SERVICE_SUFFIX]}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [buf, "lint", image, "--config", tmp_path / "buf.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stdout.splitlines() if line.startswith("app/")]
    assert not ours
    assert not done.stderr
