"""Submit, look at and steer tasks from the command line, through a real broker."""

import json
import os
import signal
import subprocess
import sys
from uuid import UUID, uuid4

import pytest

from tests.integration.command_line import CommandLine, line_of


@pytest.fixture(scope="module")
def qtasks(tmp_path_factory):
    line = CommandLine(tmp_path_factory.mktemp("cli"))
    with line.broker():
        yield line


def submit(qtasks, *words):
    (task_id,) = qtasks.lines("submit", *words)
    return str(UUID(task_id))


def test_arguments_are_json_where_they_are(qtasks):
    task_id = submit(
        qtasks, "add", "1", "-2", "text", '{"a": [1.5]}', "x=null", "y=a=b", "NaN"
    )
    task = qtasks.json("get", task_id)
    assert task["args"] == [1, -2, "text", {"a": [1.5]}, "NaN"]
    assert task["kwargs"] == {"x": None, "y": "a=b"}
    assert task["state"] == "new"
    assert task["unserved"] is True


def test_a_task_that_nobody_serves_is_told(qtasks):
    done = qtasks.run("submit", "nosuch")
    assert done.returncode == 0
    assert "no live worker serves 'nosuch'" in done.stderr


def test_words_after_two_dashes_are_arguments(qtasks):
    task_id = submit(qtasks, "grep", "--", "--pattern", "-1")
    assert qtasks.json("get", task_id)["args"] == ["--pattern", -1]


def test_options_of_a_submit_arrive(qtasks):
    task_id = submit(
        qtasks,
        *("report", "--queue", "slow", "--priority", "-5", "--delay", "1h"),
        *("--attempts", "3", "--group", "nightly", "--tag", "a", "--tag", "b"),
        *("--meta", "who=ann", "--expires", "2h", "--max-time", "500ms"),
    )
    task = qtasks.json("get", task_id)
    assert task["state"] == "scheduled"
    assert (task["queue"], task["priority"]) == ("slow", -5)
    assert (task["max_attempts"], task["group"]) == (3, "nightly")
    assert (task["tags"], task["metadata"]) == (["a", "b"], {"who": "ann"})
    assert task["due"] < task["expires"]


def test_an_idempotency_key_names_the_first_task(qtasks):
    first = qtasks.json("submit", "once", "--key", "k")
    second = qtasks.json("submit", "once", "--key", "k")
    assert first["id"] == second["id"]
    assert (first["existing"], second["existing"]) == (False, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["submit", "a", "x=1", "x=2"], "given twice"),
        (["submit", "a", "--delay", "soon"], "length of time"),
        (["submit", "a", "--delay", "9" * 400], "too long"),
        (["submit", "a", "--at", "tomorrow"], "not a moment"),
        (["submit", "a", "--at", "2030-01-01", "--delay", "1"], "not both"),
        (["submit", "a", "--meta", "x"], "KEY=VALUE"),
        (["submit", "a", "--priority", str(10**30)], "priority"),
        (["submit", "a", "--priority", "5000"], "priority"),
        (["submit", ""], "name"),
        (["submit", "a\x1b[31m"], "name"),
        (["submit", "a", "--id", "7"], "UUID"),
        (["submit", b"\xff"], "UTF-8"),
        (["get", "7"], "UUID"),
        (["list", "--broker", "mailto:me"], "mailto"),
        (["list", "--broker", "grpc://127.0.0.1:1"], "qtasks serve"),
        (["queues", "--nothing"], "nothing"),
        (["queues", "--app-name", "x", "pause", "y"], "after 'pause'"),
        (["run"], "-A module:variable"),
        (["-A", "nowhere:app", "run"], "no module 'nowhere'"),
        (["-A", "json:nothing", "run"], "no 'nothing' in 'json'"),
        (["-A", "json:__name__", "run"], "not a QueueTasks app"),
        (["-A", "json", "run"], "module:variable"),
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(qtasks, words, said):
    done = qtasks.run(*words, code=2)
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


@pytest.mark.parametrize(
    "command", ["get", "explain", "watch", "cancel", "requeue", "delete"]
)
def test_unknown_tasks_end_with_1(qtasks, command):
    done = qtasks.run(command, str(uuid4()), code=1)
    assert "may have been deleted" in done.stderr


def test_cancel_requeue_delete(qtasks):
    ids = [submit(qtasks, "steered") for _ in range(2)]
    assert qtasks.lines("cancel", *ids, "--reason", "late") == [
        f"{one} cancel" for one in ids
    ]
    done = qtasks.json("get", ids[0], code=3)
    assert (done["state"], done["cancel_reason"]) == ("cancel", "late")
    assert qtasks.lines("requeue", ids[0]) == [f"{ids[0]} new"]
    mixed = qtasks.run("delete", ids[1], str(uuid4()), ids[0], code=1)
    assert mixed.stdout.splitlines() == [f"{ids[1]} deleted", f"{ids[0]} deleted"]


def test_waiting_in_vain_ends_with_4(qtasks):
    task_id = submit(qtasks, "never")
    assert qtasks.json("get", task_id, "--wait", "50ms", code=4)["state"] == "new"
    assert qtasks.json("submit", "never", "--wait", "50ms", code=4)["state"] == "new"


