"""File names as they travel and as they are shown: names are bytes, JSON is text."""

import contextlib
import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

_PLAIN = "/ !#$&'()+,-.:;=@[]^_`{}~"
"""What stands for itself besides letters and digits, so that people can read it."""


def travelling(path: Path) -> str:
    """Write a path as text that any JSON can carry."""
    return quote_from_bytes(os.fsencode(path), safe=_PLAIN)


def path_of(text: str) -> Path:
    """Read what `travelling` wrote."""
    return Path(os.fsdecode(unquote_to_bytes(text)))


def shown(path: Path, folder: Path) -> str:
    """Write a path for a person: from the folder on, odd bytes as escapes."""
    with contextlib.suppress(ValueError):
        path = path.relative_to(folder)
    return os.fsencode(path).decode("utf-8", "backslashreplace")
