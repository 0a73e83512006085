"""What a broker knows of the types of tasks that workers registered."""

import enum
import json
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pydantic
import pytest

from qtasks import v1
from qtasks.asyncio import QueueTasks
from qtasks.router import AsyncRouter
from qtasks.workers import registration
from tests.integration.app_rig import KINDS, app_over


async def registered(app: QueueTasks, name: str) -> v1.TaskInfo:
    async with app.worker():
        answer = await app.broker.inspect_task(
            v1.InspectTaskRequest(app=app.name, name=name)
        )
        return answer.task


@pytest.mark.parametrize("kind", KINDS)
async def test_schemas_reach_the_broker(kind):
    inner, outer = AsyncRouter("small"), AsyncRouter("images")

    @inner.task
    def resize(width: int, *names: str) -> Iterator[float]:
        """Make it fit.

        Args:
            width: In pixels.
        """
        yield from (width / 1000 for _ in names)

    outer.include_router(inner)
    async with app_over(kind) as app:
        app.include_router(outer)
        task = await registered(app, "images.small.resize")
    assert json.loads(task.json_schema) == {
        "type": "object",
        "properties": {
            "width": {"description": "In pixels.", "type": "integer"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["width"],
        "additionalProperties": False,
    }
    assert json.loads(task.yield_schema) == {"type": "number"}
    assert json.loads(task.result_schema)["items"] == {"type": "number"}
    assert task.router == "images.small"
    assert task.description == "Make it fit."


async def test_tasks_of_the_app_itself_have_no_router():
    async with app_over("local") as app:

        @app.task(name="a.dotted.name")
        async def resize(width): ...

        task = await registered(app, "a.dotted.name")
    assert task.router == ""
    assert task.result_schema == ""
    assert json.loads(task.json_schema)["properties"] == {"width": {}}


async def test_schemas_too_large_for_a_message_are_left_out(monkeypatch, caplog):
    monkeypatch.setattr(registration, "MAX_SCHEMAS", 500)
    async with app_over("local") as app:

        @app.task
        async def small(width: int): ...

        async def large(**_): ...

        large.__doc__ = "Large."
        large.__annotations__ = {"return": dict[str, tuple[(int,) * 200]]}
        app.task(large)
        with caplog.at_level(logging.WARNING):
            kept = await registered(app, "large")
            beside = await registered(app, "small")
    assert (kept.json_schema, kept.result_schema) == ("", "")
    assert beside.json_schema != ""
    (said,) = {one.task for one in caplog.records if hasattr(one, "task")}
    assert said == "large"


class Step(enum.Enum):
    SMALL = 0.1
    ANY = math.inf


@dataclass
class Bounds:
    most: float = math.inf
    step: Step = Step.SMALL


async def test_numbers_that_json_does_not_have_are_not_told():
    """Programs of other languages read no schema that has them."""

    class Limits(pydantic.BaseModel):
        most: float = math.inf
        least: float = 0.5

    async with app_over("local") as app:

        @app.task
        async def within(bounds: Bounds, limits: Limits): ...

        text = (await registered(app, "within")).json_schema
    told = json.loads(text, parse_constant=pytest.fail)["$defs"]
    assert told["Bounds"]["properties"]["most"] == {"type": "number"}
    assert told["Limits"]["properties"]["least"] == {"default": 0.5, "type": "number"}
    assert "enum" not in told["Step"]
