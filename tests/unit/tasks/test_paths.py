"""Functions by dotted names, and which of them may be called."""

import functools
import math
import operator
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks import QueueTasks
from qtasks.errors import InvalidField, PathRefused, UnknownPath
from qtasks.tasks.paths import (
    check_allowed,
    checked_path,
    imported,
    path_of,
    pattern_of,
)
from tests.integration import offloaded_functions as functions

HERE = "tests.integration.offloaded_functions"


@pytest.mark.parametrize(
    ("func", "path"),
    [
        (math.copysign, "math.copysign"),
        (functions.double, f"{HERE}.double"),
        (functions.Counter, f"{HERE}.Counter"),
        (functions.Counter.of, f"{HERE}.Counter.of"),
        ("math.modf", "math.modf"),
    ],
    ids=["builtin", "function", "class", "class method", "path"],
)
def test_what_a_module_has_is_found_again(func, path):
    assert path_of(func) == path
    assert imported(path) == (func if callable(func) else math.modf)


def test_a_task_is_its_function():
    task = QueueTasks().task(functions.double)
    assert path_of(task) == f"{HERE}.double"


def nested():
    def inner(): ...

    return inner


@pytest.mark.parametrize(
    ("func", "words"),
    [
        (lambda: 1, "is a lambda"),
        (nested(), "defined inside another function"),
        (functions.Counter().count, "a method of an object"),
        (functools.partial(math.floor, 1.5), "is a partial"),
        (3, "must be a function of a module or its dotted path"),
        ("math", None),
        ("", "must be a dotted path"),
        ("math.floor()", "must be a dotted path"),
        ("math..floor", "must be a dotted path"),
        (f"{HERE}._private", "something private"),
        ("builtins.__import__", "something private"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_no_worker_could_find_is_refused(func, words):
    if words is None:
        assert path_of(func) == func  # a task's name
        return
    with pytest.raises(InvalidField, match=re.escape(words)) as told:
        path_of(func)
    assert told.value.field == "func"


def test_what_is_defined_in_the_program_itself_is_refused(monkeypatch):
    monkeypatch.setattr(functions.double, "__module__", "__main__")
    with pytest.raises(InvalidField, match="move double into a module"):
        path_of(functions.double)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("no_such_module.func", "there is no module 'no_such_module'"),
        ("math.nope", "there is no function 'nope' in the module 'math'"),
        ("math.pi", "there is no function 'pi'"),
        ("os", "names nothing that can be called"),
        # Whoever allows a module does not allow what it imports.
        (
            f"{HERE}.operating_system.system",
            "there is no function 'operating_system.sys",
        ),
        # Through objects a path does not go on.
        (f"{HERE}.NOTED.set", "there is no function 'NOTED.set'"),
        (f"{HERE}.COUNTED.count", "there is no function 'COUNTED.count'"),
        (f"{HERE}.double.mro", "there is no function 'double.mro'"),
    ],
)
def test_what_is_not_there_is_told(path, words):
    with pytest.raises(UnknownPath, match=re.escape(words)) as told:
        imported(path)
    assert isinstance(told.value, ImportError)
    assert told.value.facts["path"] == path


@pytest.mark.parametrize(
    "path",
    [f"{HERE}.Path", f"{HERE}.Path.cwd", f"{HERE}.Counter.kind", f"{HERE}.decimal_of"],
    ids=["class", "method", "through a class", "under another name"],
)
def test_what_a_module_has_from_elsewhere_is_refused(path):
    with pytest.raises(PathRefused, match="call it by its own path") as told:
        imported(path)
    assert told.value.facts["path"] == path


def test_what_a_module_lists_as_its_own_is_its_own():
    assert imported("os.getcwd") is os.getcwd  # of `posix`, as it says itself
    assert imported("operator.add") is operator.add
    assert imported("qtasks.tasks.async_task").__name__ == "async_task"


def test_a_path_has_a_length():
    path = "math" + ".a" * 600
    with pytest.raises(InvalidField):
        checked_path(path)
    with pytest.raises(PathRefused):
        check_allowed(path, pattern_of(["math.*"], []))


def test_a_module_that_fails_tells_why(tmp_path, monkeypatch):
    (tmp_path / "broken_module_of_a_test.py").write_text("1 / 0\n", encoding="utf-8")
    (tmp_path / "needs_more_of_a_test.py").write_text("import nope_at_all\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnknownPath, match="can't be imported: ZeroDivisionError"):
        imported("broken_module_of_a_test.func")
    with pytest.raises(UnknownPath, match="No module named 'nope_at_all'"):
        imported("needs_more_of_a_test.func")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("math.floor", True),
        ("shop.jobs.resize", True),
        ("shop.jobs.deep.resize", True),
        ("shop.mail", True),
        ("math", False),
        ("mathematics.floor", False),
        ("shop.jobs", False),
        ("shop_jobs.resize", False),
        ("shop.mail.send", False),
        ("os.system", False),
        ("math.floor\nos.system", False),
    ],
)
def test_a_worker_allows_what_it_says(path, allowed):
    pattern = pattern_of(["math.*", "shop.jobs.*"], ["shop.mail"])
    if allowed:
        check_allowed(path, pattern)
        return
    with pytest.raises(PathRefused, match="setting `importable`"):
        check_allowed(path, pattern)


def test_a_worker_that_says_nothing_allows_nothing():
    with pytest.raises(PathRefused):
        check_allowed("math.floor", pattern_of([], []))


@given(st.text(max_size=30))
def test_a_checked_path_names_nothing_private_and_no_second_line(text):
    try:
        path = checked_path(text)
    except InvalidField:
        return
    assert not any(part.startswith("_") or not part for part in path.split("."))
    assert path.splitlines() == [path]
