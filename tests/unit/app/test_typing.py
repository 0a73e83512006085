"""A type checker knows the arguments and results of tasks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]


@pytest.mark.parametrize("name", ["typed_program", "typed_components"])
def test_mypy_knows_the_tasks_of_a_program(name):
    program = HERE / f"{name}.py"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(program)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    refused = {
        int(line) for line in re.findall(rf"{name}\.py:(\d+): error", done.stdout)
    }
    lines = program.read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert refused == wrong, done.stdout
