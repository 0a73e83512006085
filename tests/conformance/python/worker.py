"""What a worker driver serves and says, with the worker of Python."""

import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio

from qtasks.asyncio import QueueTasks
from tests.conformance.python.tasks import gates, router

Document = dict[str, Any]

HOW = {"success": "returned", "error": "failed", "retry": "failed"}
"""How an attempt ended, by the status it leaves its task in; else it was stopped."""
GIVEN_BACK = "new"


class Worker:
    """Serves the tasks of the conformance suite, and says what happens.

    Args:
        app: The app they belong to.
        say: Tells the runner something.
    """

    def __init__(self, app: QueueTasks, say: Callable[[Document], None]) -> None:
        self._app = app
        self._say = say
        app.include_router(router)
        app.events.on.task_running(self._started)
        app.events.on.task_stopping(self._ended)

    async def run(
        self,
        worker_id: str | None,
        queues: list[str],
        documents: Callable[[], AsyncIterator[Document]],
    ) -> None:
        """Run until a signal, the runner or the broker says to leave."""
        async with anyio.create_task_group() as tasks:
            leave = anyio.CancelScope()
            tasks.start_soon(self._read, documents, leave)
            tasks.start_soon(self._obey, leave)
            async with self._app.worker(queues=queues, worker_id=worker_id) as run:
                self._say({"ready": True})
                with leave:
                    await run.ended()
            self._say({"drained": True})
            tasks.cancel_scope.cancel()
        await self._app.stop()

    async def _read(
        self,
        documents: Callable[[], AsyncIterator[Document]],
        leave: anyio.CancelScope,
    ) -> None:
        async for command in documents():
            gates.release(command["release"])
        leave.cancel()

    async def _obey(self, leave: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                leave.cancel()

    # -- telling ----------------------------------------------------------------------

    async def _started(self, task_broker: Any, **_: Any) -> None:
        self._say({"started": _attempt(task_broker)})

    async def _ended(self, task_broker: Any, model: Any, **_: Any) -> None:
        if model.status == GIVEN_BACK:
            self._say({"lost": {"taskId": str(task_broker.uuid)}})
        how = HOW.get(model.status, "cancelled")
        self._say({"ended": {**_attempt(task_broker), "how": how}})


def _attempt(task: Any) -> Document:
    return {"taskId": str(task.uuid), "attempt": task.attempt}