def test_watch_tells_what_happened_and_how_it_ended(qtasks):
    task_id = submit(qtasks, "watched")
    qtasks.run("cancel", task_id, "--reason", "late")
    lines = [line.split("\t") for line in qtasks.lines("watch", task_id, code=3)]
    assert [(seq, kind, text) for seq, _, kind, text in lines] == [
        ("1", "new", "-"),
        ("2", "cancel", "late"),
    ]
    last = qtasks.json("watch", task_id, "--after", "1", code=3)
    assert last["event"] == "finished"
    assert last["task"]["cancel_reason"] == "late"


def test_control_characters_do_not_reach_the_terminal(qtasks):
    task_id = submit(qtasks, "rude", "\x1b]0;title\x07\nnext\u202e")
    shown = qtasks.run("get", task_id).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_list_filters_and_stops_at_its_limit(qtasks):
    for _ in range(3):
        submit(qtasks, "listed", "--group", "g", "--tag", "t")
    lines = qtasks.lines("list", "--group", "g", "--limit", "2")
    assert [line.split("\t")[1] for line in lines] == ["listed"] * 2
    assert len(qtasks.lines("list", "--name", "listed", "--state", "new")) == 3
    assert len(qtasks.lines("list", "--tag", "t", "--json")) == 3
    assert qtasks.lines("list", "--name", "listed", "--state", "error") == []
    assert qtasks.lines("list", "--app-name", "another") == []


def test_a_task_that_waits_is_explained(qtasks):
    first = submit(qtasks, "slides", "--queue", "stuck", "--priority", "-1")
    task_id = submit(qtasks, "slides", "--queue", "stuck")
    qtasks.run("queues", "pause", "stuck")
    stands, *lines = qtasks.lines("explain", task_id)
    assert stands == "slides is new"
    assert lines[0] == (
        "- queue 'stuck' is paused; to go on: qtasks queues resume stuck"
    )
    facts = qtasks.json("explain", task_id)
    assert (facts["id"], facts["queue"]) == (task_id, "stuck")
    paused, unserved, behind = facts["reasons"]
    assert (paused["kind"], paused["queue"]) == ("queue_paused", "stuck")
    assert (unserved["registered"], unserved["served_queues"]) == (False, [])
    assert (behind["tasks"], behind["higher_priority"]) == (1, 1)
    qtasks.run("cancel", first, "--reason", "late", code=0)
    (reason,) = qtasks.json("explain", first, code=3)["reasons"]
    assert (reason["kind"], reason["state"]) == ("ended", "cancel")
    assert "(late)" in reason["message"]


def test_when_a_task_starts_is_explained(qtasks):
    later = submit(qtasks, "report", "--delay", "1h")
    starts, unserved = qtasks.json("explain", later)["reasons"]
    assert starts["due_time"] == qtasks.json("get", later)["due"]
    assert 3500 < starts["wait"] <= 3600
    assert unserved["kind"] == "unserved"


def test_queues_are_shown_paused_and_purged(qtasks):
    submit(qtasks, "mail", "--queue", "post")
    (line,) = [one for one in qtasks.lines("queues") if one.startswith("post\t")]
    assert line.split("\t")[:3] == ["post", "open", "1"]
    assert qtasks.lines("queues", "pause", "post") == ["post paused"]
    assert qtasks.json("queues", "resume", "post")["state"] == "open"
    assert "--yes" in qtasks.run("queues", "purge", "post", code=2).stderr
    assert qtasks.lines("queues", "purge", "post", "--yes") == ["post: 1 cancelled"]


def test_stats_and_workers_are_shown(qtasks):
    facts = qtasks.json("stats")
    assert facts["storage"] == "sqlite"
    assert facts["workers"] == 0
    assert "workers 0" in qtasks.lines("stats")[0]
    assert qtasks.lines("workers") == []


def test_stats_are_watched_until_ctrl_c(qtasks):
    process = qtasks.start("stats", "--watch", "--interval", "100ms", "--json")
    with process:
        for _ in range(3):
            assert json.loads(line_of(process))["app"] == "QueueTasks"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_ctrl_c_leaves_a_watched_task_alone(qtasks):
    process = qtasks.start("submit", "endless", "--watch")
    with process:
        assert "no live worker" in line_of(process)
        task_id = line_of(process).strip()
        assert "new" in line_of(process)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"qtasks watch {task_id}" in rest
    assert "Traceback" not in rest
    assert qtasks.json("get", task_id)["state"] == "new"


def test_a_reader_that_leaves_is_no_error(qtasks):
    for _ in range(2):
        submit(qtasks, "piped")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "qtasks", "list"],
        env=qtasks.environment,
        cwd=qtasks.folder,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_every_command_has_help_with_examples(qtasks):
    commands = [
        "serve",
        "run",
        "dev",
        "demo",
        "submit",
        "watch",
        "get",
        "explain",
        "cancel",
        "reply",
        "list",
        "requeue",
        "delete",
        "workers",
        "stats",
        "queues",
    ]
    overview = qtasks.run("--help").stdout
    assert "Exit codes:" in overview
    for command in commands:
        assert f" {command} " in overview
        assert "Examples:" in qtasks.run(command, "--help").stdout
    assert qtasks.run("--version").stdout.startswith("qtasks ")


def test_the_shell_completes_commands(qtasks):
    asked = CommandLine(
        qtasks.folder,
        _QTASKS_COMPLETE="complete_zsh",
        _TYPER_COMPLETE_ARGS="qtasks su",
    )
    assert "submit" in asked.run().stdout
