"""What is written wrong is told where it is written, with what to write instead."""

from typing import Any

import pytest

from qtasks import QueueTasks
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import InvalidField, OutOfRange, QtasksError, SettingsError

KINDS = pytest.mark.parametrize(
    "kind", [QueueTasks, AsyncQueueTasks], ids=["sync", "async"]
)


@KINDS
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "empty"),
        (5, "must be a str"),
        ("redis://host/0", "broker_url='redis://host"),
    ],
)
def test_the_name_of_an_app(kind: Any, name: Any, words: str) -> None:
    with pytest.raises(InvalidField, match=words):
        kind(name)


@KINDS
@pytest.mark.parametrize("field", ["broker_url", "storage_url"])
def test_a_url_that_is_no_text(kind: Any, field: str) -> None:
    with pytest.raises(SettingsError, match=f"{field} must be a str, not 5"):
        kind(**{field: 5})


@KINDS
@pytest.mark.parametrize("field", ["num_workers", "processes"])
@pytest.mark.parametrize("count", [0, -1, "4", True])
def test_a_number_of_workers_that_is_none(kind: Any, field: str, count: Any) -> None:
    with pytest.raises(InvalidField, match=f"{field} must be a whole number from 1"):
        kind("misuse").run_forever(**{field: count})


@pytest.fixture(scope="module")
def app() -> Any:
    app = QueueTasks("misuse", broker_url="memory://")
    yield app
    app.stop()


def test_a_task_that_is_none(app: Any) -> None:
    with pytest.raises(InvalidField, match="takes a task, its name or a call"):
        app.add_task(5)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("priority", "high", "an int"),
        ("delay", "soon", "seconds or a timedelta"),
        ("eta", "noon", "a datetime"),
        ("queue", 5, "a str"),
        ("expires", "soon", "seconds, a timedelta or a datetime"),
        ("deadline", "soon", "seconds, a timedelta or a datetime"),
        ("idempotency_key", 5, "a str"),
        ("group", 5, "a str"),
        ("tags", 5, "a list of str"),
        ("tags", [5], "str"),
        ("tags", "one", r"a list: write \['one'\]"),
        ("metadata", 5, "a dict of str"),
        ("metadata", {"a": 5}, "str"),
        ("keep_result", "long", "seconds or a timedelta"),
        ("max_time", "1", "seconds or a timedelta"),
        ("retry", "3", "an int"),
    ],
)
def test_an_option_of_a_submit(app: Any, field: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidField, match=f"{field} must be {words}"):
        app.add_task("misused", **{field: value})


def test_a_priority_that_is_far_off(app: Any) -> None:
    with pytest.raises(OutOfRange, match="from -4096 to 4095"):
        app.add_task("misused", priority=2**40)


def test_every_misuse_is_an_error_of_the_framework(app: Any) -> None:
    with pytest.raises(QtasksError):
        app.add_task("misused", object())
