"""Schemas say the numbers that a lock has for their fields."""

import enum
import json
from collections.abc import Iterator
from typing import Literal

import pydantic
import pytest

from qtasks import QueueTasks
from qtasks.config import QueueConfig
from qtasks.errors import ExportRefused
from qtasks.export.exporting import export
from qtasks.export.formats import Format
from qtasks.typed import Allocation, typed_app
from qtasks.workers.registration import hello, task_infos


class Part(pydantic.BaseModel):
    size: int
    name: str = ""


class Item(pydantic.BaseModel):
    parts: list[Part]
    spare: Part | None = None
    by_name: dict[str, Part] = {}


def before(depth: int, item: Item, *rest: int, **more) -> Iterator[str]:
    yield str((depth, item, rest, more))


def after(item: Item, depth: str, width: int = 1, *rest: int, **more) -> Iterator[int]:
    yield len(str((depth, item, rest, more))) + width


def app(func, **settings):
    made = QueueTasks("shop", config=QueueConfig(**settings))
    made.task(name="t")(func)
    return made


def infos(made):
    return list(hello(made.asyncio.worker_plan(), "session").tasks)


@pytest.fixture
def lock(tmp_path):
    """The lock of an export whose types changed."""
    for func in (before, after):
        export("shop", infos(app(func)), [Format.PROTO], tmp_path).write(
            allow_breaking=True
        )
    return tmp_path / "shop.lock.json"


def numbers(typed):
    task = typed.tasks[0]
    messages = [task.request, task.response, task.yielded, task.finished]
    return {
        message.name: {field.key: field.number for field in message.fields}
        for message in [*messages, *typed.messages.values()]
    }


def test_a_broker_that_knows_nothing_has_the_numbers_of_the_export(lock):
    exported = Allocation.decode(lock.read_text())
    registered = infos(app(after, schema_lock=str(lock)))
    there = typed_app("shop", registered, Allocation())
    assert numbers(there) == numbers(typed_app("shop", infos(app(after)), exported))
    assert not there.refused
    request = numbers(there)["TRequest"]
    assert request == {
        "item": 2,
        "depth": 5,
        "width": 6,
        "rest": 3,
        "more": 4,
    }
    assert numbers(there)["TResponse"] == {"task_id": 1, "result": 3}
    assert numbers(there)["Finished"] == {"result": 3}
    assert numbers(there)["Yielded"] == {"value": 2}


def test_values_of_enums_have_theirs(tmp_path):
    """Also where one is gone, or stands elsewhere: none is taken for another."""

    class Speed(enum.Enum):
        FAST = "fast"
        SLOW = "slow"

    def first(mode: Literal["fit", "crop", "fill"], speeds: list[Speed]): ...
    def last(mode: Literal["fill", "crop"], speeds: list[Speed]) -> Speed | None: ...

    for func in (first, last):
        export("shop", infos(app(func)), [Format.PROTO], tmp_path).write(
            allow_breaking=True
        )
    sent = infos(app(last, schema_lock=str(tmp_path / "shop.lock.json")))
    enums = typed_app("shop", sent, Allocation()).enums
    assert enums["TRequest.Mode"].numbers == {"fill": 3, "crop": 2}
    assert enums["Speed"].numbers == {"fast": 1, "slow": 2}


def test_models_inside_of_others_have_theirs(lock):
    (info,) = infos(app(after, schema_lock=str(lock)))
    models = json.loads(info.json_schema)["$defs"]
    assert models["Part"]["properties"]["name"]["x-field-number"] == 2
    assert models["Item"]["properties"]["by_name"]["x-field-number"] == 3


def test_an_export_needs_no_lock_and_is_the_same_with_one(lock):
    made = app(after, schema_lock=str(lock))
    tasks = task_infos(made.asyncio.worker_plan())
    again = export("shop", tasks, [Format.PROTO], lock.parent)
    assert (again.stale, again.breaking) == ([], [])


def test_a_lock_that_is_not_there(tmp_path):
    with pytest.raises(ExportRefused, match="export first"):
        infos(app(after, schema_lock=str(tmp_path / "none.json")))


def test_the_lock_of_another_app(lock):
    other = QueueTasks("other", config=QueueConfig(schema_lock=str(lock)))
    other.task(name="t")(after)
    with pytest.raises(ExportRefused, match="of the app 'shop'"):
        infos(other)
