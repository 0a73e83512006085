"""The files of the checkout, as git knows them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
VERBATIM = Path("tests/documents/blocks")
"""Code as it stands in documents, fragments too."""


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would, relative to the checkout."""
    git = shutil.which("git")
    assert git, "git is needed to know which files belong to the project"
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in listed.split("\0") if name)
    return tuple(path for path in paths if (CHECKOUT / path).is_file())


def generated(path: Path) -> bool:
    """Whether a file is written by a generator."""
    return "_pb2" in path.name


def python_files(*, folder: str = "") -> list[Path]:
    """The Python files a person wrote, below a folder."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py"
        and not generated(path)
        and VERBATIM not in path.parents
        and path.as_posix().startswith(folder)
    ]


def read(path: Path) -> str:
    """The text of a file."""
    return (CHECKOUT / path).read_text(encoding="utf-8")
