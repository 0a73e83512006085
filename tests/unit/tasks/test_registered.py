"""Tasks of an app whose functions others may call by their paths."""

import pytest

from qtasks.executors import AsyncTaskExecutor
from qtasks.task import TaskDefinition
from qtasks.tasks.registered import is_plain
from tests.integration.offloaded_functions import double


class Guarded(AsyncTaskExecutor):
    """Stands for one that looks at who calls."""


def several():
    yield 1


@pytest.mark.parametrize(
    ("around", "plain"),
    [
        ({}, True),
        ({"executor": "thread"}, True),
        ({"executor": Guarded}, False),
        ({"middlewares_before": (Guarded,)}, False),
        ({"middlewares_after": (Guarded,)}, False),
        ({"echo": True}, False),
        ({"func": several}, False),
    ],
)
def test_what_stands_around_a_function_is_not_passed_by(around, plain):
    assert is_plain(TaskDefinition(**{"name": "x", "func": double, **around})) is plain
