"""The document of the statistics."""

import json
import re

import pytest

from tests.documents.conftest import Desk

PROGRAM = """
from qtasks{colour} import QueueTasks

app = QueueTasks()

class AuthMiddleware: ...
class MetricsMiddleware: ...

@app.task(
    description="Mailing list", tags=["email", "marketing"], retry=3,
    retry_on_exc=[KeyError], concurrency=5, queue_name="high",
)
async def send_email(recipient: str, subject: str, retries: int = 3, timeout: int = 30):
    ...

@app.task
async def ping(host: str, timeout: int = 5):
    ...
"""
TEXT = """\
Task name: send_email
Priority: 0
Description: Mailing list
Tags: email, marketing
Asynchronous: True
Generation: False
Self before task: False
Args: recipient: str, subject: str
Kwargs: retries: int=3, timeout: int=30
Retries: 3
Exceptions for retries: [<class 'KeyError'>]
Additional:
* concurrency: 5
* queue_name: high
--------------------------------------------------
"""


def without_alignment(lines: list[str]) -> str:
    """The lines as the document shows them: its copy lost the alignment."""
    return "".join(re.sub(r"\s+:", ":", line, count=1).strip() + "\n" for line in lines)


@pytest.fixture(params=["sync", "async"])
def shop(request: pytest.FixtureRequest, desk: Desk) -> Desk:
    colour = ".asyncio" if request.param == "async" else ""
    desk.save("app", PROGRAM.replace("{colour}", colour))
    return desk


def test_the_command_of_the_document(shop: Desk) -> None:
    words = ("-A", "app:app", "stats", "inspect", "tasks", "send_email", "json=true")
    [told] = json.loads("\n".join(shop.lines(*words)))
    assert told["Task name"] == "send_email"
    assert told["Tags"] == ["email", "marketing"]
    assert told["Asynchronous"] is True


def test_the_text_of_the_document(shop: Desk) -> None:
    words = ("-A", "app:app", "stats", "inspect", "task", "send_email")
    assert without_alignment(shop.lines(*words)) == TEXT


def test_the_application(shop: Desk) -> None:
    words = ("-A", "app:app", "stats", "inspect", "app", "json=true")
    told = json.loads("\n".join(shop.lines(*words)))
    assert list(told) == [
        "Name",
        "Method",
        "Version",
        "Configuration",
        "Number of tasks",
        "Number of routers",
        "Number of plugins",
        "Number of initializations",
        "Broker",
        "Worker",
        "Starter",
        "Storage",
        "GlobalConfig",
        "Log",
    ]
    assert told["Name"] == "QueueTasks"
    assert told["Configuration"].startswith("QueueConfig(max_tasks_process=10, ")
    assert told["Number of tasks"] == 2


def test_a_task_that_is_not_there(shop: Desk) -> None:
    words = ("-A", "app:app", "stats", "inspect", "task", "never")
    assert "never" in shop.lines(*words, code=1)[0]
    told = json.loads("\n".join(shop.lines(*words, "json=true", code=1)))
    assert "never" in told["error"]


def test_all_tasks(shop: Desk) -> None:
    words = ("-A", "app:app", "stats", "inspect", "tasks")
    lines = shop.lines(*words)
    assert sum(line == "-" * 50 for line in lines) == 2
