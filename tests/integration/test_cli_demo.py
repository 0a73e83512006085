"""`qtasks demo` measures any folder over gRPC, and leaves nothing behind."""

import hashlib
import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from tests.integration.command_line import CommandLine, line_with


@pytest.fixture
def temporary(tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def qtasks(tmp_path, temporary):
    return CommandLine(tmp_path, TMPDIR=str(temporary))


@pytest.fixture
def folder(tmp_path):
    """A folder with everything that could stand in the way."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text("some words, some more words\n" * number)
    (folder / "empty").touch()
    (folder / "binary").write_bytes(bytes(range(256)) * 10)
    (folder / os.fsdecode(b"caf\xe9\n\x1b[31m")).write_text("odd name\n")
    with (folder / "huge").open("wb") as huge:
        huge.truncate(1 << 40)
    (folder / "loop").symlink_to(folder)
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / ".git").mkdir()
    (folder / ".git" / "hidden").write_text("hidden\n")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)  # the name of a socket must be short
        listening.bind("socket")
        os.chdir(here)
        yield folder


def test_measures_what_it_can_and_tells_the_rest(qtasks, folder, temporary):
    report = qtasks.json("demo", str(folder))
    assert report["files"] == 44
    assert report["measured"] == 43
    assert report["failed"] == 1
    assert report["skipped"] == {"symbolic link": 2, "pipe": 1, "socket": 1}
    problems = {one["path"]: one["why"] for one in report["problems"]}
    assert "larger" in problems["huge"]
    assert problems["pipe"] == "pipe"
    assert report["words"]["some"] == 2 * sum(range(40))
    assert report["lines"] == sum(range(40)) + 1
    largest = report["largest"][0]
    assert largest["path"] == "binary"
    content = (folder / "binary").read_bytes()
    assert largest["sha256"] == hashlib.sha256(content).hexdigest()
    assert sum(report["workers"].values()) == 44
    assert set(report["workers"]) <= {"worker-1", "worker-2"}
    assert report["tasks_per_second"] > 0
    assert report["submits_per_second"] > 0
    assert report["submit_to_done_seconds"]["p50"] > 0
    assert list(temporary.iterdir()) == []


def test_names_that_are_no_text_are_shown_as_escapes(qtasks, tmp_path):
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    (folder / os.fsdecode(b"caf\xe9")).write_text("odd\n")
    lines = qtasks.lines("demo", os.fsencode(folder))
    assert any(line.startswith("file\tcaf\\xe9\t4\t1\t") for line in lines)


def test_an_empty_folder_is_no_problem(qtasks, tmp_path):
    (tmp_path / "empty").mkdir()
    report = qtasks.json("demo", str(tmp_path / "empty"))
    assert (report["files"], report["measured"], report["seconds"]) == (0, 0, 0)
    assert qtasks.lines("demo", str(tmp_path / "empty"))[-1]


def test_no_more_files_than_asked_for(qtasks, folder):
    report = qtasks.json("demo", str(folder), "--limit", "5")
    assert (report["files"], report["more_files"]) == (5, True)


def test_lines_tell_how_it_goes_in_a_pipe(qtasks, folder):
    lines = qtasks.lines("demo", str(folder))
    assert any(line.startswith("measured 44 of 44 files") for line in lines)
    assert any(line.startswith("merged 44 of 44") for line in lines)
    assert any(line.startswith("submit to done: p50") for line in lines)
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize("name", ["nowhere", "a-file"])
def test_what_is_no_folder_is_refused(qtasks, tmp_path, name):
    (tmp_path / "a-file").touch()
    assert name in qtasks.run("demo", name, code=2).stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_it_and_all_it_began(qtasks, folder, temporary, number, code):
    process = qtasks.start("demo", str(folder))
    with process:
        line_with(process, "broker at")
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in rest
    assert not any(child.is_running() for child in children)
    assert list(temporary.iterdir()) == []


def test_a_broker_that_dies_is_told_in_one_line(qtasks, folder, temporary):
    process = qtasks.start("demo", str(folder))
    with process:
        line_with(process, "broker at")
        (broker,) = [
            child
            for child in psutil.Process(process.pid).children()
            if "serve" in child.cmdline()
        ]
        broker.kill()
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    (line,) = [line for line in rest.splitlines() if line.startswith("qtasks: ")]
    assert "broker ended" in line
    assert "Traceback" not in rest
    assert list(temporary.iterdir()) == []
