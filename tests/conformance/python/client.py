"""What a client driver can be asked to do, with the client of Python."""

import base64
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import anyio
from google.protobuf import json_format

from qtasks import v1
from qtasks.asyncio import QueueTasks
from qtasks.errors import (
    AppStopped,
    QtasksError,
    ResultTimeout,
    SubmitRefused,
    TaskCancelled,
    TaskFailed,
)
from qtasks.handle import TaskHandle
from qtasks.schemas import Event
from qtasks.task import SubmitOptions, TaskCall
from qtasks.transport.status import from_item
from tests.conformance.python.blobs import Blob
from tests.conformance.python.documents import (
    document_of,
    document_of_event,
)

Document = dict[str, Any]
Say = Callable[[Document], None]

OPTIONS = {
    "id": "task_uuid",
    "queue": "queue",
    "priority": "priority",
    "delay": "delay",
    "idempotencyKey": "idempotency_key",
    "group": "group",
    "tags": "tags",
    "metadata": "metadata",
    "maxTime": "max_time",
    "expiresIn": "expires",
    "keepResult": "keep_result",
}


class Stopped(QtasksError):
    """The runner asked to stop following."""

    reason = "STOPPED"


class Client:
    """Does what the runner asks for, and says what came of it.

    Args:
        app: The app, in use.
    """

    def __init__(self, app: QueueTasks) -> None:
        self._app = app
        self._streams: dict[int, anyio.CancelScope] = {}

    async def answer(self, request: Document, say: Say) -> None:
        """Do one thing."""
        number = request["id"]

        def tell(event: Event) -> None:
            say({"id": number, "event": document_of_event(event, self._app)})

        try:
            if request["op"] in ("run", "watch"):
                ok = await self._stream(request, tell)
            else:
                ok = await getattr(self, f"do_{request['op']}")(request)
        except QtasksError as error:
            say({"id": number, "error": document_of_error(error)})
        else:
            say({"id": number, "ok": ok})

    # -- submitting -----------------------------------------------------------------

    async def do_submit(self, request: Document) -> Document:
        return receipt_of(await self._app.add_task(call_of(request)))

    async def do_submit_many(self, request: Document) -> Document:
        calls = [call_of(one) for one in request["tasks"]]
        try:
            receipts = list(map(receipt_of, await self._app.add_tasks(calls)))
        except SubmitRefused as refused:
            receipts = list(map(receipt_of, refused.stored))
            for place, error in sorted(refused.errors.items()):
                receipts.insert(place, {"error": document_of_error(error)})
        return {"receipts": receipts}

    async def do_submit_raw(self, request: Document) -> Document:
        task = json_format.ParseDict(request["task"], v1.TaskSubmit())
        task.app = task.app or self._app.name
        response = await self._app.broker.submit(v1.SubmitRequest(tasks=[task]))
        (receipt,) = response.receipts
        if receipt.HasField("error"):
            raise from_item(receipt.error)
        return {"taskId": receipt.id, "existing": receipt.existing}

    # -- following ------------------------------------------------------------------

    async def _stream(self, request: Document, tell: Callable[[Event], None]) -> Any:
        with anyio.CancelScope() as scope:
            self._streams[request["id"]] = scope
            try:
                return await self._follow(request, tell)
            finally:
                del self._streams[request["id"]]
        raise Stopped

    async def _follow(self, request: Document, tell: Callable[[Event], None]) -> Any:
        async with aclosing(self._events(request)) as events:
            async for event in events:
                tell(event)
                if event.kind == "end":
                    return {"status": document_of(event.task.seen)}
        raise AppStopped

    async def _events(self, request: Document) -> AsyncGenerator[Event]:
        if request["op"] == "run":
            handle = await self._app.add_task(call_of(request))
            events = handle.watch()
        else:
            events = self._app.watch(
                request["taskId"], after=int(request.get("afterSeq", 0))
            )
        async with aclosing(events):
            async for event in events:
                yield event

    async def do_stop(self, request: Document) -> Document:
        scope = self._streams.get(request["stream"])
        if scope is not None:
            scope.cancel()
        return {}

    async def do_wait(self, request: Document) -> Document:
        handle = await self._app.wait(request["taskId"], request.get("timeout"))
        if handle is None:
            raise ResultTimeout
        try:
            value = await handle.result()
        except TaskFailed as failed:
            failure = handle.seen.failure
            reason = v1.FailureReason.Name(failure.reason)
            failed.facts |= {
                "kind": failure.kind,
                "message": failure.message,
                "reason": reason.removeprefix("FAILURE_REASON_"),
            }
            raise
        except TaskCancelled as cancelled:
            cancelled.facts["reason"] = handle.cancel_reason or ""
            raise
        return {"result": json.dumps(value)}

    async def do_get(self, request: Document) -> Document:
        return {"status": document_of(await self._app.status(request["taskId"]))}

    # -- steering -------------------------------------------------------------------

    async def do_cancel(self, request: Document) -> Document:
        cancel = v1.CancelRequest(
            ids=[request["taskId"]], reason=request.get("reason", "")
        )
        (result,) = (await self._app.broker.cancel(cancel)).results
        if result.HasField("error"):
            raise from_item(result.error)
        return {"state": v1.TaskState.Name(result.state)}

    async def do_reply(self, request: Document) -> Document:
        value = json.loads(request["value"])
        seq = await self._app.reply(request["taskId"], request["askId"], value)
        return {"seq": seq}

    async def do_list(self, request: Document) -> Document:
        which = json_format.ParseDict(request.get("filter", {}), v1.TaskFilter())
        which.app = which.app or self._app.name
        limit = request.get("limit", 1000)
        found: list[str] = []
        token = ""
        while len(found) < limit:
            page = await self._app.broker.list(
                v1.ListRequest(
                    filter=which,
                    page_size=min(limit - len(found), 1000),
                    page_token=token,
                )
            )
            found += [task.id for task in page.tasks]
            if not (token := page.next_page_token):
                break
        return {"taskIds": found}

    async def do_stats(self, request: Document) -> Document:
        del request
        asked = v1.GetStatsRequest(app=self._app.name)
        stats = (await self._app.broker.get_stats(asked)).stats
        return {"stats": document_of(stats)}

    # -- measuring ------------------------------------------------------------------

    async def do_load(self, request: Document) -> Document:
        async def once() -> None:
            await self._app.add_task(request["name"], 0)

        return await _timed(request, once)

    async def do_load_run(self, request: Document) -> Document:
        async def once() -> None:
            handle = await self._app.add_task(request["name"], 0)
            async for _ in handle.watch():
                pass

        return await _timed(request, once)

    async def do_load_yields(self, request: Document) -> Document:
        yields = 0
        begun = time.perf_counter()
        handle = await self._app.add_task(request["name"], request["count"])
        async for event in handle.watch():
            yields += event.kind == "yield"
        return {"seconds": time.perf_counter() - begun, "yields": yields}


