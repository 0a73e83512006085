"""Which changes of a task make its callers fail."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Literal

import pydantic
import pytest

from qtasks.export.signatures import breaking_changes, signature_of
from qtasks.task.definition import TaskDefinition
from qtasks.task.schema import schemas_of
from qtasks.v1 import TaskInfo


def signature(func: Callable[..., Any]) -> Any:
    schemas = schemas_of(TaskDefinition(name="t", func=func))
    info = TaskInfo(
        json_schema=json.dumps(schemas.arguments),
        result_schema=json.dumps(schemas.result) if schemas.result else "",
        yield_schema=json.dumps(schemas.yields) if schemas.yields else "",
    )
    return signature_of(info)


def changes(before, after):
    return breaking_changes({"t": signature(before)}, {"t": signature(after)})


def model(**fields):
    return pydantic.create_model("Item", **fields)


def taking(hint):
    def task(value): ...

    task.__annotations__["value"] = hint
    return task


def giving(hint):
    def task(): ...

    task.__annotations__["return"] = hint
    return task


def plain(width: int, title: str = "x"): ...
def documented(width: int, title: str = "y"):
    """Resize it.

    Args:
        width: In pixels.
    """


def longer(width: int, title: str = "x", depth: int = 1): ...
def shorter(width: int): ...
def demanding(width: int, title: str): ...
def growing(width: int, title: str = "x", *, depth: int): ...
def other(width: str, title: str = "x"): ...
def variadic(width: int, *rest: int, **others: int): ...
def looser(width: int, title: str | None = "x"): ...


@pytest.mark.parametrize("after", [plain, documented, longer, looser])
def test_what_breaks_nobody(after):
    assert changes(plain, after) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (shorter, "the parameter 'title' is gone"),
        (demanding, "the parameter 'title' must be given now"),
        (growing, "the parameter 'depth' is new, and must be given"),
        (other, "the parameter 'width' was integer, and is string"),
    ],
)
def test_parameters(after, told):
    assert changes(plain, after) == [f"t: {told}"]


def test_null_and_the_rest_of_a_signature():
    assert changes(looser, plain) == [
        "t: the parameter 'title' must not be null any more"
    ]
    assert changes(variadic, shorter) == [
        "t: what it takes by other names is gone",
        "t: the parameter 'rest' is gone",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (list[int], list[str], ["an item of {} was integer, and is string"]),
        (dict[str, int], dict[str, str], ["an item of {} was integer, and is string"]),
        (dict[str, int], list[int], ["{} was values by name, and is a list"]),
        (Literal["a", "b"], Literal["a"], ["{} can't be 'b' any more"]),
        (Literal["a"], Literal["a", "b"], []),
        (int | str, int | None, ["{} was integer or string, and is integer"]),
        (tuple[int, int], tuple[int], ["{} was a list of 2, and is a list of 1"]),
        (Any, int, ["{} was anything, and is integer"]),
        (list[list[int]], list[list[int]], []),
    ],
)
def test_what_is_taken(before, after, told):
    expected = ["t: " + one.format("the parameter 'value'") for one in told]
    assert changes(taking(before), taking(after)) == expected


def test_fields_of_models():
    before = model(name=(str, ...), count=(int, 1))
    after = model(name=(int, ...), size=(int, ...))
    assert changes(taking(before), taking(after)) == [
        "t: 'name' of the parameter 'value' was string, and is integer",
        "t: 'count' of the parameter 'value' is gone",
        "t: 'size' of the parameter 'value' is new, and must be given",
    ]


def test_a_model_with_itself_inside():
    class Node(pydantic.BaseModel):
        name: str
        children: list["Node"] = []

    assert changes(taking(Node), taking(Node)) == []
    assert changes(taking(Node), taking(list[Node])) == [
        "t: the parameter 'value' was an object, and is a list"
    ]


def test_results():
    assert changes(giving(int), giving(int | None)) == [
        "t: what it returns may be null now"
    ]
    assert changes(giving(int | None), giving(int)) == []
    assert changes(giving(Literal["a"]), giving(Literal["b"])) == []
    assert changes(giving(model(a=(int, ...))), giving(model(b=(int, ...)))) == [
        "t: 'a' of what it returns is gone"
    ]


def test_yields():
    def before() -> Iterator[int]:
        yield 1

    async def after() -> AsyncIterator[str]:
        yield ""

    assert changes(before, after) == [
        "t: an item of what it returns was integer, and is string",
        "t: what it yields was integer, and is string",
    ]


def test_tasks_that_come_and_go():
    assert breaking_changes({"t": signature(plain)}, {"u": signature(plain)}) == [
        "t: the task is gone"
    ]
