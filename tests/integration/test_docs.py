"""A stranger who types what a page of the documentation says gets what it says.

A page is followed from its top to its end, in one folder: its Python blocks are saved as
the files they name, its shell blocks are typed. No block may be left out.
"""

import shlex
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from tests.integration.markdown_blocks import Block, commands, read_blocks
from tests.integration.reader import Reader, clean_environment

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    path.relative_to(DOCS).as_posix(): read_blocks(path.read_text(encoding="utf-8"))
    for path in sorted(DOCS.rglob("*.md"))
    if "_build" not in path.parts
}
FOLLOWED = [page for page, blocks in PAGES.items() if blocks]
SHOWN = frozenset({"", "text", "html", "json", "proto", "toml"})
"""Languages of blocks that are shown, not run."""


@pytest.mark.parametrize("page", FOLLOWED)
async def test_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for _, section in groupby(PAGES[page], key=lambda block: block.section):
        blocks = list(section)
        for block in blocks:
            if block.language == "python":
                reader.save(block)
        await reader.type([block for block in blocks if block.language == "sh"])


@pytest.mark.parametrize("page", FOLLOWED)
def test_every_block_is_run(page: str) -> None:
    languages = {block.language for block in PAGES[page]}
    assert languages <= SHOWN | {"python", "sh"}
    files = [block for block in PAGES[page] if block.language == "python"]
    unnamed = [block.text for block in files if not block.note.endswith(".py")]
    assert not unnamed, "a Python block needs the name of a file that is run"


@pytest.mark.parametrize("page", FOLLOWED)
def test_every_file_can_be_used(page: str, tmp_path: Path) -> None:
    """A file that no command names is imported by one that is, or at least works."""
    reader = Reader(tmp_path)
    for block in PAGES[page]:
        if block.language == "python":
            reader.save(block)
    for module in sorted(_unused(PAGES[page])):
        done = subprocess.run(
            [sys.executable, "-c", f"import {module}"],
            cwd=tmp_path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def _unused(blocks: list[Block]) -> set[str]:
    """The modules that no shell block names."""
    words = {
        word
        for block in blocks
        if block.language == "sh"
        for line in commands(block)
        for word in shlex.split(line, comments=True)
    }
    modules = {
        block.note.removesuffix(".py").replace("/", ".")
        for block in blocks
        if block.language == "python"
    }
    named = {word.partition(":")[0].removesuffix(".py") for word in words}
    return modules - named
