"""A user's own tasks as calls: a real broker, a real worker and the real grpcurl."""

import json
import subprocess
from uuid import uuid4

import pytest

from tests.integration.command_line import CommandLine, line_with
from tests.tools import require

PROGRAM = '''
from dataclasses import dataclass
from typing import Any, Iterator, Literal

from qtasks import QueueTasks, SyncRouter

app = QueueTasks("my-shop")
thumbnails = SyncRouter("thumbnails")


@dataclass
class Size:
    width: int
    height: int = 48


@thumbnails.task
def resize(
    width: int, height: int = 48, mode: Literal["fit", "crop"] = "fit"
) -> list[str]:
    """Make a picture smaller.

    Args:
        width: In pixels.
    """
    return [str(width), str(height), mode]


@app.task
def box(size: Size, names: dict[str, int] | None = None) -> Size:
    return size


@app.task
def count(*words: str, upto: int = 9) -> Iterator[str]:
    for number, word in enumerate(words[:upto], start=1):
        yield f"{number} {word}"


@app.task
def anything(value: Any, userId: int = 0) -> Any:
    return [value, userId]


@app.task
def fail(why: str) -> None:
    raise LookupError(why)


@app.task
def lie() -> int:
    return "not a number"


app.include_router(thumbnails)
'''


