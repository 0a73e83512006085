"""Find the files of a folder, and measure one in bounded memory. Pure of qtasks."""

import codecs
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "venv"})
"""Folders that hold what tools wrote; so do those whose name begins with a dot."""

CHUNK_BYTES = 256 * 1024
SNIFFED_BYTES = 8 * 1024
WORDS_FROM_BYTES = 16 * 1024 * 1024
"""Words are counted in the first part of a file only: they cost a hundred times what
its hash costs."""

LINK = "symbolic link"

TOP_WORDS = 25
MOST_DISTINCT_WORDS = 50_000
LONGEST_WORD = 40

_WORD = re.compile(rf"[^\W\d_]{{4,{LONGEST_WORD}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is no readable file, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Measures:
    """What is told of a file."""

    size: int
    lines: int
    sha256: str
    text: bool
    """False: it has zero bytes at its beginning, so its words mean nothing."""
    words: dict[str, int]
    """The most frequent ones."""


class FileTooLargeError(OSError):
    """The file is larger than was asked to read."""


def walk(folder: Path, *, everything: bool = False) -> Iterator[Found | Skipped]:
    """Find what is in a folder, in a settled order.

    Symbolic links are told and not followed, so that loops can't be.

    Args:
        folder: Where to begin.
        everything: Look into folders of tools and hidden folders too.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(here, reason(error))
            continue
        deeper = []
        for entry in listed:
            path = Path(entry.path)
            try:
                what = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield Skipped(path, reason(error))
                continue
            if stat.S_ISDIR(what.st_mode):
                if everything or not _is_tools(entry.name):
                    deeper.append(path)
            elif stat.S_ISREG(what.st_mode):
                yield Found(path, what.st_size)
            else:
                yield Skipped(path, _kind(what.st_mode))
        waiting += reversed(deeper)


def measure(path: Path, *, max_bytes: int) -> Measures:
    """Measure a file, a chunk at a time.

    Args:
        path: The file.
        max_bytes: Read no more.

    Raises:
        FileTooLargeError: It has more than that.
        OSError: It can't be read, or is no regular file any more.
    """
    with _open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > max_bytes:
            raise FileTooLargeError(f"larger than {max_bytes} bytes")
        digest, words = hashlib.sha256(), _Words()
        size = lines = 0
        text, last = True, b"\n"
        while chunk := file.read(CHUNK_BYTES):
            if size == 0:
                text = b"\0" not in chunk[:SNIFFED_BYTES]
            size += len(chunk)
            if size > max_bytes:
                raise FileTooLargeError(f"grows beyond {max_bytes} bytes")
            digest.update(chunk)
            if text:
                lines += chunk.count(b"\n")
                if size <= WORDS_FROM_BYTES:
                    words.feed(chunk)
            last = chunk[-1:]
        if text and last != b"\n":
            lines += 1
        return Measures(size, lines, digest.hexdigest(), text, words.top())


def reason(error: OSError) -> str:
    """Say in a few words why the system refused."""
    return (error.strerror or str(error) or type(error).__name__).lower()


class _Words:
    """Counts words in text that comes in pieces, in bounded memory."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._counts: Counter[str] = Counter()
        self._begun = ""

    def feed(self, chunk: bytes) -> None:
        text = self._begun + self._decode(chunk)
        end = len(text)
        while end and len(text) - end < LONGEST_WORD and text[end - 1].isalpha():
            end -= 1
        self._begun = text[end:]
        self._count(text[:end])

    def top(self) -> dict[str, int]:
        self._count(self._begun + self._decode(b"", final=True))
        self._begun = ""
        return dict(self._counts.most_common(TOP_WORDS))

    def _count(self, text: str) -> None:
        self._counts.update(_WORD.findall(text.lower()))
        if len(self._counts) > MOST_DISTINCT_WORDS:
            self._counts = Counter(
                dict(self._counts.most_common(MOST_DISTINCT_WORDS // 2))
            )


def _open_regular(path: Path) -> BinaryIO:
    """Open a file that may have become something else since it was found.

    Opening a pipe would wait for its other end, and a device may never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    file = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode):
        file.close()
        raise OSError(f"is a {_kind(mode)} now")
    return file


def _is_tools(name: str) -> bool:
    return name.startswith(".") or name in SKIPPED_FOLDERS


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: LINK,
        stat.S_IFSOCK: "socket",
        stat.S_IFIFO: "pipe",
        stat.S_IFBLK: "device",
        stat.S_IFCHR: "device",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")
