"""Registering tasks, on apps and on routers."""

import pytest

from qtasks import AsyncRouter, QueueTasks, SyncRouter
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import DuplicateTask, TaskNotRegistered
from qtasks.task import AsyncTask, SyncTask


@pytest.mark.parametrize(
    "make",
    [AsyncRouter, SyncRouter, AsyncQueueTasks, QueueTasks],
    ids=["async router", "sync router", "async app", "sync app"],
)
def test_a_task_is_registered_with_and_without_parentheses(make):
    router = make()

    @router.task
    def bare(): ...

    @router.task()
    def called(): ...

    @router.task(name="other", priority=3, colour="red")
    def named(): ...

    assert set(router.tasks) == {"bare", "called", "other"}
    assert named.task_name == "other"
    assert named.priority == 3
    assert named.extra == {"colour": "red"}
    assert bare.func.__name__ == "bare"


def test_the_faces_of_tasks_are_those_of_their_app():
    @AsyncRouter().task
    def one(): ...

    @SyncRouter().task
    def other(): ...

    assert isinstance(one, AsyncTask)
    assert isinstance(other, SyncTask)


def test_an_app_takes_over_the_tasks_of_a_router():
    router = SyncRouter()

    @router.task
    def one(a): ...

    with pytest.raises(TaskNotRegistered, match="include its router first"):
        one(1)
    app = QueueTasks()
    app.include_router(router)
    assert app.tasks["one"].definition is one.definition
    assert one.client is app.tasks["one"].client is app
    assert one(1).args == (1,)
    with pytest.raises(DuplicateTask):
        app.include_router(router)


def test_a_call_takes_options_out_of_the_arguments():
    app = QueueTasks()

    @app.task
    def task(a, group=None): ...

    call = task(1, priority=2, group="mine", b=3)
    assert call.options.priority == 2
    assert call.kwargs == {"group": "mine", "b": 3}
    assert call.with_options(group="theirs").options.group == "theirs"


def test_options_of_a_task_are_those_of_its_calls():
    app = QueueTasks()

    @app.task
    def task(): ...

    assert task.options(priority=1, delay=2).options(delay=3)().options.delay == 3
    assert task().options.priority is None


def test_an_unknown_attribute_of_a_task_is_told():
    app = QueueTasks()

    @app.task
    def task(): ...

    with pytest.raises(AttributeError, match="colour"):
        _ = task.colour
