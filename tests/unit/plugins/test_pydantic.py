"""Models as arguments and results."""

import dataclasses
from datetime import UTC, datetime
from typing import Annotated

import pydantic
import pytest

from qtasks.errors import ArgumentInvalid, Unserializable
from qtasks.plugins.pydantic import PydanticPlugin
from qtasks.serializers.json import JsonSerializer
from qtasks.task.definition import TaskDefinition


class User(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    name: str
    born: datetime | None = None


@dataclasses.dataclass
class Team:
    lead: User
    size: int = 1


@dataclasses.dataclass
class Point:
    x: int


ADA = {"name": "Ada", "born": "1815-12-10T00:00:00Z"}


class Attempt:
    def __init__(self, func, *, echo=False):
        self.task_func = TaskDefinition(name="task", func=func, echo=echo)


async def arguments(func, *args, echo=False, **kw):
    changed = await PydanticPlugin().trigger(
        "task_executor_args_replace",
        task_executor=Attempt(func, echo=echo),
        args=list(args),
        kw=kw,
        args_info=[],
    )
    return changed["args"], changed["kw"]


def positional(number, user: User, limit=3):
    pass


def nested(users: list[User], best: User | None = None):
    pass


def noted(user: Annotated[User, "a note"], team: Team):
    pass


class Order(pydantic.BaseModel):
    customer_id: int = pydantic.Field(alias="customerId")


def ordered(order: Order):
    pass


def variadic(*users: User, **named: User):
    pass


def keyword(*, user: User):
    pass


def plain(number: int, names: list[str], point: Point) -> dict[str, int]:
    pass


async def test_an_argument_becomes_a_model():
    (number, user), kw = await arguments(positional, 7, ADA)
    assert (number, kw) == (7, {})
    assert user == User(name="Ada", born=datetime(1815, 12, 10, tzinfo=UTC))
    assert (await arguments(positional, 7, user=ADA))[1] == {"user": user}


async def test_a_model_with_aliases_travels_under_the_names_of_its_fields():
    sent = JsonSerializer().encode(Order(customerId=42))
    (order,), _ = await arguments(ordered, JsonSerializer().decode(sent))
    assert order.customer_id == 42
    (order,), _ = await arguments(ordered, {"customerId": 43})
    assert order.customer_id == 43


async def test_models_inside_other_types():
    (users, best), _ = await arguments(nested, [{"name": "a"}, {"name": "b"}], None)
    assert [one.name for one in users] == ["a", "b"]
    assert best is None


async def test_dataclasses_with_models_inside():
    (user, team), _ = await arguments(noted, {"name": "a"}, {"lead": {"name": "b"}})
    assert (user.name, team) == ("a", Team(User(name="b")))


async def test_all_of_variadic_arguments():
    args, kw = await arguments(variadic, {"name": "a"}, {"name": "b"}, c={"name": "c"})
    assert [one.name for one in args] == ["a", "b"]
    assert kw["c"].name == "c"


async def test_by_name_and_behind_the_task_object():
    assert (await arguments(keyword, user=ADA))[1]["user"].name == "Ada"

    def echoing(self, user: User):
        pass

    args, _ = await arguments(echoing, "self", ADA, echo=True)
    assert args[0] == "self"
    assert args[1].name == "Ada"


async def test_a_model_that_is_one_already_stays():
    user = User(name="Ada")
    assert (await arguments(positional, 1, user))[0][1] is user


async def test_what_is_not_valid_names_the_parameter():
    with pytest.raises(ArgumentInvalid, match=r"argument 'user' is not valid") as info:
        await arguments(positional, 7, {"name": 5})
    assert info.value.facts == {"parameter": "user"}


def test_tasks_without_models_are_left_alone():
    plugin = PydanticPlugin()
    assert not plugin.applies(TaskDefinition(name="plain", func=plain))
    assert plugin.applies(TaskDefinition(name="nested", func=nested))


async def test_a_returned_model_is_what_it_dumps_to():
    def task() -> list[User]:
        pass

    changed = await PydanticPlugin().trigger(
        "task_executor_after_execute_result_replace",
        task_executor=Attempt(task),
        result=[User(name="Ada")],
    )
    assert changed == {"result": [{"name": "Ada", "born": None}]}


def test_models_are_submitted_as_what_they_dump_to():
    serializer = JsonSerializer()
    value = [User(name="Ada", born=datetime(1815, 12, 10, tzinfo=UTC))]
    value.append(Team(User(name="b")))
    assert serializer.decode(serializer.encode(value)) == [
        ADA,
        {"lead": {"name": "b", "born": None}, "size": 1},
    ]


@pytest.mark.parametrize("value", [object(), Point(1), {1, 2}])
def test_what_is_no_model_is_refused_as_ever(value):
    with pytest.raises(Unserializable, match="is not JSON serializable"):
        JsonSerializer().encode([value])
