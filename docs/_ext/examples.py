"""Docstrings are written for people who read the source; this makes pages of them.

What is indented behind an empty line is code. What an attribute's docstring says before a
colon is not its type. Letters may follow a name in backticks, as in `Task`s.
"""

from typing import Any

from sphinx.application import Sphinx

BEFORE_NAPOLEON = 400
CODE = ".. code-block:: default"
"""Python where it can be read as such, else plain text."""


def mark_examples(lines: list[str]) -> None:
    """Put a directive before each indented block, in place."""
    marked: list[str] = []
    above = ""  # the last line that was not empty
    inside: int | None = None  # the indentation of the block that this is in
    for line in lines:
        depth = _depth(line)
        if line and inside is not None and depth < inside:
            inside = None
        after_gap = bool(marked) and not marked[-1]
        if line and inside is None and after_gap and depth > _depth(above):
            inside = depth
            if not above.endswith("::") and not above.lstrip().startswith(".. "):
                marked += [" " * _depth(above) + CODE, ""]
        marked.append(line)
        above = line or above
    lines[:] = marked


def _with_endings(line: str) -> str:
    """The line with a joint between a name in backticks and letters behind it."""
    parts = line.split("`")
    if "``" in line or len(parts) % 2 == 0:  # not names, or one over two lines
        return line
    joints = ["\\ " if part[:1].isalnum() else "" for part in parts[2::2]]
    for place, joint in zip(range(2, len(parts), 2), joints, strict=True):
        parts[place] = joint + parts[place]
    return "`".join(parts)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _mark(
    _app: Sphinx, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]
) -> None:
    if what in ("attribute", "data", "property"):
        lines.insert(0, "")  # where napoleon looks for a type
    mark_examples(lines)
    lines[:] = map(_with_endings, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Take part in the build."""
    app.connect("autodoc-process-docstring", _mark, priority=BEFORE_NAPOLEON)
    return {"parallel_read_safe": True}
