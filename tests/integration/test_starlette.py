"""Web apps of Starlette: a served one, in the loop of the test."""

import socket
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
import uvicorn
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qtasks import Ask
from qtasks.asyncio import QueueTasks
from qtasks.contrib.starlette import event_stream, lifespan
from qtasks.errors import SettingsError
from qtasks.testing import memory_broker, running
from tests.integration.event_source import stream


class Served(uvicorn.Server):
    """A server that says when it is there."""

    def __init__(self, web):
        super().__init__(uvicorn.Config(web, log_level="warning", lifespan="on"))
        self.ready = anyio.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def client_of(web):
    """A client of a web app on a socket."""
    AppStatus.should_exit = False
    server = Served(web)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            await server.ready.wait()
            async with httpx.AsyncClient(base_url=url) as client:
                yield client
            server.should_exit = True


def web_of(queue, **options):
    async def follow(request):
        return event_stream(queue, request.path_params["uuid"], request, **options)

    return Starlette(routes=[Route("/{uuid}", follow)])


def an_app():
    queue = QueueTasks("web")

    @queue.task
    def talk():
        yield {"words": "é"}
        answer = yield Ask("go on?")
        return answer

    return queue


async def test_data_is_json_of_what_happened():
    queue = an_app()
    async with running(queue), client_of(web_of(queue)) as client:
        handle = await queue.add_task("talk")
        async with stream(client, f"/{handle.uuid}") as reader:
            seen = await reader.until("ask")
        asked = seen[-1].data
        assert asked["value"] == "go on?"
        assert seen[-2].data["value"] == {"words": "é"}
        assert {"kind", "seq", "attempt", "time", "task_id"} <= asked.keys()
        await handle.reply(asked["ask_id"], "yes")
        async with stream(client, f"/{handle.uuid}", seen[-1].id) as reader:
            assert (await reader.all())[-1].data["task"]["returning"] == "yes"


async def test_who_goes_away_ends_only_the_watch():
    queue = an_app()
    async with running(queue), client_of(web_of(queue)) as client:
        handle = await queue.add_task("talk")
        async with stream(client, f"/{handle.uuid}") as reader:
            asked = (await reader.until("ask"))[-1].data
        await handle.reply(asked["ask_id"], "still here")
        assert await handle.result(10) == "still here"


async def test_who_goes_away_cancels_the_task_when_it_is_wanted():
    queue = an_app()
    web = web_of(queue, cancel_on_disconnect=True)
    async with running(queue), client_of(web) as client:
        handle = await queue.add_task("talk")
        async with stream(client, f"/{handle.uuid}") as reader:
            await reader.until("ask")
        assert (await handle.wait(10)).status == "cancel"
        assert handle.cancel_reason == "whoever watched it went away"


async def test_a_silent_stream_says_that_it_is_alive():
    queue = an_app()
    async with (
        running(queue),
        client_of(web_of(queue, heartbeat=0.01)) as client,
    ):
        handle = await queue.add_task("talk")
        async with client.stream("GET", f"/{handle.uuid}") as response:
            async for line in response.aiter_lines():
                if line.startswith(":"):
                    break
            else:
                pytest.fail("the stream ended without a sign of life")


async def test_a_stream_may_begin_after_an_event():
    queue = an_app()
    async with running(queue), client_of(web_of(queue, after=2)) as client:
        handle = await queue.add_task("talk")
        async with stream(client, f"/{handle.uuid}") as reader:
            assert int((await reader.until("ask"))[0].id) == 3
        async with stream(client, f"/{handle.uuid}", "nonsense") as reader:
            assert int((await reader.until("ask"))[0].id) == 3


async def test_the_app_opens_and_closes_with_the_web_app_and_around_ones_own_lifespan():
    queue = QueueTasks("web", broker=memory_broker())
    order = []

    @asynccontextmanager
    async def own(_web):
        order.append(("begins", queue.home.loop is not None))
        yield {"colour": "blue"}
        order.append(("ends", queue.home.loop is not None))

    async def submit(request: Request):
        handle = await queue.add_task("anything")
        return JSONResponse([handle.status, request.state.colour])

    web = Starlette(routes=[Route("/", submit)], lifespan=lifespan(queue, own))
    async with client_of(web) as client:
        assert (await client.get("/")).json() == ["new", "blue"]
    assert order == [("begins", True), ("ends", True)]
    assert queue.home.loop is None


async def test_the_app_opens_without_a_lifespan_of_ones_own():
    queue = QueueTasks("web", broker=memory_broker())
    async with lifespan(queue)(Starlette()) as state:
        assert state is None
        assert queue.home.loop is not None
    assert queue.home.loop is None


def test_what_can_not_be_streamed_is_refused():
    with pytest.raises(SettingsError, match="heartbeat"):
        event_stream(an_app(), "00000000-0000-7000-8000-000000000000", heartbeat=0)
    with pytest.raises(ValueError, match="badly formed"):
        event_stream(an_app(), "no uuid")
