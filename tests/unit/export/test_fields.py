"""Fields that are others in the `.proto` file are told, if nothing else is."""

from dataclasses import dataclass, make_dataclass
from typing import Annotated, Literal

import pydantic
import pytest

from qtasks import QueueTasks
from qtasks.errors import BreakingChanges
from qtasks.export.exporting import export
from qtasks.export.formats import Format
from qtasks.workers.registration import task_infos

WIDE = Annotated[int, pydantic.Field(ge=0, le=2**64 - 1)]


@dataclass
class Picture:
    name: str


Photo = make_dataclass("Photo", [("name", str)])


@pytest.fixture
def changed(tmp_path):
    """What is told when a task takes one thing, and then others; each is written."""

    def changes(*hints, returned=False):
        told = []
        for hint in hints:

            def task(value=None): ...

            task.__annotations__["return" if returned else "value"] = hint
            app = QueueTasks("shop")
            app.task(name="t")(task)
            made = export(
                "shop", task_infos(app.asyncio.worker_plan()), [Format.PROTO], tmp_path
            )
            told.append(list(made.breaking))
            if made.breaking:
                with pytest.raises(BreakingChanges):
                    made.write()
            made.write(allow_breaking=True)
        return told

    return changes


@pytest.mark.parametrize(
    ("before", "after", "was", "is_"),
    [
        (Picture, Photo, "Picture", "Photo"),
        (int, WIDE, "int64", "uint64"),
        (list[int], list[int | None], "repeated int64", "repeated qtasks.v1.Payload"),
    ],
)
def test_a_field_of_another_type(changed, before, after, was, is_):
    line = f"t: in the .proto file, 'value' of TRequest was {was}, and is {is_}"
    assert changed(before, after, after) == [[], [line], []]


def test_a_result_of_another_type(changed):
    line = "t: in the .proto file, 'result' of TResponse was Picture, and is Photo"
    assert changed(Picture, Photo, returned=True) == [[], [line]]


def test_a_field_of_a_model(changed):
    small = pydantic.create_model("Item", count=(int, 1))
    large = pydantic.create_model("Item", count=(WIDE, 1))
    line = "t: in the .proto file, 'count' of Item was int64, and is uint64"
    assert changed(small, large) == [[], [line]]


def test_what_is_told_otherwise_is_not_told_twice(changed):
    assert changed(int, str) == [
        [],
        ["t: the parameter 'value' was integer, and is string"],
    ]


def test_what_keeps_its_number(changed):
    assert changed(int, int | None, int) == [
        [],
        [],
        ["t: the parameter 'value' must not be null any more"],
    ]
    assert changed(Literal["a"], Literal["a", "b"]) == [
        ["t: the parameter 'value' was integer, and is one of a few strings"],
        [],
    ]
