"""What decorators refuse, and how they say so."""

import re
from functools import partial

import pytest

from qtasks import AsyncRouter, SyncRouter, shared_task
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import InvalidField, OutOfRange, TooMany
from qtasks.sync import QueueTasks

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Differs from process to process, so that it can't be in the name of a test."""


async def coroutine(value): ...


def plain(value): ...


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"decode": "json"}, InvalidField, "decode must be a function"),
        ({"decode": coroutine}, InvalidField, "decode must be a plain function"),
        ({"decode": partial(coroutine)}, InvalidField, "must be a plain function"),
        ({"generate_handler": 7}, InvalidField, "generate_handler must be a function"),
        ({"generate_handler": plain}, InvalidField, "the function has no `yield`"),
        ({"retry": -1}, OutOfRange, "retry must be from 0 to 999"),
        ({"retry": 1.5}, InvalidField, r"retry must be an int, not 1\.5"),
        ({"retry": True}, InvalidField, "retry must be an int, not True"),
        ({"retry_on_exc": [7]}, InvalidField, "must be exception classes, not 7"),
        ({"retry_on_exc": "ValueError"}, InvalidField, "retry_on_exc must be a list"),
        ({"retry_on_exc": int}, InvalidField, "must be exception classes"),
        ({"retry_on_exc": [ValueError()]}, InvalidField, "must be exception classes"),
        ({"retry_backoff": -1}, OutOfRange, "retry_backoff must be from 0"),
        ({"executor": "fibre"}, InvalidField, "executor must be one of"),
        ({"executor": 7}, InvalidField, "executor must be a class"),
        ({"priority": 4096}, OutOfRange, "priority must be from -4096 to 4095"),
        ({"priority": "high"}, InvalidField, "priority must be an int"),
        ({"max_time": 0}, OutOfRange, "max_time must be greater than zero"),
        ({"max_time": -3}, OutOfRange, "max_time must be from 0"),
        ({"max_time": float("nan")}, OutOfRange, "max_time must be from 0"),
        ({"max_time": "5"}, InvalidField, "must be seconds or a timedelta"),
        ({"keep_result": 1e12}, OutOfRange, "ten years"),
        ({"tags": "red"}, InvalidField, r"write \['red'\]"),
        ({"tags": [1]}, InvalidField, "a tag must be a str"),
        ({"tags": [""]}, InvalidField, "tags must not be empty"),
        ({"tags": map(str, range(3))}, InvalidField, "tags must be a list"),
        ({"tags": ["x"] * 65}, TooMany, "65 entries"),
        ({"queue": ""}, InvalidField, "queue must not be empty"),
        ({"queue": 3}, InvalidField, "queue must be a str"),
        ({"description": 3}, InvalidField, "description must be a str"),
        ({"middlewares_before": plain}, InvalidField, "middlewares_before must be a"),
        ({"name": ""}, InvalidField, "name must not be empty"),
        ({"name": 7}, InvalidField, "name must be a str"),
        ({"name": "x" * 257}, InvalidField, "257 characters"),
        ({"name": "a\nb"}, InvalidField, "control characters"),
        ({"retries": 3}, InvalidField, "did you mean 'retry'"),
        ({"max_retries": 3}, InvalidField, "did you mean 'retry'"),
        ({"middleware_before": []}, InvalidField, "did you mean 'middlewares_before'"),
        ({"timeout": 3}, InvalidField, "did you mean 'max_time'"),
        ({"extra": 3}, InvalidField, "extra must be a dict"),
    ],
    ids=lambda value: ADDRESS.sub("", str(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_is_told_at_the_decorator(options, error, words):
    router = SyncRouter()
    with pytest.raises(error, match=words):
        router.task(**options)(plain)
    assert not router.tasks


@pytest.mark.parametrize(
    "decorator",
    [QueueTasks().task, AsyncQueueTasks().task, AsyncRouter().task, shared_task],
    ids=["app", "async app", "async router", "shared"],
)
def test_every_decorator_tells(decorator):
    with pytest.raises(InvalidField, match="did you mean 'retry'"):
        decorator(retries=3)
    with pytest.raises(OutOfRange, match="priority"):
        decorator(priority=5000)(plain)


def test_echo_needs_a_parameter():
    def none(): ...

    def only_named(*, a): ...

    for func in (none, only_named):
        with pytest.raises(InvalidField, match="gets the task object first"):
            SyncRouter().task(echo=True)(func)

    def any_number(*args): ...

    assert SyncRouter().task(echo=True)(any_number).echo


@pytest.mark.parametrize(
    "nameless", [lambda: None, partial(plain, 1)], ids=["lambda", "partial"]
)
def test_what_has_no_name_must_be_given_one(nameless):
    with pytest.raises(InvalidField, match="give the task one"):
        SyncRouter().task(nameless)
    assert SyncRouter().task("named")(nameless).task_name == "named"


def test_a_task_is_not_decorated_twice():
    router = SyncRouter()
    task = router.task(plain)
    with pytest.raises(InvalidField, match=r"a task already; register its function"):
        router.task("again")(task)
    assert router.task("again")(task.func).func is plain


@pytest.mark.parametrize("wrong", [3, None, "name"])
def test_only_functions_become_tasks(wrong):
    with pytest.raises(InvalidField, match="a task must be a function"):
        SyncRouter().task("x")(wrong)


def test_a_single_exception_class_is_a_list_of_it():
    assert SyncRouter().task(retry_on_exc=ValueError)(plain).retry_on_exc == (
        ValueError,
    )


def test_what_is_unknown_is_kept():
    task = SyncRouter().task(concurrency=3, queue_name="x", extra={"retries": 1})(plain)
    assert task.extra == {"concurrency": 3, "queue_name": "x", "retries": 1}
