"""The TypeScript web example: a backend in Node, a broker and a Python worker."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conformance.languages import languages
from tests.integration.browser import shown_in_a_browser
from tests.integration.command_line import CommandLine, line_with
from tests.integration.event_source import stream
from tests.tools import require

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "typescript-web"
CLIENT = ROOT / "clients" / "typescript"
ANSWER = "You ask: Why? I would say it depends on the data."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The example as somebody has it, with its packages."""
    languages()["typescript"].require()
    languages()["typescript"].built()
    folder = tmp_path_factory.mktemp("chat")
    for file in EXAMPLE.glob("*.*"):
        shutil.copy(file, folder)
    installed = CLIENT / "node_modules"
    package = folder / "node_modules" / "qtasks"
    package.mkdir(parents=True)
    shutil.copy(CLIENT / "package.json", package)
    (package / "node_modules").symlink_to(installed)
    for name in ("@types", "tsx"):
        (package.parent / name).symlink_to(installed / name)
    tsc(CLIENT, "-p", "tsconfig.build.json", "--outDir", str(package / "dist"))
    return folder


def tsc(folder, *words):
    done = subprocess.run(
        [CLIENT / "node_modules" / ".bin" / "tsc", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def url(folder):
    """Where the backend of the example serves."""
    person = CommandLine(folder)
    with person.broker(), person.running("-A", "tasks:app", "run") as worker:
        line_with(worker, "worker connected")
        with subprocess.Popen(
            [require("node"), "--import", "tsx", "server.ts"],
            cwd=folder,
            env=person.environment | {"PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as server:
            yield line_with(server, "the chat is on").split()[-1]
            server.terminate()
            said = server.communicate(timeout=30)[0]
    assert server.returncode == 0, said
    assert not said


@pytest.fixture
async def client(url):
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def ask(client, question="Why?"):
    reply = await client.post("/answers", params={"question": question})
    assert reply.status_code == 202
    return f"/answers/{reply.json()['id']}"


def test_it_is_typed(folder):
    settings = str(CLIENT / "tsconfig.json")
    (folder / "tsconfig.json").write_text(
        f'{{"extends": "{settings}", "include": ["server.ts"]}}', encoding="utf-8"
    )
    tsc(folder)


async def test_a_page_reads_an_answer_word_by_word(client):
    assert "EventSource" in (await client.get("/")).text
    answer = await ask(client)
    async with stream(client, f"{answer}/events") as reader:
        messages = await reader.all()
    numbers = [int(message.id) for message in messages]
    assert numbers == sorted(set(numbers))
    words = [one.data["value"] for one in messages if one.event == "yield"]
    assert " ".join(words) == ANSWER
    assert messages[-1].event == "end"
    assert messages[-1].data["state"] == "success"
    assert messages[-1].data["result"] == words


async def test_a_broken_connection_misses_nothing_and_sees_nothing_twice(client):
    answer = await ask(client)
    async with stream(client, f"{answer}/events") as reader:
        before = await reader.until("yield")
    async with stream(client, f"{answer}/events", before[-1].id) as reader:
        after = await reader.all()
    async with stream(client, f"{answer}/events") as reader:
        whole = await reader.all()
    assert [one.id for one in before + after] == [one.id for one in whole]
    assert whole[-1].data["state"] == "success"


async def test_who_comes_back_after_the_end_is_told_of_it_again(client):
    answer = await ask(client)
    async with stream(client, f"{answer}/events") as reader:
        last = (await reader.all())[-1]
    async with stream(client, f"{answer}/events", last.id) as reader:
        assert [one.event for one in await reader.all()] == ["end"]


async def test_an_answer_that_is_stopped_ends_the_stream(client):
    answer = await ask(client, "why " * 2000)
    async with stream(client, f"{answer}/events") as reader:
        await reader.until("yield")
    assert (await client.delete(answer)).json() == {"state": "process"}
    async with stream(client, f"{answer}/events") as reader:
        last = (await reader.all())[-1]
    assert last.data["state"] == "cancel"
    assert last.data["why"] == "the reader changed their mind"


async def test_an_answer_that_is_not_known_is_one_event(client):
    nobody = "/answers/00000000-0000-7000-8000-000000000000"
    async with stream(client, f"{nobody}/events") as reader:
        (message,) = await reader.all()
    assert message.event == "failed"
    assert message.data["reason"] == "TASK_NOT_FOUND"
    assert (await client.delete(nobody)).status_code == 404
    assert (await client.get("/elsewhere")).status_code == 404


def test_in_a_browser(url, tmp_path):
    shown = shown_in_a_browser(f"{url}/#now", tmp_path)
    assert "You ask: What is fast? I would say" in shown
    assert 'role="status">success</p>' in shown