class Grpcurl:
    """Somebody who types grpcurl commands."""

    def __init__(self, line: CommandLine) -> None:
        self.program = require("grpcurl")
        self.line = line
        self.address = line.environment["QTASKS_BROKER_URL"].removeprefix("grpc://")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), "-plaintext", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def look(self, *words: str) -> str:
        """What `list` or `describe` say."""
        done = self.run(self.address, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def asked(self, call: str, request: object, *options: str) -> list[str]:
        """The words of a call."""
        text = json.dumps(request)
        return [*options, "-d", text, self.address, f"my_shop.tasks.v1.{call}"]

    def call(self, call: str, request: object, *options: str) -> list:
        """The messages of a call that succeeds."""
        done = self.run(*self.asked(call, request, *options))
        assert done.returncode == 0, done.stderr
        return documents(done.stdout)

    def refused(self, call: str, request: object, *options: str) -> tuple:
        """The code, the reason, the field and the facts of a call that fails."""
        done = self.run(*self.asked(call, request, "-format-error", *options))
        error = json.loads(done.stderr)
        info, *more = error["details"]
        field = more[0]["field_violations"][0]["field"] if more else ""
        return error["code"], info["reason"], field, info.get("metadata", {})


def documents(text: str) -> list:
    """JSON documents, one after the other."""
    decoder, found = json.JSONDecoder(), []
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    require("grpcurl")
    line = CommandLine(tmp_path_factory.mktemp("typed"))
    (line.folder / "shop.py").write_text(PROGRAM, encoding="utf-8")
    with line.broker(), line.running("-A", "shop:app", "run") as worker:
        line_with(worker, "worker connected")
        yield line


@pytest.fixture(scope="module")
def grpcurl(line):
    return Grpcurl(line)


# -- looking ------------------------------------------------------------------------


def test_tasks_are_listed_beside_the_services_of_the_broker(grpcurl):
    services = grpcurl.look("list").split()
    assert {
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "my_shop.tasks.v1.Tasks",
        "my_shop.tasks.v1.Thumbnails",
        "qtasks.v1.TaskService",
    } <= set(services)
    assert grpcurl.look("list", "my_shop.tasks.v1.Thumbnails").split() == [
        "my_shop.tasks.v1.Thumbnails.Resize",
        "my_shop.tasks.v1.Thumbnails.ResizeStream",
    ]


def test_a_task_is_described_with_its_arguments(grpcurl):
    service = grpcurl.look("describe", "my_shop.tasks.v1.Thumbnails")
    assert "// Make a picture smaller." in service
    assert "rpc Resize ( .my_shop.tasks.v1.ThumbnailsResizeRequest )" in service
    assert "returns ( stream .my_shop.tasks.v1.ThumbnailsResizeStreamResp" in service
    assert "qtasks-cancel-on-disconnect" in service
    request = grpcurl.look("describe", "my_shop.tasks.v1.ThumbnailsResizeRequest")
    for words in (
        "// In pixels.\n  // Required.\n  optional int64 width = 1;",
        "// Left out, it is 48.\n  optional int64 height = 2;",
        "MODE_CROP = 2;",
    ):
        assert words in request
    method = grpcurl.look("describe", "my_shop.tasks.v1.Thumbnails.Resize")
    assert "rpc Resize" in method
    assert "message Size" in grpcurl.look("describe", "my_shop.tasks.v1.Size")


def test_what_has_no_type_says_so(grpcurl):
    request = grpcurl.look("describe", "my_shop.tasks.v1.AnythingRequest")
    assert "Without a type of its own: it has no type." in request
    assert ".qtasks.v1.Payload value = 1;" in request


# -- calling ------------------------------------------------------------------------


def test_a_call_runs_the_task_and_waits_for_its_end(grpcurl, line):
    (response,) = grpcurl.call("Thumbnails/Resize", {"width": 640})
    assert response["result"] == ["640", "48", "fit"]
    assert line.json("get", response["task_id"])["kwargs"] == {"width": 640}


def test_every_argument_arrives(grpcurl):
    request = {"width": 0, "height": 2**63 - 1, "mode": "MODE_CROP"}
    (response,) = grpcurl.call("Thumbnails/Resize", request)
    assert response["result"] == ["0", str(2**63 - 1), "crop"]


def test_models_are_messages(grpcurl):
    request = {"size": {"width": 3, "height": 4}, "names": {"a": 1}}
    (response,) = grpcurl.call("Tasks/Box", request)
    assert response["result"] == {"width": "3", "height": "4"}


def test_what_has_no_type_is_json(grpcurl):
    big = '{"big": 123456789012345678901234567890}'
    (response,) = grpcurl.call("Tasks/Anything", {"value": {"json": big}, "userId": 7})
    assert json.loads(response["result"]["json"]) == [json.loads(big), 7]


def test_a_stream_tells_what_happens_and_then_the_end(grpcurl):
    request = {"words": ["one", "two", "three"], "upto": 2}
    events = grpcurl.call("Tasks/CountStream", request)
    assert [one["seq"] for one in events] == [str(n + 1) for n in range(len(events))]
    assert events[0]["state_changed"] == {"state": "TASK_STATE_NEW"}
    yielded = [one["yielded"]["value"] for one in events if "yielded" in one]
    assert yielded == ["1 one", "2 two"]
    assert events[-1]["finished"] == {"result": ["1 one", "2 two"]}


def test_headers_say_the_rest(grpcurl, line):
    task_id = str(uuid4())
    options = {
        "qtasks-id": task_id,
        "qtasks-priority": "-5",
        "qtasks-delay": "0.01",
        "qtasks-max-time": "30s",
        "qtasks-group": "mine",
        "qtasks-idempotency-key": "once",
    }
    headers = [f"-H={name}: {value}" for name, value in options.items()]
    tags = ["-H=qtasks-tag: red", "-H=qtasks-tag: blue"]
    for _ in range(2):
        (response,) = grpcurl.call("Thumbnails/Resize", {"width": 1}, *headers, *tags)
        assert response["task_id"] == task_id
    task = line.json("get", task_id)
    assert (task["priority"], task["group"], task["tags"]) == (
        -5,
        "mine",
        ["red", "blue"],
    )


def test_the_id_comes_before_the_end(grpcurl):
    task_id = str(uuid4())
    asked = grpcurl.asked("Tasks/Count", {}, "-v", f"-H=qtasks-id: {task_id}")
    assert f"qtasks-task-id: {task_id}" in grpcurl.run(*asked).stdout


# -- what is wrong ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "request_", "field"),
    [
        ("Thumbnails/Resize", {}, "width"),
        ("Thumbnails/Resize", {"width": 1, "mode": 9}, "mode"),
        ("Tasks/Box", {"size": {"height": 1}}, "size.width"),
        ("Tasks/Anything", {"value": {"json": "{"}}, "value"),
    ],
)
def test_what_is_wrong_is_named(grpcurl, call, request_, field):
    code, reason, named, _ = grpcurl.refused(call, request_)
    assert (code, named) == (3, field)
    assert reason in ("INVALID_FIELD", "INVALID_JSON")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("qtasks-priority: 5000", "qtasks-priority"),
        ("qtasks-priority: high", "qtasks-priority"),
        ("qtasks-priority: 99999999999", "qtasks-priority"),
        ("qtasks-delay: soon", "qtasks-delay"),
        ("qtasks-delay: -1", "qtasks-delay"),
        ("qtasks-id: 7", "qtasks-id"),
        ("qtasks-prio: 7", "qtasks-prio"),
        ("qtasks-cancel-on-disconnect: maybe", "qtasks-cancel-on-disconnect"),
    ],
)
def test_a_header_that_is_wrong_is_named(grpcurl, header, field):
    code, _, named, _ = grpcurl.refused(
        "Thumbnails/Resize", {"width": 1}, f"-H={header}"
    )
    assert (code, named) == (3, field)


