"""Schemas of tasks, of programs with pydantic and without."""

import dataclasses
import enum
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Annotated, Any, Literal, NewType, NotRequired, TypedDict
from uuid import UUID

import pydantic
import pytest

from qtasks import Ask, models
from qtasks.task.definition import TaskDefinition
from qtasks.task.schema import schemas_of


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Options(TypedDict):
    deep: bool
    limit: NotRequired[int]


@dataclasses.dataclass
class Node:
    name: str
    parent: "Node | None" = None
    tags: list[str] = dataclasses.field(default_factory=list)


class Item(pydantic.BaseModel):
    """A thing to buy."""

    name: str = pydantic.Field(description="What it is called.")
    count: int = pydantic.Field(default=1, alias="howMany")


Width = NewType("Width", int)


class Unknown:
    """Nothing that JSON knows."""


@pytest.fixture(params=["with pydantic", "without"])
def both(request, monkeypatch):
    """A program that uses pydantic, and one that does not."""
    if request.param == "without":
        monkeypatch.setattr(models, "loaded", lambda: None)


def schemas(func, *, decoded=False, **options):
    return schemas_of(TaskDefinition(name="t", func=func, **options), decoded=decoded)


def arguments(func, **options):
    return schemas(func, **options).arguments


def of(hint):
    def task(value: hint):
        pass

    return arguments(task)["properties"]["value"]


