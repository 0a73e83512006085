"""A stranger who types what the README says gets what it says."""

from pathlib import Path

import pytest

from tests.integration.markdown_blocks import Block, commands, read_blocks
from tests.integration.reader import Reader, clean_environment, run
from tests.tools import cannot_run

CHECKOUT = Path(__file__).parents[2]
BLOCKS = read_blocks((CHECKOUT / "README.md").read_text(encoding="utf-8"))
SECTIONS = ["A first task", "In asynchronous code", "With Redis"]


def shell_blocks(section: str) -> list[Block]:
    return [
        block for block in BLOCKS if block.section == section and block.language == "sh"
    ]


@pytest.mark.parametrize("section", SECTIONS)
async def test_section_does_what_it_says(section: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for block in BLOCKS:
        if block.language == "python":
            reader.save(block)
    await reader.type(shell_blocks(section))


@pytest.mark.parametrize(
    "block",
    [block for block in shell_blocks("Two commands") if block.note == "checkout"],
    ids=lambda block: commands(block)[0],
)
async def test_block_in_the_checkout_works(block: Block, tmp_path: Path) -> None:
    if not (CHECKOUT / ".venv" / "ready").exists():
        cannot_run("there is no .venv here; `make test` sets it up")
    # `make test` is what runs now; from inside, it can only be shown to be there.
    script = block.text.replace("make test", "make --dry-run test")
    environment = clean_environment() | {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    done = await run(["sh", "-ec", script], CHECKOUT, environment)
    assert done.returncode == 0, done.stdout


def test_every_shell_block_is_run() -> None:
    run_sections = {*SECTIONS, "Two commands"}
    shell = [block for block in BLOCKS if block.language == "sh"]
    assert shell
    assert {block.section for block in shell} == run_sections
    # What is in other languages here is run with the READMEs of their clients.
    shown = {"go", "text", "typescript"}
    assert {block.language for block in BLOCKS} == {"python", "sh"} | shown
