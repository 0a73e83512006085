"""Arguments of an attempt: what was submitted, and what others resulted in."""

from types import SimpleNamespace
from typing import Any

import pytest

from qtasks import v1
from qtasks.serializers.json import JsonSerializer
from qtasks.task import TaskDefinition
from qtasks.task.backoff import wait_of
from qtasks.workers.arguments import take_arguments

JSON = JsonSerializer()


def attempt_of(task: v1.TaskSubmit) -> Any:
    def func(*args: Any, **kwargs: Any) -> None: ...

    definition = TaskDefinition(name="one", func=func)
    return SimpleNamespace(
        assign=v1.Assign(task=task), definition=definition, args=[], kwargs={}
    )


def waiting(passed: int, *inputs: Any, **more: Any) -> v1.TaskSubmit:
    return v1.TaskSubmit(
        args=JSON.encode([1]),
        after=v1.After(**{"pass": passed}),
        inputs=[JSON.encode(one) for one in inputs],
        **more,
    )


@pytest.mark.parametrize(
    ("passed", "args"),
    [
        (v1.PASS_EACH, [1, "a", [2]]),
        (v1.PASS_LIST, [1, ["a", None, [2]]]),
    ],
)
def test_results_of_others_are_appended(passed: int, args: list[Any]) -> None:
    attempt = attempt_of(waiting(passed, "a", None, [2]))
    assert take_arguments(attempt, JSON) is None
    assert attempt.args == args


def test_nothing_is_appended_unless_asked() -> None:
    attempt = attempt_of(waiting(v1.PASS_UNSPECIFIED))
    assert take_arguments(attempt, JSON) is None
    assert attempt.args == [1]


@pytest.mark.parametrize(
    ("attempt", "wait"), [(1, 1.0), (2, 5.0), (3, 30.0), (4, 30.0), (9, 30.0)]
)
def test_waits_come_in_turn(attempt: int, wait: float) -> None:
    definition = TaskDefinition(
        name="one", func=lambda: None, retry_backoff=[1.0, 5.0, 30.0]
    )
    assert wait_of(definition, attempt, KeyError()) == wait


def test_a_function_that_fails_leaves_the_wait_to_the_broker() -> None:
    definition = TaskDefinition(
        name="one", func=lambda: None, retry_backoff=lambda *_: 1 / 0
    )
    assert wait_of(definition, 1, KeyError()) is None