@pytest.mark.usefixtures("both")
class TestArguments:
    def test_what_is_required_and_what_has_a_default(self):
        def task(
            width: int, ratio: float = 0.5, *, title: str, note: str | None = None
        ):
            pass

        assert arguments(task) == {
            "type": "object",
            "properties": {
                "width": {"type": "integer"},
                "ratio": {"type": "number", "default": 0.5},
                "title": {"type": "string"},
                "note": {
                    "anyOf": [{"type": "string"}, {"type": "null"}],
                    "default": None,
                },
            },
            "required": ["width", "title"],
            "additionalProperties": False,
        }

    def test_variadic_ones(self):
        def task(*words: str, **marks: int):
            pass

        assert arguments(task) == {
            "type": "object",
            "properties": {"words": {"type": "array", "items": {"type": "string"}}},
            "additionalProperties": {"type": "integer"},
        }

    def test_what_is_not_known_is_open(self):
        def task(plain, strange: Unknown, later: "Missing", *rest, **more):  # noqa: F821
            pass

        schema = arguments(task)
        assert schema["properties"] == {
            "plain": {},
            "strange": {},
            "later": {},
            "rest": {"type": "array"},
        }
        assert schema["additionalProperties"] is True

    def test_one_name_that_is_missing_does_not_hide_the_others(self):
        def task(later: "Missing", width: "int"):  # noqa: F821
            pass

        assert arguments(task)["properties"]["width"] == {"type": "integer"}

    def test_a_default_without_a_form_in_json_is_not_told(self):
        def task(size: int = ..., colour: Colour = Colour.RED):
            pass

        schema = arguments(task)
        assert "required" not in schema
        assert schema["properties"]["size"] == {"type": "integer"}

    def test_what_the_worker_fills_is_nobody_s_argument(self):
        def task(self, width: int):
            pass

        assert list(arguments(task, echo=True)["properties"]) == ["width"]

    @pytest.mark.parametrize(
        ("hint", "schema"),
        [
            (bool, {"type": "boolean"}),
            (None, {"type": "null"}),
            (Any, {}),
            (list[int], {"type": "array", "items": {"type": "integer"}}),
            (
                set[str],
                {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
            ),
            (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
            (
                tuple[int, str],
                {
                    "type": "array",
                    "prefixItems": [{"type": "integer"}, {"type": "string"}],
                    "minItems": 2,
                    "maxItems": 2,
                },
            ),
            (
                dict[str, list[bool]],
                {
                    "type": "object",
                    "additionalProperties": {
                        "type": "array",
                        "items": {"type": "boolean"},
                    },
                },
            ),
            (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
            (Literal["a"], {"type": "string", "const": "a"}),
            (UUID, {"type": "string", "format": "uuid"}),
            (Annotated[int, "pixels"], {"type": "integer"}),
            (Width, {"type": "integer"}),
        ],
        ids=str,
    )
    def test_types(self, hint, schema):
        assert of(hint) == schema

    def test_classes_are_referred_to(self):
        def task(node: Node, colour: Colour, options: Options):
            pass

        schema = arguments(task)
        assert schema["properties"]["node"] == {"$ref": "#/$defs/Node"}
        node = schema["$defs"]["Node"]
        assert node["required"] == ["name"]
        assert node["properties"]["parent"]["anyOf"][0] == {"$ref": "#/$defs/Node"}
        assert schema["$defs"]["Colour"] == {"type": "string", "enum": ["red", "blue"]}
        assert schema["$defs"]["Options"]["required"] == ["deep"]

    def test_two_classes_of_one_name(self):
        other = dataclasses.make_dataclass("Node", [("size", int)])

        def task(node, other):
            pass

        task.__annotations__ = {"node": Node, "other": other}
        schema = arguments(task)
        assert schema["properties"]["node"] != schema["properties"]["other"]
        assert len(schema["$defs"]) == 2

    def test_what_the_docstring_says(self):
        def google(width: int, *, title: str = "x", plain: int = 0):
            """Resize it.

            Args:
                width: The width
                    in pixels: at most 4096.
                title (str): What it is called.

            Returns:
                plain: no parameter.
            """

        def sphinx(width: int, title: str = "x"):
            """Resize it.

            :param width: The width
                in pixels.
            :param str title: What it is called.
            :returns: nothing.
            """

        notes = {
            name: part.get("description")
            for name, part in arguments(google)["properties"].items()
        }
        assert notes == {
            "width": "The width in pixels: at most 4096.",
            "title": "What it is called.",
            "plain": None,
        }
        parts = arguments(sphinx)["properties"]
        assert parts["width"]["description"] == "The width in pixels."
        assert parts["title"]["description"] == "What it is called."


class TestModels:
    def test_fields_go_by_their_aliases_and_say_what_they_are(self):
        def task(items: list[Item]):
            pass

        schema = arguments(task)
        assert schema["properties"]["items"]["items"] == {"$ref": "#/$defs/Item"}
        assert schema["$defs"]["Item"] == {
            "type": "object",
            "description": "A thing to buy.",
            "properties": {
                "name": {"type": "string", "description": "What it is called."},
                "howMany": {"type": "integer", "default": 1},
            },
            "required": ["name"],
        }

    def test_what_a_model_returns_has_all_it_writes(self):
        def task() -> Item: ...

        shown = schemas(task).result["$defs"]["Item"]
        assert shown["required"] == ["name"]

    def test_a_field_that_is_called_title_stays(self):
        class Book(pydantic.BaseModel):
            title: str

        def task(book):
            pass

        task.__annotations__ = {"book": Book}
        assert list(arguments(task)["$defs"]["Book"]["properties"]) == ["title"]

    def test_what_an_annotation_says_outweighs_the_docstring(self):
        def task(width: Annotated[int, pydantic.Field(description="Pixels.", gt=0)]):
            """Resize it.

            Args:
                width: The width.
            """

        assert arguments(task)["properties"]["width"] == {
            "type": "integer",
            "description": "Pixels.",
            "exclusiveMinimum": 0,
        }

    def test_a_model_that_fails_to_say_what_it_is_leaves_the_others(self):
        class Broken(pydantic.BaseModel):
            @classmethod
            def __get_pydantic_json_schema__(cls, core_schema, handler):
                raise RuntimeError("no schema")

        def task(broken, item: Item):
            pass

        task.__annotations__["broken"] = Broken
        assert arguments(task)["properties"] == {
            "broken": {},
            "item": {"$ref": "#/$defs/Item"},
        }


@pytest.mark.usefixtures("both")
class TestOutcomes:
    @pytest.mark.parametrize(
        ("hint", "yields", "result"),
        [
            (Iterator[int], "integer", "array"),
            (Generator[int, Any, str], "integer", "string"),
            (Generator[int, Any, None], "integer", "array"),
            (Generator[int, Any, str | None], "integer", None),
            (Generator[int | Ask, bool, str], "integer", "string"),
            (Generator[Ask, bool, str], None, "string"),
            (list, None, None),
        ],
        ids=str,
    )
    def test_generators(self, hint, yields, result):
        def task():
            yield 1

        task.__annotations__ = {"return": hint}
        made = schemas(task)
        assert (made.yields or {}).get("type") == yields
        assert (made.result or {}).get("type") == result

    def test_asynchronous_ones(self):
        async def task() -> AsyncGenerator[str, None]:
            yield "x"

        made = schemas(task)
        assert made.yields == {"type": "string"}
        assert made.result == {"type": "array", "items": {"type": "string"}}

    def test_functions(self):
        async def task() -> dict[str, int]: ...
        async def nothing() -> None: ...
        async def untyped(): ...

        assert schemas(task).result["type"] == "object"
        assert schemas(nothing).result == {"type": "null"}
        assert schemas(untyped).result is None
        assert schemas(task).yields is None

    def test_what_is_made_of_results_is_not_known(self):
        def task() -> int: ...

        assert schemas(task, decode=str).result is None
        assert schemas(task, decoded=True).result is None

    def test_what_a_handler_makes_of_yields(self):
        def task() -> Generator[int, Any, None]:
            yield 1

        def shout(value: int) -> str: ...

        made = schemas(task, generate_handler=shout)
        assert made.yields == {"type": "string"}
        assert made.result["items"] == {"type": "string"}
        assert schemas(task, generate_handler=lambda value: value).yields is None


def test_a_program_without_pydantic_does_not_import_it():
    code = """
import json, sys
from qtasks.task.definition import TaskDefinition
from qtasks.task.schema import schemas_of
def task(width: int): ...
schema = schemas_of(TaskDefinition(name="t", func=task)).arguments
print(json.dumps([schema["properties"], "pydantic" in sys.modules]))
"""
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert json.loads(said.stdout) == [{"width": {"type": "integer"}}, False]
