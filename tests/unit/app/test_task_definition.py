"""What a registered task knows of its function, and which arguments fit."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qtasks.errors import DuplicateTask, InvalidField, TaskNotRegistered
from qtasks.task import TaskDefinition, TaskRegistry
from qtasks.task.declaration import definition_of


async def coroutine(): ...


def generator():
    yield


async def async_generator():
    yield


@pytest.mark.parametrize(
    ("func", "awaiting", "generating"),
    [
        (lambda: None, False, ""),
        (coroutine, True, ""),
        (generator, False, "sync"),
        (async_generator, True, "async"),
    ],
)
def test_it_knows_what_its_function_is(func, awaiting, generating):
    task = TaskDefinition(name="task", func=func)
    assert (task.awaiting, task.generating) == (awaiting, generating)


def plain(a, b=1): ...


def only_named(*, a): ...


def by_place(a, /, b): ...


def anything(*args, **kwargs): ...


@pytest.mark.parametrize(
    ("func", "args", "kwargs", "parameter"),
    [
        (plain, [], {}, "a"),
        (plain, [1, 2, 3], {}, "args[2]"),
        (plain, [1], {"a": 2}, "a"),
        (plain, [1], {"c": 2}, "c"),
        (only_named, [], {}, "a"),
        (only_named, [1], {"a": 1}, "args[0]"),
        (by_place, [], {"a": 1, "b": 2}, "a"),
    ],
)
def test_a_mismatch_names_the_parameter(func, args, kwargs, parameter):
    mismatch = TaskDefinition(name="task", func=func).mismatch(args, kwargs)
    assert mismatch is not None
    assert mismatch.parameter == parameter
    assert mismatch.message


def test_the_task_object_of_echo_is_not_a_callers_argument():
    def echoed(self, a): ...

    task = TaskDefinition(name="task", func=echoed, echo=True)
    assert [one.name for one in task.parameters] == ["a"]
    assert task.mismatch([1], {}) is None


@given(
    func=st.sampled_from([plain, only_named, by_place, anything]),
    args=st.lists(st.integers(), max_size=4),
    kwargs=st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers()),
)
def test_what_fits_is_what_python_says(func, args, kwargs):
    try:
        inspect.signature(func).bind(*args, **kwargs)
        fits = True
    except TypeError:
        fits = False
    mismatch = TaskDefinition(name="task", func=func).mismatch(args, kwargs)
    assert (mismatch is None) == fits
    assert mismatch is None or mismatch.parameter


def test_a_name_is_registered_once():
    registry = TaskRegistry()
    registry.add(definition_of(plain, None))
    with pytest.raises(DuplicateTask, match="Task with name plain is already"):
        registry.add(definition_of(only_named, "plain"))


def test_an_unknown_name_is_told():
    with pytest.raises(TaskNotRegistered, match="'nothing'"):
        TaskRegistry()["nothing"]


def test_an_executor_must_be_a_known_one():
    with pytest.raises(InvalidField, match="fibre"):
        definition_of(plain, None, executor="fibre")


def test_a_task_in_processes_must_be_found_there():
    def inner(): ...

    with pytest.raises(InvalidField, match="function of a module"):
        definition_of(inner, None, executor="process")


def test_the_first_line_of_the_docstring_describes_it():
    def documented():
        """Do it.

        At length.
        """

    assert definition_of(documented, None).description == "Do it."
    assert definition_of(documented, None, description="x").description == "x"
