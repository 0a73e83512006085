"""Files are found, measured and merged, whatever they are."""

import hashlib
import os
import socket

import pytest

from qtasks.cli.demo import files
from qtasks.cli.demo.app import measure_file
from qtasks.cli.demo.files import FileTooLargeError, Found, Skipped, measure, walk
from qtasks.cli.demo.merging import Merger
from qtasks.cli.demo.paths import path_of, shown, travelling

LIMIT = 1 << 20


def test_measures_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("Grüße über Grüße\nno newline at the end".encode())
    seen = measure(path, max_bytes=LIMIT)
    assert seen.size == path.stat().st_size
    assert seen.lines == 2
    assert seen.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert seen.words["grüße"] == 2
    assert seen.text


def test_an_empty_file_has_no_lines(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    seen = measure(path, max_bytes=LIMIT)
    assert (seen.size, seen.lines, seen.words) == (0, 0, {})


def test_binary_files_have_no_words(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"words words\0words\n")
    seen = measure(path, max_bytes=LIMIT)
    assert not seen.text
    assert seen.words == {}
    assert seen.lines == 0


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 64])
def test_words_and_letters_across_chunks_stay_whole(tmp_path, monkeypatch, chunk):
    text = "wörter zählen über grenzen, wörter zählen"
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(files, "CHUNK_BYTES", chunk)
    seen = measure(path, max_bytes=LIMIT)
    assert seen.words == {"wörter": 2, "zählen": 2, "über": 1, "grenzen": 1}


def test_words_without_end_take_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_DISTINCT_WORDS", 10)
    monkeypatch.setattr(files, "CHUNK_BYTES", 256)
    letters = [chr(ord("a") + n % 26) * 4 + chr(ord("a") + n // 26) for n in range(600)]
    path = tmp_path / "many"
    path.write_text(" ".join(["often"] * 50 + letters + ["z" * 10_000]))
    assert measure(path, max_bytes=LIMIT).words["often"] == 50


def test_too_large_is_told_before_it_is_read(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(FileTooLargeError):
        measure(path, max_bytes=LIMIT)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="pipe"):
        measure(path, max_bytes=LIMIT)


def test_walks_in_order_and_tells_what_it_passes_by(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.txt").touch()
    (tmp_path / "a.txt").touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "hidden").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        seen = list(walk(tmp_path))
    found = [one.path.name for one in seen if isinstance(one, Found)]
    skipped = {one.path.name: one.why for one in seen if isinstance(one, Skipped)}
    assert found == ["a.txt", "c.txt"]
    assert skipped == {
        "loop": "symbolic link",
        "dangling": "symbolic link",
        "pipe": "pipe",
        "socket": "socket",
    }


def test_hidden_folders_are_walked_when_asked(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "hidden").touch()
    assert [one.path.name for one in walk(tmp_path, everything=True)] == ["hidden"]


def test_a_folder_that_refuses_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.txt").touch()

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(files.os, "scandir", refuse)
    assert list(walk(tmp_path)) == [Skipped(tmp_path, "permission denied")]


def test_names_that_are_no_text_travel(tmp_path):
    path = path_of(travelling(tmp_path)) / os.fsdecode(b"caf\xe9 \xff%41\n")
    path.touch()
    (found,) = walk(tmp_path)
    assert path_of(travelling(found.path)) == path
    travelling(found.path).encode("ascii")
    assert shown(found.path, tmp_path) == "caf\\xe9 \\xff%41\n"


def test_merging_sums_up_and_keeps_the_largest():
    merger = Merger()
    for size in range(100):
        merger.add(
            f"f{size}",
            {"size": size, "lines": 1, "sha256": "x", "words": {"same": 2}},
        )
    merger.add_problem("g", "permission denied")
    result = merger.result()
    assert result["files"] == 100
    assert result["bytes"] == sum(range(100))
    assert result["words"] == {"same": 200}
    assert [file["path"] for file in result["largest"]] == [
        f"f{size}" for size in range(99, 89, -1)
    ]
    assert result["failed"] == 1
    assert result["problems"] == [{"path": "g", "why": "permission denied"}]


def test_merging_nothing():
    assert Merger().result()["files"] == 0


def test_a_task_that_can_not_read_says_why_and_not_where(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^no such file or directory$"):
        measure_file.func(travelling(tmp_path / "gone"), LIMIT)
