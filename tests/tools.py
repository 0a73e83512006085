"""What tests need around them: where it is missing, a desk skips and CI fails."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def require(*names: str) -> Path:
    """The first of these programs on PATH; without any, the test can't run."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    return cannot_run(
        f"{' or '.join(names)} is not on PATH; `make test` installs what it can"
    )


def cannot_run(why: str, *, whole_file: bool = False) -> NoReturn:
    """End the test, or all of a file: skipped at a desk, failed where `CI` is set."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why, allow_module_level=whole_file)
