"""Courses: the way attempts of a task take, decided once for each task.

Most tasks are their function and nothing else: for these nothing is made. The others have
a task executor around the function, with middlewares and plugins.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from qtasks.abc.executor import Executor
from qtasks.abc.middleware import check_all
from qtasks.abc.task_executor import BaseTaskExecutor, Surroundings, completed
from qtasks.colours import Colour, called, drive, is_coroutine_function
from qtasks.task import TaskDefinition
from qtasks.triggers import TRIGGERS, Plugins
from qtasks.workers.attempt import Attempt, Verdict
from qtasks.workers.plan import WorkerPlan

AROUND = tuple(name for name in TRIGGERS["worker"] if name.startswith("task_executor_"))
"""The triggers that a task executor fires."""


@dataclass(frozen=True)
class Course:
    """The way attempts of a task take."""

    place: Executor
    """Where the function runs."""
    kind: Any = None
    """The class of the task executor; `None`: the function is all there is."""
    host: Executor | None = None
    """The threads a synchronous task executor works in."""
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()
    plugins: Plugins | None = None

    @cached_property
    def interruptible(self) -> bool:
        """Whether an attempt ends by being cancelled, or is only told to."""
        return self.place.interruptible and self.host is None

    async def run(self, attempt: Attempt) -> Any:
        """Run an attempt to its end: the result, not encoded."""
        if self.kind is None:
            return await self.place.run(attempt)
        if self.host is None:
            return await self._around(attempt, partial(self._call, attempt))
        loop = asyncio.get_running_loop()
        call = partial(self._call_hosted, attempt, loop)
        return await self.host.host(attempt, lambda: drive(self._around(attempt, call)))

    async def _call(
        self, attempt: Attempt, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        attempt.args, attempt.kwargs = args, kwargs
        return await self.place.run(attempt)

    def _call_hosted(
        self,
        attempt: Attempt,
        loop: asyncio.AbstractEventLoop,
        args: list[Any],
        kwargs: dict[str, Any],
    ) -> Any:
        attempt.args, attempt.kwargs = args, kwargs
        return self.place.run_hosted(attempt, loop)

    async def _around(self, attempt: Attempt, call: Callable[..., Any]) -> Any:
        """Run an attempt with all that is around its function."""
        definition = attempt.definition
        executor = self.kind(
            task_func=definition,
            task_broker=attempt.task,
            log=None,
            plugins=self.plugins,
        )
        if isinstance(executor, BaseTaskExecutor):
            executor.decode_cls = executor.decode_cls or attempt.decode
            executor.surroundings = Surroundings(
                call, self.before, self.after, lambda: _why_stopped(attempt)
            )
        error: BaseException | None = None
        try:
            return await called(executor.execute)
        except BaseException as raised:
            error = raised
            if isinstance(raised, Exception) and isinstance(executor, BaseTaskExecutor):
                attempt.verdict = Verdict(
                    retry=bool(await called(executor.should_retry, raised)),
                    delay=await called(executor.retry_delay, raised),
                )
            raise
        finally:
            await self._close(attempt, executor, error)

    async def _close(
        self, attempt: Attempt, executor: Any, error: BaseException | None
    ) -> None:
        if self.plugins and self.plugins.wants("task_executor_task_close"):
            await self.plugins.fire(
                "task_executor_task_close",
                task_executor=executor,
                task_func=attempt.definition,
                task_broker=attempt.task,
                error=error,
            )


async def each_of(course: Course, attempt: Attempt) -> list[Any]:
    """Call a task with each of its argument lists, in order: the results.

    The first that fails fails the task; a note on the error says which it was.
    """
    decode = attempt.decode if course.kind is None else None
    kwargs = attempt.kwargs
    results = []
    for place, args in enumerate(list(attempt.args)):
        attempt.args, attempt.kwargs = args, dict(kwargs)
        attempt.task = replace(attempt.task, args=args, kwargs=attempt.kwargs)
        try:
            value = await course.run(attempt)
        except Exception as error:
            error.add_note(f"in call {place} of the task")
            raise
        if attempt.stopped:
            break
        results.append(decode(value) if decode else value)
    return results


def _why_stopped(attempt: Attempt) -> str | None:
    return attempt.stop_text if attempt.stopped else None


class Courses:
    """The courses of the tasks that a worker serves.

    Args:
        plan: What the worker serves.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        self._plan = plan
        self._known: dict[TaskDefinition, Course] = {}
        worker = plan.worker
        self._before = (*plan.middlewares.before, *_listed(worker, "before"))
        self._after = (*_listed(worker, "after"), *reversed(plan.middlewares.after))
        check_all((*self._before, *self._after), _colour(plan))

    def of(self, definition: TaskDefinition) -> Course:
        """The course of a task."""
        course = self._known.get(definition)
        if course is None:
            course = self._known[definition] = self._made(definition)
        return course

    def forget(self) -> None:
        """Decide anew for each task: a plugin came that may be around it."""
        self._known.clear()

    def _made(self, definition: TaskDefinition) -> Course:
        place = self._place(definition)
        before = (*self._before, *definition.middlewares_before)
        after = (*definition.middlewares_after, *self._after)
        hub = self._plan.plugins.get("worker")
        plugins = hub.of(definition) if hub is not None else None
        custom = None if isinstance(definition.executor, str) else definition.executor
        asked = plugins is not None and any(map(plugins.wants, AROUND))
        if not (custom or before or after or asked):
            return Course(place)
        threads = self._plan.executors["thread"]
        usual = self._default(in_thread=place is threads)
        kind = completed(custom, usual) if custom else usual
        in_loop = is_coroutine_function(kind.execute)
        host = None if in_loop else threads
        return Course(place, kind, host, before, after, plugins)

    def _default(self, *, in_thread: bool) -> type[BaseTaskExecutor]:
        return self._plan.task_executors["sync" if in_thread else "async"]

    def _place(self, definition: TaskDefinition) -> Executor:
        named = definition.executor
        if not isinstance(named, str):
            named = getattr(named, "place", None)
        return self._plan.executors[
            named or ("coroutine" if definition.awaiting else "thread")
        ]


def _listed(worker: Any, position: str) -> tuple[Any, ...]:
    listed = tuple(getattr(worker, f"task_middlewares_{position}", ()))
    return listed if position == "before" else tuple(reversed(listed))


def _colour(plan: WorkerPlan) -> Colour | None:
    return getattr(plan.app, "colour", None)