@pytest.mark.parametrize(
    ("request_", "words"),
    [({"wide": 1}, "no known field named wide"), ({"width": "x"}, "invalid syntax")],
)
def test_grpcurl_itself_refuses_what_the_messages_do_not_have(grpcurl, request_, words):
    done = grpcurl.run(*grpcurl.asked("Thumbnails/Resize", request_))
    assert done.returncode != 0
    assert words in done.stderr


def test_a_task_that_fails_is_a_status(grpcurl):
    for call in ("Tasks/Fail", "Tasks/FailStream"):
        code, reason, _, facts = grpcurl.refused(call, {"why": "lost"})
        assert (code, reason, facts["kind"]) == (2, "TASK_FAILED", "LookupError")
        assert facts["failure"] == "FAILURE_REASON_RAISED"


def test_a_result_that_is_not_what_was_said_is_refused_and_kept(grpcurl, line):
    code, reason, field, facts = grpcurl.refused("Tasks/Lie", {})
    assert (code, reason, field) == (9, "VALUE_MISFIT", "result")
    assert line.json("get", facts["task_id"])["result"] == "not a number"


# -- ends ---------------------------------------------------------------------------

LATER = "-H=qtasks-delay: 3600"


@pytest.fixture
def follow(grpcurl):
    """Follow a task that waits an hour before it runs; the process and the id."""

    def start(*options):
        task_id = str(uuid4())
        request = {"width": 1}
        asked = grpcurl.asked(
            "Thumbnails/ResizeStream", request, f"-H=qtasks-id: {task_id}", *options
        )
        process = subprocess.Popen(
            [str(grpcurl.program), "-plaintext", LATER, *asked],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        line_with(process, "TASK_STATE_SCHEDULED")
        return process, task_id

    started = []
    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=60)


def test_a_task_that_is_cancelled_ends_the_call(follow, line):
    process, task_id = follow()
    line.run("cancel", task_id)
    _, said = process.communicate(timeout=60)
    assert "Code: Aborted" in said
    assert "TASK_CANCELLED" in said


def test_a_call_that_ends_leaves_its_task_alone(grpcurl, line):
    task_id = str(uuid4())
    said = grpcurl.run(
        *(LATER, "-max-time=1", f"-H=qtasks-id: {task_id}"),
        *grpcurl.asked("Thumbnails/Resize", {"width": 1}),
    ).stderr
    assert "Code: DeadlineExceeded" in said
    assert line.json("get", task_id)["state"] == "scheduled"


def test_a_call_may_take_its_task_with_it(follow, line):
    process, task_id = follow("-H=qtasks-cancel-on-disconnect: true")
    process.kill()
    done = line.run("watch", task_id, code=3)
    assert "the caller went away" in done.stdout + done.stderr
