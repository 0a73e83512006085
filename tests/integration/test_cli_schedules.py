"""Schedules from the command line, through a real broker."""

import json
from datetime import datetime
from uuid import UUID

import pytest

from tests.integration.command_line import CommandLine


@pytest.fixture(scope="module")
def qtasks(tmp_path_factory):
    line = CommandLine(tmp_path_factory.mktemp("cli"), TZ="Asia/Tokyo")
    with line.broker():
        yield line


def test_a_schedule_from_its_creation_to_its_end(qtasks):
    words = ("create", "report", "send", "7", "to=ann", "--cron", "0 8 * * mon-fri")
    words += ("--tz", "Europe/Berlin", "--queue", "mail", "--jitter", "0")
    made = qtasks.json("schedule", *words)
    assert (made["task"], made["args"], made["kwargs"]) == ("send", [7], {"to": "ann"})
    assert (made["when"], made["state"], made["queue"]) == (
        "0 8 * * mon-fri (Europe/Berlin)",
        "active",
        "mail",
    )
    assert qtasks.json("schedule", *words) == made
    assert (
        "replace it"
        in qtasks.run(
            "schedule", "create", "report", "other", "--every", "1h", code=1
        ).stderr
    )
    assert qtasks.json("schedule", "list") == made
    (task_id,) = qtasks.lines("schedule", "run", "report")
    assert UUID(task_id)
    task = qtasks.json("get", task_id)
    assert (task["args"], task["queue"]) == ([7], "mail")
    assert task["metadata"]["qtasks-schedule"] == "report"
    shown = qtasks.json("schedule", "show", "report", "--upcoming", "3")
    assert (shown["fired_total"], shown["last_task_id"]) == (1, task_id)
    assert shown["upcoming"][0] == shown["next"]
    assert len(shown["upcoming"]) == 3
    assert qtasks.lines("schedule", "pause", "report") == ["report paused"]
    (resumed,) = qtasks.lines("schedule", "resume", "report")
    assert resumed.startswith("report active, next ")
    assert qtasks.lines("schedule", "delete", "report") == ["report deleted"]
    assert qtasks.lines("schedule", "list") == []


def test_moments_are_shown_as_the_clocks_here_show_them(qtasks):
    qtasks.run("schedule", "create", "party", "invite", "--at", "2090-01-31T20:00")
    lines = qtasks.lines("schedule", "show", "party")
    assert "when: at 2090-01-31T11:00:00.000Z" in lines
    assert "next: 2090-01-31 20:00:00 JST" in lines
    assert lines[-1] == "  2090-01-31 20:00:00 JST"
    (line,) = qtasks.lines("schedule", "list")
    assert line.split("\t")[:5] == [
        *("party", "invite", "at 2090-01-31T11:00:00.000Z", "active"),
        "2090-01-31T11:00:00.000Z",
    ]
    qtasks.run("schedule", "delete", "party")


def test_a_broker_submits_the_task(qtasks):
    qtasks.run("schedule", "create", "past", "old", "--at", "2020-01-01", "--paused")
    qtasks.run("schedule", "resume", "past")
    done = qtasks.run("schedule", "run", "past", "--wait", "10ms", "--json", code=4)
    assert json.loads(done.stdout)["name"] == "old"
    qtasks.run("schedule", "delete", "past")


def test_every_option_arrives(qtasks):
    words = ("create", "all", "job", "-1", "--every", "90s", "--start", "2090-01-01")
    words += ("--end", "2090-01-02", "--jitter", "30s", "--overlap", "allow")
    words += ("--catch-up", "none", "--paused", "--priority", "-5", "--tag", "a")
    made = qtasks.json("schedule", *words, "--attempts", "3", "--max-time", "1m")
    assert (made["args"], made["when"], made["state"]) == ([-1], "every 90s", "paused")
    assert (made["overlap"], made["catch_up"]) == ("allow", "none")
    assert made["jitter_seconds"] == 30
    assert datetime.fromisoformat(made["start"]) < datetime.fromisoformat(made["end"])
    replaced = qtasks.json(
        "schedule", "create", "all", "job", "--every", "2h", "--replace"
    )
    assert (replaced["when"], replaced["state"]) == ("every 2h", "paused")
    qtasks.run("schedule", "delete", "all")


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["create", "a", "job"], "one of --cron, --every and --at", 2),
        (["create", "a", "job", "--every", "1m", "--at", "2090-01-01"], "one of", 2),
        (["create", "a", "job", "--every", "1m", "--tz", "UTC"], "--cron", 2),
        (["create", "a", "job", "--cron", "often"], "five fields", 2),
        (["create", "a", "job", "--cron", "* * * * 9"], "weekday", 2),
        (["create", "a", "job", "--cron", "@daily", "--tz", "Mars"], "time zone", 2),
        (["create", "a", "job", "--every", "10ms"], "at least 1 s", 2),
        (["create", "a", "job", "--every", "1m", "--overlap", "no"], "overlap", 2),
        (["create", "", "job", "--every", "1m"], "name", 2),
        (["create", "a", "job", "--every", "1m", "--end", "2020-01-01"], "never", 2),
        (["show", "none"], "no schedule 'none'", 1),
        (["pause", "none"], "no schedule 'none'", 1),
        (["resume", "none"], "no schedule 'none'", 1),
        (["delete", "none"], "no schedule 'none'", 1),
        (["run", "none"], "no schedule 'none'", 1),
    ],
)
def test_what_goes_wrong_is_told(qtasks, words, said, code):
    done = qtasks.run("schedule", *words, code=code)
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


@pytest.mark.parametrize(
    "command", ["create", "list", "show", "pause", "resume", "delete", "run"]
)
def test_every_command_has_help_with_examples(qtasks, command):
    assert f" {command} " in qtasks.run("schedule", "--help").stdout
    assert "Examples:" in qtasks.run("schedule", command, "--help").stdout


def test_the_app_says_whose_schedules_are_meant(qtasks):
    program = "from qtasks import QueueTasks\napp = QueueTasks('works')\n"
    (qtasks.folder / "works.py").write_text(program)
    of_app = ("-A", "works:app", "schedule")
    qtasks.run(*of_app, "create", "mine", "task", "--every", "1h")
    assert qtasks.json(*of_app, "list")["name"] == "mine"
    assert qtasks.json(*of_app, "pause", "mine")["state"] == "paused"
    assert qtasks.json(*of_app, "resume", "mine")["state"] == "active"
    assert qtasks.run(*of_app, "show", "mine").stdout
    assert qtasks.lines("schedule", "run", "mine", "-A", "works:app")
    qtasks.run("schedule", "delete", "mine", code=1)
    qtasks.run("-A", "works:app", "schedule", "delete", "mine")
