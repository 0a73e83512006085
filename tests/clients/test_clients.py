"""The clients of other languages pass their own lint and tests, by their own commands."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.tools import require

CHECKOUT = Path(__file__).parents[2]
NODE_PACKAGES = str(CHECKOUT / ".ci" / "node-packages")

COMMANDS = {
    "go": {
        "format": ("gofmt", "-l", "."),
        "lint": ("go", "vet", "./..."),
        "test": ("go", "test", "-count=1", "./..."),
    },
    "typescript": {
        "lint": ("npm", "run", "lint"),
        "test": ("npm", "test"),
    },
    "java": {
        "lint and test": ("mvn", "-q", "-B", "verify"),
    },
}
NEEDS = {"go": ("go", "gofmt"), "typescript": ("node", "npm"), "java": ("java", "mvn")}


@pytest.mark.parametrize(
    ("language", "command"),
    [(language, name) for language, named in COMMANDS.items() for name in named],
    ids=lambda part: part.replace(" ", "-"),
)
def test_client(language: str, command: str) -> None:
    for program in NEEDS[language]:
        require(program)
    folder = CHECKOUT / "clients" / language
    if language == "typescript":
        run(folder, NODE_PACKAGES, ".")
    said = run(folder, *COMMANDS[language][command])
    if command == "format":
        assert not said, f"not formatted:\n{said}"


def run(folder: Path, *command: str) -> str:
    """Run a command that must succeed; what it says."""
    kept = {name: text for name, text in os.environ.items() if "QTASKS_" not in name}
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout
