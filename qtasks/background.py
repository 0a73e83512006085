"""Background: tasks that live as long as a block, and leave its errors alone."""

from types import TracebackType

import anyio
from anyio.abc import TaskGroup


class Background:
    """A task group for what runs behind a component, cancelled at the end of the block.

    Unlike a bare task group it does not wrap what the block raises: a component's user
    sees their own error. A task that fails ends the block with its error in a group.
    """

    def __init__(self) -> None:
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> TaskGroup:
        self._tasks = anyio.create_task_group()
        return await self._tasks.__aenter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._tasks is not None  # noqa: S101  # entered before
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)
