"""Programs that tests need: where they are missing, a desk skips and CI fails."""

import os
import shutil
from pathlib import Path

import pytest


def require(*names: str) -> Path:
    """The first of these programs on PATH; skip the test, or fail it in CI."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    missing = f"{' or '.join(names)} is not on PATH; `make test` installs it if it can"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
