"""Workers from the command line, and what is seen of their tasks."""

import signal
import subprocess
import sys

import psutil
import pytest

from tests.integration.command_line import CommandLine, line_of, line_with
from tests.ports import free_port

APP = """
from qtasks import Ask, QueueTasks, ctx

app = QueueTasks()


@app.task
def add(a: int, b: int = 1) -> int:
    return a + b


@app.task
def fail():
    raise ValueError("it broke")


@app.task
def count(number: int):
    for done in range(1, number + 1):
        ctx.progress(done, number, "counting")
        yield f"step {done}"
    return number


@app.task
def ask():
    answer = yield Ask("sure?")
    return answer


@app.task
async def endless():
    while True:
        await ctx.sleep(60)


def make_app():
    return app
"""


@pytest.fixture(scope="module")
def qtasks(tmp_path_factory):
    line = CommandLine(tmp_path_factory.mktemp("run"))
    (line.folder / "shop.py").write_text(APP)
    (line.folder / "broken.py").write_text("import json\njson.loads('no')\n")
    (line.folder / "lacking.py").write_text("import something_that_is_not_there\n")
    with line.broker():
        yield line


@pytest.fixture(scope="module")
def worker(qtasks):
    with qtasks.running(
        "-A", "shop:app", "run", "--worker-id", "till", "--max-tasks", "7"
    ) as process:
        line_with(process, "worker connected")
        yield process


@pytest.mark.usefixtures("worker")
class TestTasksThatRun:
    def test_a_worker_is_shown(self, qtasks):
        facts = qtasks.json("workers")
        assert facts["state"] == "open"
        assert (facts["id"], facts["slots"], facts["queues"]) == (
            "till",
            7,
            ["default"],
        )
        assert set(facts["tasks"]) == {"add", "fail", "count", "ask", "endless"}
        assert facts["pid"] > 0

    def test_success_ends_with_0(self, qtasks):
        task = qtasks.json("submit", "add", "40", "b=2", "--wait", "30s")
        assert (task["state"], task["result"], task["worker"]) == (
            "success",
            42,
            "till",
        )

    @pytest.mark.parametrize(
        ("words", "kind"),
        [(["fail"], "ValueError"), (["add", "1", "c=2"], "TypeError")],
    )
    def test_failure_ends_with_1(self, qtasks, words, kind):
        task = qtasks.json("submit", *words, "--wait", "30s", code=1)
        assert task["failure"]["kind"] == kind
        shown = qtasks.lines("watch", task["id"], code=1)[-1]
        assert shown.split("\t")[2:][0] == "error"

    def test_what_a_task_yields_is_seen(self, qtasks):
        lines = qtasks.lines("submit", "count", "3", "--watch")
        told = [line.split("\t")[2:] for line in lines[1:]]
        assert ["yielded", '"step 3"'] in told
        assert ["progress", "2/3 counting"] in told
        assert told[-1] == ["success", "3"]

    def test_a_question_is_answered_once(self, qtasks):
        with qtasks.running("submit", "ask", "--watch") as watching:
            task_id = line_of(watching).strip()
            words = line_with(watching, "asked").split("qtasks reply ")[1]
            ask_id = words.split()[1]
            assert qtasks.lines("reply", task_id, ask_id, "true") == [
                f"{task_id} answered"
            ]
            assert "true" in line_with(watching, "success")
            assert watching.wait(timeout=30) == 0
        done = qtasks.run("reply", task_id, ask_id, "false", code=1)
        assert len(done.stderr.splitlines()) == 1

    def test_a_cancelled_task_ends_with_3(self, qtasks):
        with qtasks.running("submit", "endless", "--watch") as watching:
            task_id = line_of(watching).strip()
            line_with(watching, "process")
            qtasks.run("cancel", task_id, "--reason", "enough")
            assert "enough" in line_with(watching, "cancel\t")
            assert watching.wait(timeout=30) == 3


