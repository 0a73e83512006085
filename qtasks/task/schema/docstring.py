"""Docstrings: what they say of parameters, in Google's style or in Sphinx's."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

_SECTION: Final = re.compile(r"^(?:Args|Arguments|Parameters):\s*$")
_GOOGLE: Final = re.compile(
    r"^(?P<indent>\s+)\*{0,2}(?P<name>\w+)(?:\s*\([^)]*\))?:(?P<text>.*)$"
)
_SPHINX: Final = re.compile(r"^:param\s+(?:\S+\s+)??\*{0,2}(?P<name>\w+):(?P<text>.*)$")


def parameter_notes(func: Callable[..., Any]) -> dict[str, str]:
    """What the docstring of a function says of its parameters, by name."""
    lines = (inspect.getdoc(inspect.unwrap(func)) or "").splitlines()
    found: dict[str, list[str]] = {}
    for name, text in (*_google(lines), *_sphinx(lines)):
        found.setdefault(name, []).append(text.strip())
    return {name: " ".join(filter(None, texts)) for name, texts in found.items()}


def _google(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The lines of the section `Args:`, each with the parameter that it is about."""
    inside = False
    indent = name = ""
    for line in lines:
        if line and not line[0].isspace():
            inside = bool(_SECTION.match(line))
            indent = name = ""
        elif inside:
            entry = _GOOGLE.match(line)
            if entry and len(entry["indent"]) <= len(indent or entry["indent"]):
                indent, name = entry["indent"], entry["name"]
                yield name, entry["text"]
            elif name:
                yield name, line


def _sphinx(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The same of fields like `:param name: text`."""
    name = ""
    for line in lines:
        if entry := _SPHINX.match(line):
            name = entry["name"]
            yield name, entry["text"]
        elif line[:1].isspace() and name:
            yield name, line
        else:
            name = ""
