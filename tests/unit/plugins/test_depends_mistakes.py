"""Dependencies that do not fit are told at once."""

import pytest

from qtasks.errors import DependencyCycle, InvalidField, UnknownScope
from qtasks.plugins import Depends
from qtasks.task.definition import TaskDefinition


def plain():
    return "made"


def test_a_cycle_is_told_when_the_task_is_registered():
    def first(second):
        pass

    def second(first=Depends(first)):
        pass

    first.__defaults__ = (Depends(second),)

    def task(one=Depends(first)):
        pass

    with pytest.raises(DependencyCycle, match=r"first -> .*second -> .*first"):
        TaskDefinition(name="task", func=task)


def test_an_unknown_scope_is_told_at_once():
    with pytest.raises(UnknownScope, match="'process'; there are task, worker"):
        Depends(plain, scope="process")


def test_what_is_no_function_is_told_at_once():
    with pytest.raises(InvalidField, match="takes a function"):
        Depends(plain())


def test_a_parameter_nobody_fills_is_told_when_the_task_is_registered():
    def connect(url):
        pass

    def task(one=Depends(connect)):
        pass

    with pytest.raises(InvalidField, match="nobody fills the parameter 'url'"):
        TaskDefinition(name="task", func=task)


def test_a_narrower_scope_inside_a_wider_one_is_refused():
    def pool(request=Depends(plain)):
        pass

    def task(one=Depends(pool, scope="worker")):
        pass

    with pytest.raises(UnknownScope, match="only as long as a task"):
        TaskDefinition(name="task", func=task)
