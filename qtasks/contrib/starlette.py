"""Starlette and FastAPI: an app that opens with the web app, and tasks as event streams.

    from fastapi import FastAPI, Request
    from qtasks.contrib.starlette import event_stream, lifespan

    web = FastAPI(lifespan=lifespan(queue))

    @web.post("/reports")
    async def order() -> dict[str, str]:
        handle = await queue.add_task("report")
        return {"uuid": str(handle.uuid)}

    @web.get("/reports/{uuid}/events")
    async def follow(uuid: UUID, request: Request) -> Response:
        return event_stream(queue, uuid, request)

A browser follows it with `new EventSource("/reports/.../events")`. When its connection
breaks it connects again by itself and says what it saw last: it misses nothing and sees
nothing twice, whichever process of the web app answers.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request

from qtasks.asyncio import QueueTasks
from qtasks.errors import QtasksError, SettingsError
from qtasks.handle import TaskHandle
from qtasks.schemas import Event, Task

__all__ = ["event_stream", "lifespan"]

W = TypeVar("W")
Lifespan = Callable[[W], AbstractAsyncContextManager[Mapping[str, Any] | None]]

HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is alive: proxies cut idle ones."""

_EMPTY: Final[tuple[Any, ...]] = (None, "", {}, 0.0)
_ALWAYS = ("kind", "task_id", "seq", "attempt", "time")


def lifespan(app: QueueTasks, inner: Any = None) -> Lifespan[W]:
    """Open the app when the web app starts, and let go of it when that one stops.

        web = FastAPI(lifespan=lifespan(queue))
        web = FastAPI(lifespan=lifespan(queue, my_own_lifespan))

    Without it the first call opens the app. With it a broker that can't be opened is
    noticed at the start, and nothing is left open at the end.

    Args:
        app: The asynchronous app.
        inner: A lifespan of your own: it begins when the app is open and ends before the
            app is closed. The state it yields is the web app's.
    """

    @asynccontextmanager
    async def life(web: W) -> AsyncGenerator[Mapping[str, Any] | None]:
        async with app:
            if inner is None:
                yield None
                return
            async with inner(web) as state:
                yield state

    return life


def event_stream(
    app: QueueTasks,
    task: TaskHandle[Any] | UUID | str,
    request: Request | None = None,
    *,
    after: int = 0,
    heartbeat: float = HEARTBEAT,
    cancel_on_disconnect: bool = False,
) -> EventSourceResponse:
    """What happened to a task, then what happens, as server-sent events to the end.

    Each event's name is the kind of what happened (`state`, `yield`, `progress`, `log`,
    `ask`, ..., `end`; see `qtasks.Event`), its id the number of it, and its data JSON:
    `{"kind": "yield", "seq": 3, "value": ...}`. The stream ends after `end`, whose data
    has the task in the state it ended in; a page closes its `EventSource` then, for a
    browser would connect again. A task that is not known, or can't be watched any more,
    is one event `failed` with `reason` and `message`.

    Args:
        app: The asynchronous app.
        task: The task, or its id.
        request: The browser's request: its `Last-Event-ID` says where to go on.
        after: Else after which number.
        heartbeat: Seconds after which a silent stream sends a comment.
        cancel_on_disconnect: Cancel the task when the browser goes away. Else only the
            watch ends: the task goes on, and may be watched again.

    Raises:
        ValueError: the id is no UUID.
        SettingsError: `heartbeat` is not positive.
    """
    if heartbeat <= 0:
        raise SettingsError("heartbeat must be more than 0 seconds", field="heartbeat")
    uuid = task.uuid if isinstance(task, TaskHandle) else UUID(str(task))
    return EventSourceResponse(
        _sent(app, uuid, _resumed(request, after), cancel=cancel_on_disconnect),
        ping=heartbeat,
        sep="\n",
    )


def _resumed(request: Request | None, after: int) -> int:
    """Where to go on; what is no number is not from one of these streams."""
    last = "" if request is None else request.headers.get("last-event-id", "")
    return int(last) if last.isdecimal() and last.isascii() else after


async def _sent(
    app: QueueTasks, uuid: UUID, after: int, *, cancel: bool
) -> AsyncIterator[ServerSentEvent]:
    ended = False
    try:
        async with aclosing(_watched(app, uuid, after)) as events:
            async for event in events:
                ended = event.kind == "end"
                yield ServerSentEvent(
                    _json(_shown(event)), event=event.kind, id=str(event.seq)
                )
                if ended:
                    return
    except QtasksError as error:
        ended = True
        failure = {"reason": error.reason, "message": error.message}
        yield ServerSentEvent(_json(failure), event="failed")
    finally:
        if cancel and not ended:
            with anyio.CancelScope(shield=True):
                await app.cancel(uuid, "whoever watched it went away")


async def _watched(app: QueueTasks, uuid: UUID, after: int) -> AsyncGenerator[Event]:
    """The events after a number; of an ended task always the last one.

    A browser that reconnects after it saw the end is told of it again: an empty stream
    would have it connect for ever.
    """
    seen = after
    task = await app.get(uuid)
    if task is not None and task.ended:
        seen = min(after, task.last_seq - 1)
    async for event in app.watch(uuid, after=seen):
        yield event


def _shown(event: Event) -> dict[str, Any]:
    """The fields that say something."""
    shown = {name: getattr(event, name) for name in _ALWAYS}
    for name in event.__dataclass_fields__:
        value = getattr(event, name)
        if name not in shown and value not in _EMPTY:
            shown[name] = value
    if event.kind in ("yield", "ask", "answer"):
        shown["value"] = event.value
    if event.kind == "progress":
        shown |= {"done": event.done, "total": event.total}
    if isinstance(event.task, Task):
        shown["task"] = _task_shown(event.task)
    return shown


def _task_shown(task: Task) -> dict[str, Any]:
    failure = task.failure
    return {
        "uuid": task.uuid,
        "task_name": task.task_name,
        "status": task.status,
        "returning": task.returning,
        "failure": None if failure is None else str(failure),
        "cancel_reason": task.cancel_reason,
        "attempt": task.attempt,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
