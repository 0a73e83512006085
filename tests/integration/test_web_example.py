"""The web example: a web server, a broker and a worker, each a process of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.integration.browser import shown_in_a_browser
from tests.integration.command_line import CommandLine, line_with
from tests.integration.event_source import stream
from tests.ports import free_port

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "web"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Where the web app of the example is served."""
    folder = tmp_path_factory.mktemp("web")
    for file in EXAMPLE.glob("*.*"):
        shutil.copy(file, folder)
    person = CommandLine(folder)
    with person.broker(), person.running("-A", "tasks:app", "run") as worker:
        line_with(worker, "worker connected")
        port = free_port()
        with subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app:web", "--port", str(port)],
            cwd=folder,
            env=person.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as server:
            line_with(server, "running on")
            yield f"http://127.0.0.1:{port}"
            server.terminate()
            said = server.communicate(timeout=30)[0]
    assert "Traceback" not in said, said


@pytest.fixture
async def client(url):
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def order(client, pages=5):
    answer = await client.post("/reports", params={"pages": pages})
    assert answer.status_code == 202
    return f"/reports/{answer.json()['uuid']}"


async def test_a_page_follows_a_task_to_its_end(client):
    assert "EventSource" in (await client.get("/")).text
    report = await order(client, pages=3)
    async with stream(client, f"{report}/events") as reader:
        messages = await reader.all()
    numbers = [int(message.id) for message in messages]
    assert numbers == sorted(set(numbers))
    pages = [one.data["value"] for one in messages if one.event == "yield"]
    assert pages == ["page 1", "page 2", "page 3"]
    done = [one.data["done"] for one in messages if one.event == "progress"]
    assert done[-1] == 3
    assert messages[-1].event == "end"
    assert messages[-1].data["task"]["status"] == "success"
    assert messages[-1].data["task"]["returning"] == pages


async def test_a_broken_connection_misses_nothing_and_sees_nothing_twice(client):
    report = await order(client)
    async with stream(client, f"{report}/events") as reader:
        before = await reader.until("yield")
    async with stream(client, f"{report}/events", before[-1].id) as reader:
        after = await reader.all()
    async with stream(client, f"{report}/events") as reader:
        whole = await reader.all()
    assert [one.id for one in before + after] == [one.id for one in whole]
    assert whole[-1].data["task"]["status"] == "success"


async def test_who_comes_back_after_the_end_is_told_of_it_again(client):
    report = await order(client, pages=1)
    async with stream(client, f"{report}/events") as reader:
        last = (await reader.all())[-1]
    async with stream(client, f"{report}/events", last.id) as reader:
        assert [one.event for one in await reader.all()] == ["end"]


async def test_a_task_that_is_cancelled_ends_the_stream(client):
    report = await order(client, pages=1000)
    async with stream(client, f"{report}/events") as reader:
        await reader.until("yield")
    assert (await client.delete(report)).json() == {"cancelled": True}
    async with stream(client, f"{report}/events") as reader:
        last = (await reader.all())[-1]
    assert last.data["task"]["status"] == "cancel"
    assert "changed their mind" in last.data["task"]["cancel_reason"]


async def test_a_task_that_is_not_known_is_one_event(client):
    nobody = "/reports/00000000-0000-7000-8000-000000000000/events"
    async with stream(client, nobody) as reader:
        (message,) = await reader.all()
    assert message.event == "failed"
    assert message.data["reason"] == "TASK_NOT_FOUND"


def test_in_a_browser(url, tmp_path):
    shown = shown_in_a_browser(f"{url}/#now", tmp_path)
    assert "<li>page 5</li>" in shown
    assert 'role="status">success</p>' in shown
