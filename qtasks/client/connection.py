"""Connection: a broker in its home loop, with the roles that talk to it."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import anyio

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.client.follower import Follower
from qtasks.client.oversize import oversize
from qtasks.client.submitter import Submitter
from qtasks.client.watching import Watching, WatchingMany, WatchingOne
from qtasks.transport.status import item_error


class Connection:
    """A broker in its home loop, with the roles that talk to it.

    Args:
        make_broker: Makes the broker, in the loop it will live in.
        patience: Seconds calls keep trying when a broker that was reached is gone.
    """

    def __init__(self, make_broker: Callable[[], Broker], *, patience: float) -> None:
        self.broker = make_broker()
        self._submitter = Submitter(self.broker, patience=patience)
        self._follower = Follower(self.broker, patience=patience)
        self._tasks = anyio.create_task_group()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.broker)
            await stack.enter_async_context(self._submitter)
            await stack.enter_async_context(self._tasks)
            stack.callback(self._tasks.cancel_scope.cancel)
            self._tasks.start_soon(self._follower.run, name="follower")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(exc_type, exc, traceback)

    async def submit(self, tasks: list[v1.TaskSubmit]) -> list[v1.Receipt]:
        """Store tasks; a receipt for each, in order."""
        large = {
            place: error
            for place, task in enumerate(tasks)
            if (error := oversize(task)) is not None
        }
        fitting = [task for place, task in enumerate(tasks) if place not in large]
        receipts = list(await self._submitter.submit(fitting)) if fitting else []
        for place, error in large.items():
            refused = v1.Receipt(id=tasks[place].id, error=item_error(error))
            receipts.insert(place, refused)
        return receipts

    async def ended(
        self, task_id: str, submit: v1.TaskSubmit | None, timeout: float | None
    ) -> v1.TaskStatus | None:
        """How a task ended, submitted first if given; `None` when not in time."""
        if submit is not None and (error := oversize(submit)) is not None:
            raise error
        return await self._follower.ended(task_id, submit=submit, timeout=timeout)

    async def watch(self, task_id: str, after: int) -> Watching:
        """Begin to follow a task's events."""
        return self._watch(WatchingOne(self.broker, task_id, after))

    async def watch_many(self, after: Mapping[str, int], ends_only: bool) -> Watching:  # noqa: FBT001  # through `call`
        """Begin to follow the events of tasks, each after a number of its own."""
        watching = WatchingMany(self.broker, after, ends_only=ends_only)
        return self._watch(watching)

    def _watch(self, watching: Watching) -> Watching:
        watching.reached = self._submitter.reached
        self._tasks.start_soon(watching.run, name="watch")
        return watching
