"""The folder: where exported files go, and what must not be overwritten there."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qtasks.errors import ExportRefused

MARK: Final = "by `qtasks export`"
"""What every exported file says at its beginning."""
NOTICE: Final = f"Written {MARK}; do not edit."
_BEGINNING: Final = 400
"""Characters among which the mark is."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be written."""

    path: str
    """In the folder, with `/` between its parts."""
    text: str


class Folder:
    """Where exported files go.

    Args:
        path: The folder; made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, path: str) -> str | None:
        """A file that was exported before; `None` when there is none.

        Raises:
            ExportRefused: it can't be read, or was written by somebody else.
        """
        place = self._path / path
        try:
            text = place.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(place, "read", error) from error
        except UnicodeDecodeError:
            text = ""
        if MARK not in text[:_BEGINNING]:
            raise ExportRefused(
                f"{place} was not written by `qtasks export`: move it away, or export "
                "to another folder",
                file=str(place),
            )
        return text

    def stale(self, files: Sequence[File]) -> list[File]:
        """Those that are not there, or differ.

        Raises:
            ExportRefused: what is there can't be read, or was written by somebody else.
        """
        return [one for one in files if self.read(one.path) != one.text]

    def write(self, files: Sequence[File]) -> None:
        """Write files, each whole or not at all.

        Raises:
            ExportRefused: one can't be written.
        """
        for one in files:
            place = self._path / one.path
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                _replace(place, one.text)
            except OSError as error:
                raise _refused(place, "written", error) from error


def _replace(place: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=place.parent, delete=False
    ) as beside:
        beside.write(text)
    new = Path(beside.name)
    try:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        new.replace(place)
    except OSError:
        new.unlink()
        raise


def _refused(place: Path, what: str, error: OSError) -> ExportRefused:
    return ExportRefused(
        f"{place} can't be {what}: {error.strerror or error}", file=str(place)
    )
