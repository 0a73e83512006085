"""The fenced blocks of a Markdown file, by section.

The word after the language says how a block is run: nothing, to its end in the reader's
folder; `server`, until the section ends; `checkout`, to its end in the checkout; a file
name, not at all: it is saved. An `output` block holds what the block before it prints.
"""

import re
from dataclasses import dataclass

HEADING = re.compile(r"##? (?P<title>.+)")
FENCE = re.compile(r"```(?P<language>\{[\w-]+\}|\w*)(?: (?P<note>\S+))?")


@dataclass(kw_only=True, slots=True)
class Block:
    """A fenced block."""

    section: str
    language: str
    note: str
    text: str = ""
    output: tuple[str, ...] = ()


def read_blocks(markdown: str) -> list[Block]:
    """The blocks of a document, in order; output is given to its command."""
    blocks: list[Block] = []
    section = ""
    lines = iter(markdown.splitlines())
    for line in lines:
        if heading := HEADING.fullmatch(line):
            section = heading["title"]
        elif fence := FENCE.fullmatch(line):
            body = "\n".join(iter(lambda: next(lines), "```"))
            if fence["language"].startswith("{"):
                continue  # a directive, for whoever makes pages of it
            if fence["language"] == "output":
                blocks[-1].output = tuple(body.splitlines())
            else:
                blocks.append(
                    Block(
                        section=section,
                        language=fence["language"],
                        note=fence["note"] or "",
                        text=body + "\n",
                    )
                )
    return blocks


def commands(block: Block) -> list[str]:
    """The commands of a shell block, a continued line taken as one."""
    joined = block.text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]
