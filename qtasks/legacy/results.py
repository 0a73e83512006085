"""Results: waits for a task of which only the id is known, as qtasks 1.7 has them.

`app.wait(uuid, timeout)` is the same.
"""

from typing import Any
from uuid import UUID

from qtasks.handle import SyncTaskHandle, TaskHandle
from qtasks.shared import get_app


class AsyncResult:
    """Waits for a task of which only the id is known.

    Args:
        uuid: The task.
        app: The app it was submitted to; `get_app()` if none is given.
    """

    def __init__(self, uuid: UUID | str, app: Any = None) -> None:
        self.uuid = uuid
        self._app = app

    async def result(self, timeout: float = 100.0) -> TaskHandle[Any] | None:
        """The ended task; `None` if it did not end within so many seconds."""
        app = self._app or get_app()
        task: TaskHandle[Any] | None = await app.asyncio.wait(self.uuid, timeout)
        return task


class SyncResult:
    """Waits for a task of which only the id is known.

    Args:
        uuid: The task.
        app: The app it was submitted to; `get_app()` if none is given.
    """

    def __init__(self, uuid: UUID | str, app: Any = None) -> None:
        self.uuid = uuid
        self._app = app

    def result(self, timeout: float = 100.0) -> SyncTaskHandle[Any] | None:
        """The ended task; `None` if it did not end within so many seconds."""
        app = self._app or get_app()
        task: SyncTaskHandle[Any] | None = app.blocking.wait(self.uuid, timeout)
        return task
