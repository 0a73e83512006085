"""What sets a fresh machine up does it, or says what is missing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import CHECKOUT, read, tracked

SCRIPTS = sorted(
    path for path in tracked() if path.parts[0] == ".ci" and not path.suffix
)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return path


def test_finds_a_python_by_its_name_and_leaves_the_environment() -> None:
    found = run(".ci/python", PATH=os.environ["PATH"], PYTHON=sys.executable)
    base = Path(sys.executable).resolve()
    assert Path(found.stdout.strip()).resolve() == base


@pytest.mark.parametrize("old", [True, False], ids=["too old", "none"])
def test_says_that_there_is_no_python(old: bool, tmp_path: Path) -> None:
    if old:
        program(tmp_path / "python3", "exit 1")
    done = run("/bin/sh", ".ci/python", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_says_that_a_python_is_incomplete(tmp_path: Path) -> None:
    fake = tmp_path / "python3"
    program(fake, f'case "$2" in *ensurepip*) exit 1 ;; *) echo "{fake}" ;; esac')
    done = run("/bin/sh", ".ci/python", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


@pytest.mark.parametrize("server", ["redis-server", "valkey-server"])
def test_a_redis_that_is_there_is_taken(server: str, tmp_path: Path) -> None:
    program(tmp_path / server)
    done = run("/bin/sh", ".ci/redis", "none", tmp_path / "bin", PATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_can_be_run_and_stops_at_the_first_failure(script: Path) -> None:
    assert os.access(CHECKOUT / script, os.X_OK)
    assert re.search(r"^set -eu", read(script), re.MULTILINE)


def test_every_target_of_the_makefile_is_explained() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(Path("Makefile")), re.MULTILINE))
    explained = set(
        re.findall(r"^([a-z]+):.*## ", read(Path("Makefile")), re.MULTILINE)
    )
    assert {"bench", "check", "clean", "demo", "gen", "help", "test"} <= explained
    assert targets - explained == {"tools"}
