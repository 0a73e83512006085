"""The real `qtasks` command in processes of its own, for tests."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 60
"""No command of a test takes longer."""

_READY = re.compile(r"qtasks broker on (\S+?),")


class CommandLine:
    """Somebody who types commands in a folder, with no settings of their own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("QTASKS_", "NO_COLOR", "FORCE_COLOR"))
        }
        here = os.pathsep.join(map(os.path.abspath, sys.path))
        self.environment = (
            kept
            | {
                "PYTHONPATH": here,
                "HOME": str(folder),
                "XDG_STATE_HOME": str(folder / "state"),
                "COLUMNS": "200",
            }
            | environment
        )

    def run(
        self, *words: str | bytes, code: int = 0, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, which must have this exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "qtasks", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
            **options,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words: str, code: int = 0) -> Any:
        """Run a command with --json; what it says in its one line."""
        [line] = self.run(*words, "--json", code=code).stdout.splitlines()
        return json.loads(line)

    def lines(self, *words: str, code: int = 0) -> list[str]:
        """Run a command; the lines it prints."""
        return self.run(*words, code=code).stdout.splitlines()

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and leave it running; its output is a pipe."""
        return self._start("-m", "qtasks", *words)

    def _start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
        )

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Have a command run for as long as the block."""
        with _ended(self.start(*words)) as process:
            yield process

    @contextmanager
    def python(self, script: str) -> Iterator[subprocess.Popen[str]]:
        """Have a program of the user run for as long as the block."""
        with _ended(self._start(script)) as process:
            yield process

    @contextmanager
    def broker(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Have a broker run, and commands find it."""
        storage = f"sqlite:///{self.folder}/tasks.sqlite"
        with self.running(
            "serve", "--port", "0", "--storage", storage, *words
        ) as process:
            said = line_of(process)
            ready = _READY.match(said)
            assert ready is not None, said + process.communicate()[0]
            scheme = "grpcs" if "--tls-cert" in words else "grpc"
            self.environment["QTASKS_BROKER_URL"] = f"{scheme}://{ready[1]}"
            yield process


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """End a process after the block."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line a process prints; empty when it has ended."""
    assert process.stdout is not None
    return process.stdout.readline()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """The next line with these words that a process prints."""
    seen = []
    while line := line_of(process):
        if words in line:
            return line
        seen.append(line)
    raise AssertionError(f"{words!r} was not said, but: {''.join(seen)}")
