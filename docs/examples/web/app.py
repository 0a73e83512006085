"""A web app that has reports written and shows how they come along."""

from pathlib import Path
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse
from tasks import app as queue

from qtasks.contrib.starlette import event_stream, lifespan

web = FastAPI(lifespan=lifespan(queue))


@web.get("/")
async def page() -> FileResponse:
    """The page that orders and follows reports."""
    return FileResponse(Path(__file__).with_name("index.html"))


@web.post("/reports", status_code=202)
async def order(pages: int = 5) -> dict[str, str]:
    """Have a report written; answers at once."""
    handle = await queue.add_task("report", pages)
    return {"uuid": str(handle.uuid)}


@web.get("/reports/{uuid}/events")
async def follow(uuid: UUID, request: Request) -> Response:
    """What happens to a report, as server-sent events."""
    return event_stream(queue, uuid, request)


@web.delete("/reports/{uuid}")
async def cancel(uuid: UUID) -> dict[str, bool]:
    """Stop writing a report."""
    return {"cancelled": await queue.cancel(uuid, "the reader changed their mind")}
