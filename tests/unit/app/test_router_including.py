"""Routers in apps and in other routers: names, what comes later, what is refused."""

import copy
import gc
import inspect
import pickle
import weakref

import pytest

from qtasks import AsyncRouter, QueueTasks, SyncRouter
from qtasks.asyncio import QueueTasks as AsyncQueueTasks
from qtasks.errors import (
    DuplicateTask,
    InvalidField,
    TaskNotRegistered,
    WrongColour,
    WrongComponent,
)


def test_prefixes_of_nested_routers_add_up():
    inner, outer, app = SyncRouter("mail"), SyncRouter(prefix="office"), QueueTasks()

    @inner.task
    def send(to): ...

    assert send.task_name == "mail.send"
    outer.include_router(inner)
    app.include_router(outer)
    assert list(app.tasks) == ["office.mail.send"]
    assert app.tasks["office.mail.send"].definition is send.definition
    assert send.task_name == send(1).task_name == "office.mail.send"
    assert app.registry["office.mail.send"].func is send.func
    assert app.routers == [outer]


def test_what_is_added_later_is_seen_at_once():
    inner, outer, app = AsyncRouter(), AsyncRouter(), AsyncQueueTasks()
    app.include_router(outer)
    outer.include_router(inner)

    @inner.task
    async def late(): ...

    assert app.tasks["late"].func is late.func
    assert "late" in app.registry
    assert late.client is app


def test_variants_made_before_the_app_belong_to_it_too():
    router, app = SyncRouter("a"), QueueTasks()

    @router.task
    def job(): ...

    urgent = job.options(priority=-1)
    with pytest.raises(TaskNotRegistered, match="include its router first"):
        urgent()
    app.include_router(router)
    assert urgent().options.priority == -1


def test_a_name_that_is_taken_above_is_refused_where_it_is_decorated():
    router, app = SyncRouter(), QueueTasks()
    app.include_router(router)

    @app.task
    def job(): ...

    def second(): ...

    with pytest.raises(DuplicateTask) as caught:
        router.task("job")(second)
    assert "Task with name job is already registered!" in str(caught.value)
    assert "<locals>.job" in str(caught.value)
    assert "<locals>.second" in str(caught.value)
    assert "job" not in router.tasks


def test_including_takes_all_tasks_or_none():
    router, app = SyncRouter(), QueueTasks()
    for name in ("free", "taken"):
        router.task(name)(lambda: None)
    app.task("taken")(lambda: None)
    with pytest.raises(DuplicateTask):
        app.include_router(router)
    assert list(app.tasks) == ["taken"]
    assert app.routers == []


def test_a_router_is_included_once():
    router, app = SyncRouter(), QueueTasks()
    app.include_router(router)
    with pytest.raises(DuplicateTask, match="included already"):
        app.include_router(router)


def test_one_router_may_be_in_two_places_of_different_names():
    inner, left, right = SyncRouter(), SyncRouter("left"), SyncRouter("right")
    app = QueueTasks()
    app.include_router(left)
    app.include_router(right)
    left.include_router(inner)
    right.include_router(inner)
    inner.task("job")(lambda: None)
    assert sorted(app.tasks) == ["left.job", "right.job"]
    for name, task in app.tasks.items():
        assert task.task_name == name
    third = SyncRouter()
    app.include_router(third)
    other = SyncRouter()
    third.include_router(other)
    app.include_router(other)
    with pytest.raises(DuplicateTask, match="twice"):
        other.task("twice")(lambda: None)
    assert "twice" not in app.tasks


def test_a_router_in_two_apps_has_task_objects_in_each():
    router, one, other = SyncRouter(), QueueTasks(), QueueTasks()

    @router.task
    def job(): ...

    one.include_router(router)
    other.include_router(router)
    assert one.tasks["job"].client is one
    assert other.tasks["job"].client is job.client is other


def test_circles_are_refused():
    one, other = SyncRouter(), SyncRouter()
    one.include_router(other)
    for outer, inner in ((one, one), (other, one)):
        with pytest.raises(WrongComponent, match="itself"):
            outer.include_router(inner)


@pytest.mark.parametrize(
    "wrong", [QueueTasks(), "router", None], ids=["app", "text", "none"]
)
def test_only_routers_are_included(wrong):
    with pytest.raises(WrongComponent, match="AsyncRouter or a SyncRouter"):
        QueueTasks().include_router(wrong)


def test_routers_are_of_the_apps_colour():
    with pytest.raises(WrongColour, match="SyncRouter makes SyncTask"):
        AsyncQueueTasks().include_router(SyncRouter())
    with pytest.raises(WrongColour, match="AsyncRouter makes AsyncTask"):
        QueueTasks().include_router(AsyncRouter())


def test_defaults_are_for_what_a_task_does_not_say():
    router = SyncRouter(queue="slow", retry=2, tags=["mail"])

    @router.task(retry=0)
    def job(): ...

    assert (job.queue, job.retry, job.tags) == ("slow", 0, ("mail",))
    with pytest.raises(InvalidField, match=r"colour.*no options of tasks"):
        SyncRouter(colour="red")
    with pytest.raises(InvalidField, match="did you mean 'retry'"):
        SyncRouter(retries=3)


@pytest.mark.parametrize("prefix", ["mail.", ".mail", 7, "x" * 257, "a\n"])
def test_prefixes_that_can_not_be_are_refused(prefix):
    with pytest.raises(InvalidField, match="prefix"):
        SyncRouter(prefix)


def test_a_router_does_not_keep_apps_alive():
    router, app = SyncRouter(), AsyncRouter()
    gone = AsyncRouter()
    gone.include_router(app)
    seen = weakref.ref(gone)
    del gone
    gc.collect()
    assert seen() is None
    assert router.tasks == {}


module_router = SyncRouter()


@module_router.task(echo=True)
def documented(_, number: int = 1) -> str:
    """Say a number."""
    return str(number)


def test_a_task_object_looks_like_its_function():
    assert documented.__name__ == "documented"
    assert documented.__doc__ == "Say a number."
    assert documented.__wrapped__ is documented.func
    assert list(inspect.signature(documented).parameters) == ["number"]


def test_a_task_object_is_pickled_and_copied_as_a_name():
    assert pickle.loads(pickle.dumps(documented)) is documented  # noqa: S301
    assert copy.deepcopy(documented) is copy.copy(documented) is documented