async def _timed(request: Document, once: Callable[[], Any]) -> Document:
    numbers = iter(range(request["count"]))

    async def call() -> None:
        for _ in numbers:
            await once()

    begun = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(request["inFlight"]):
            tasks.start_soon(call)
    return {"seconds": time.perf_counter() - begun}


def call_of(request: Document) -> TaskCall[Any]:
    """The call that a request wants submitted."""
    options = dict(request.get("options", {}))
    blob, retry = options.pop("bytes", None), options.pop("retry", None)
    args = tuple(json.loads(request.get("args") or "[]"))
    if blob is not None:
        args = (Blob(base64.b64decode(blob["base64"]), blob["encoding"]),)
    given = {OPTIONS[name]: value for name, value in options.items()}
    if retry is not None:
        given["retry"] = retry["maxAttempts"] - 1
        given["retry_backoff"] = retry.get("initialBackoff")
    kwargs = json.loads(request.get("kwargs") or "{}")
    return TaskCall(request["name"], args, kwargs, SubmitOptions(**given))


def receipt_of(handle: TaskHandle[Any]) -> Document:
    return {"taskId": str(handle.uuid), "existing": handle.existing}


def document_of_error(error: QtasksError) -> Document:
    facts = dict(error.facts)
    field = facts.pop("field", "")
    return {
        "reason": error.reason,
        "message": error.message,
        "field": field,
        "facts": facts,
    }
