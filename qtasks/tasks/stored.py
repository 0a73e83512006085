"""Stored: the records of offloaded tasks, which are those of the app's broker."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Final

import anyio

from qtasks import v1
from qtasks.client.ids import canonical_id
from qtasks.errors import GroupNotFound, InvalidField, TaskNotFound
from qtasks.handle import TaskHandle
from qtasks.tasks.names import name_of
from qtasks.tasks.records import Task
from qtasks.tasks.settings import current
from qtasks.tasks.words import (
    CACHED,
    CALLS,
    GATHER,
    HOOK,
    HOOK_PATH,
    ITERATIONS,
    TASK_NAME,
)
from qtasks.transport.status import from_item

DISSOLVED: Final = "qtasks.tasks:dissolved"
"""The space of variables that tells since when labels of groups count anew."""

PAGE: Final = 1000
FIRST_LOOK: Final = 0.02
LAST_LOOK: Final = 1.0
"""Seconds between looks for tasks of a group that nobody has submitted yet: what is
there is waited for without looking, but nobody is told of what is new in a group."""


class StoredRecords:
    """The records of offloaded tasks, which are those of the app's broker.

    Args:
        app: The app, of either kind.
    """

    def __init__(self, app: Any) -> None:
        self._app = app.asyncio
        self._blocking = app.blocking

    # -- one ------------------------------------------------------------------------------

    def find(self, task: str, wait: float | None) -> Task | None:
        """The ended task of an id or a name; see `Records.find`."""
        found: Task | None = self._blocking.call(self._find, task, wait)
        return found

    async def _find(self, task: str, wait: float | None) -> Task | None:
        task_id = await self._id_of(task)
        if wait == 0:
            handle = await self._app.get(task_id)
            if handle is None:
                raise TaskNotFound(task_id=task_id)
        else:
            handle = await self._app.wait(task_id, wait)
        return one_of(handle) if handle is not None and handle.ended else None

    async def _id_of(self, task: str) -> str:
        """The id of a task that was named by it, or by what people call it.

        Raises:
            TaskNotFound: no task is called so.
        """
        try:
            return canonical_id(task)
        except InvalidField:
            pass  # a name
        async for handle in self._listed():
            if task in (handle.metadata.get(TASK_NAME), name_of(handle.seen.id)):
                return str(handle.seen.id)
        raise TaskNotFound(f"no task is called {task!r}", name=task)

    async def _listed(self, **which: Any) -> AsyncIterator[TaskHandle[Any]]:
        """Tasks of the app, the newest first."""
        async for page in self._app.pages(**which):
            for status in page:
                yield TaskHandle(self._app, status)

    # -- groups ---------------------------------------------------------------------------

    def group(
        self,
        group: str,
        *,
        successes: bool | None,
        count: int | None,
        wait: float | None,
    ) -> list[Task]:
        """The ended tasks of a group; see `Records.group`."""
        found: list[Task] = self._blocking.call(
            self._group, group, successes, count, wait
        )
        return found

    async def _group(
        self,
        group: str,
        successes: bool | None,  # noqa: FBT001  # through `call`
        count: int | None,
        wait: float | None,
    ) -> list[Task]:
        until = None if wait is None else time.monotonic() + wait
        look = FIRST_LOOK
        # By their ids, in the order of their submits. One that was seen still counts when
        # its record goes while others are waited for.
        members: dict[str, TaskHandle[Any]] = {}
        while True:
            there = {one.seen.id: one for one in await self._members(group)}
            members = {
                task_id: one
                for task_id, one in members.items()
                if one.ended or task_id in there
            } | there
            ended = _ended(members, successes)
            running = [one for one in members.values() if not one.ended]
            missing = _missing(len(ended), count, len(running), bool(members))
            left = None if until is None else until - time.monotonic()
            if not missing or (left is not None and left <= 0):
                if not members:
                    raise GroupNotFound(group=group)
                return ended
            with anyio.move_on_after(left):
                if running:
                    await self._some_end(members, running, missing)
                    # Enough is enough, whoever else came meanwhile.
                    if count is not None:
                        ended = _ended(members, successes)
                        if len(ended) >= count:
                            return ended
                else:
                    await anyio.sleep(look)
                    look = min(2 * look, LAST_LOOK)

    async def _some_end(
        self,
        members: dict[str, TaskHandle[Any]],
        running: Sequence[TaskHandle[Any]],
        missing: int,
    ) -> None:
        """Wait until so many of these tasks have ended, or all; note how they have."""
        places = {one.seen.id: one.last_seq for one in running}
        watching = self._app.watch_many(places, ends_only=True)
        async with aclosing(watching) as ends:
            async for end in ends:
                if end.task is not None:
                    members[str(end.task.uuid)] = end.task
                missing -= 1
                if missing < 1:
                    return

    async def _members(self, group: str) -> list[TaskHandle[Any]]:
        """The tasks of a group, the oldest first, without those that put it together."""
        since = await self._dissolved_at(group)
        found = [
            one
            async for one in self._listed(group=group)
            if one.task_name not in (GATHER, HOOK)
            and one.created_at.timestamp() > since
        ]
        return found[::-1]

    async def _dissolved_at(self, group: str) -> float:
        broker = (await self._app.home.open()).broker
        request = v1.GetVariablesRequest(
            app=self._app.name, space=DISSOLVED, names=[group]
        )
        values = (await self._app.home.call(broker.get_variables, request)).values
        return float(values[group]) if group in values else 0.0

    # -- changes ---------------------------------------------------------------------------

    def keep(self, task: str) -> None:
        """Keep an ended task as if it had not been cached; see `Records.keep`."""
        self._blocking.call(self._keep, task)

    async def _keep(self, task: str) -> None:
        broker = (await self._app.home.open()).broker
        request = v1.KeepRequest(ids=[task])
        request.keep_result.FromSeconds(int(current().keep))
        (result,) = (await self._app.home.call(broker.keep, request)).results
        if result.HasField("error"):
            raise from_item(result.error)

    def delete(self, tasks: Sequence[str]) -> None:
        """Forget tasks; see `Records.delete`."""
        self._blocking.call(self._delete, tasks)

    async def _delete(self, tasks: Sequence[str]) -> None:
        broker = (await self._app.home.open()).broker
        for part in _parts(tasks, PAGE):
            request = v1.DeleteRequest(ids=[await self._id_of(one) for one in part])
            await self._app.home.call(broker.delete, request)

    def delete_group(self, group: str) -> None:
        """Forget the tasks of a group; see `Records.delete_group`."""
        self._blocking.call(self._delete_group, group)

    async def _delete_group(self, group: str) -> None:
        members = [one.seen.id async for one in self._listed(group=group)]
        if not members:
            raise GroupNotFound(group=group)
        await self._delete(members)

    def dissolve(self, group: str) -> None:
        """Take a label off tasks; see `Records.dissolve`."""
        self._blocking.call(self._dissolve, group)

    async def _dissolve(self, group: str) -> None:
        members = await self._members(group)
        if not members:
            raise GroupNotFound(group=group)
        newest = max(one.created_at.timestamp() for one in members)
        broker = (await self._app.home.open()).broker
        request = v1.SetVariablesRequest(
            app=self._app.name,
            space=DISSOLVED,
            values={group: str(newest).encode()},
        )
        await self._app.home.call(broker.set_variables, request)


def _ended(
    members: dict[str, TaskHandle[Any]],
    successes: bool | None,  # noqa: FBT001
) -> list[Task]:
    """What was called by those that have ended; see `Records.group`."""
    return [
        one
        for handle in members.values()
        if handle.ended
        for one in tasks_of(handle)
        if successes in (None, one.success)
    ]


def _missing(ended: int, count: int | None, running: int, known: bool) -> int:  # noqa: FBT001
    """How many more ends are waited for."""
    if count is None:
        return running if known else 1
    return max(0, count - ended)


def _parts(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


# -- tasks as users see them -------------------------------------------------------------


def one_of(handle: TaskHandle[Any]) -> Task:
    """An ended task of the broker as an offloaded one."""
    success = handle.status == "success"
    func, args, kwargs = _call_of(handle)
    task_id = str(handle.uuid)
    return Task(
        id=task_id,
        name=handle.metadata.get(TASK_NAME) or name_of(task_id),
        func=func,
        hook=handle.metadata.get(HOOK_PATH),
        args=args,
        kwargs=kwargs,
        result=handle.returning if success else _error_of(handle),
        started=handle.created_at,
        stopped=handle.updated_at,
        success=success,
        group=handle.group,
        attempt_count=handle.attempt,
        cached=CACHED in handle.metadata,
    )


def tasks_of(handle: TaskHandle[Any]) -> list[Task]:
    """The calls that an ended task of the broker made: one, or one an item."""
    if handle.task_name not in ITERATIONS:
        return [one_of(handle)]
    func, items = handle.args
    outcomes = handle.returning
    if handle.status != "success":
        outcomes = [(False, _error_of(handle))] * len(items)
    whole = one_of(handle)
    return [
        Task(
            id=f"{whole.id}:{place}",
            name=f"{whole.name}-{place}",
            func=func,
            args=tuple(arguments),
            result=result,
            started=whole.started,
            stopped=whole.stopped,
            success=success,
            group=whole.group,
            attempt_count=whole.attempt_count,
            cached=whole.cached,
        )
        for place, (arguments, (success, result)) in enumerate(
            zip(items, outcomes, strict=True)
        )
    ]


def _call_of(handle: TaskHandle[Any]) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    if handle.task_name in CALLS:
        path, args, kwargs = handle.args
        return path, tuple(args), kwargs
    return handle.task_name, tuple(handle.args), handle.kwargs


def _error_of(handle: TaskHandle[Any]) -> str:
    if handle.failure is not None:
        return str(handle.failure)
    return f"cancelled: {handle.cancel_reason}" if handle.cancel_reason else "cancelled"