def test_a_worker_that_is_refused_says_why(qtasks, worker):
    done = qtasks.run("run", "-A", "shop:app", "--worker-id", "till", code=2)
    assert "give each worker its own" in done.stderr.splitlines()[-1]
    assert worker.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_a_worker(qtasks, number):
    with qtasks.running("run", "--app", "shop:make_app") as process:
        line_with(process, "worker connected")
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_a_worker_is_drained(qtasks):
    with qtasks.running("run", "-A", "shop:app", "--worker-id", "old") as process:
        line_with(process, "worker connected")
        assert qtasks.lines("workers", "drain", "old") == [
            "old draining, tasks it still has: 0"
        ]
        process.communicate(timeout=30)
        assert process.returncode == 0
    said = qtasks.run("workers", "drain", "old", "--json", code=1).stderr
    assert "no live worker of 'QueueTasks' has the id 'old'" in said
    assert (
        "put the options after 'drain'"
        in qtasks.run("workers", "--json", "drain", "old", code=2).stderr
    )


def test_several_processes_end_together(qtasks):
    words = ("run", "-A", "shop:app", "--processes", "2", "--worker-id", "twin")
    with qtasks.running(*words) as process:
        for _ in range(2):
            line_with(process, "worker connected")
        ids = {line.split("\t")[0] for line in qtasks.lines("workers")}
        assert {"twin-1", "twin-2"} <= ids
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert psutil.wait_procs(children, timeout=30)[1] == []


@pytest.mark.parametrize(
    ("module", "said"), [("broken", "JSONDecodeError"), ("lacking", "not_there")]
)
def test_an_app_that_fails_to_import_shows_where(qtasks, module, said):
    done = subprocess.run(
        [sys.executable, "-m", "qtasks", "run", "-A", f"{module}:app"],
        cwd=qtasks.folder,
        env=qtasks.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert f'{module}.py", line' in done.stderr
    assert "loading.py" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("qtasks: ")
    assert said in last


def test_watching_goes_on_when_the_broker_comes_back(tmp_path):
    qtasks = CommandLine(tmp_path)
    storage = f"sqlite:///{tmp_path}/tasks.sqlite"
    port = str(free_port())
    serve = ("serve", "--port", port, "--storage", storage)
    qtasks.environment["QTASKS_BROKER_URL"] = f"grpc://127.0.0.1:{port}"
    with qtasks.running(*serve) as first:
        line_of(first)
        watching = qtasks.start("submit", "later", "--watch")
        line_with(watching, "no live worker")
        task_id = line_of(watching).strip()
        line_with(watching, "new")
        first.kill()
        first.wait()
    with watching, qtasks.running(*serve) as second:
        line_of(second)
        qtasks.run("cancel", task_id)
        rest, _ = watching.communicate(timeout=30)
    assert [line.split("\t")[2] for line in rest.splitlines()] == ["cancel"]
    assert watching.returncode == 3


def test_dev_serves_works_and_reloads(tmp_path):
    port = str(free_port())
    url = f"grpc://127.0.0.1:{port}"
    qtasks = CommandLine(tmp_path, QTASKS_BROKER_URL=url)
    app = tmp_path / "shop.py"
    app.write_text(APP)
    process = qtasks.start("-A", "shop:app", "dev", "--port", port)
    with process:
        # Nothing before: a worker that came earlier would say that nobody is there.
        assert line_of(process).startswith("broker | qtasks broker on")
        line_with(process, "worker connected")
        assert qtasks.json("submit", "add", "1", "1", "--wait", "30s")["result"] == 2
        app.write_text(APP.replace("a + b", "a - b"))
        line_with(process, "dev | shop.py changed, reloading")
        line_with(process, "worker connected")
        assert qtasks.json("submit", "add", "1", "1", "--wait", "30s")["result"] == 0
        app.write_text("this is no Python")
        line_with(process, "dev | the worker ended with exit code 2")
        app.write_text(APP)
        line_with(process, "worker connected")
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert psutil.wait_procs(children, timeout=30)[1] == []


def test_dev_ends_when_its_broker_can_not_start(tmp_path):
    qtasks = CommandLine(tmp_path)
    (tmp_path / "shop.py").write_text(APP)
    done = qtasks.run("-A", "shop:app", "dev", "--storage", "mailto:me", code=2)
    assert "broker | qtasks: " in done.stdout
    assert len(done.stderr.splitlines()) == 1
