"""The lock: what stays as it is from export to export, in a file that is checked in.

It has the numbers of fields, which are only ever added to, and the signatures of the
tasks as they were exported last, by which breaking changes are seen.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from qtasks.errors import ExportRefused, InvalidJson
from qtasks.export.folder import NOTICE
from qtasks.export.signatures import Signature
from qtasks.typed.numbering import Allocation


@dataclass
class Lock:
    """What stays as it is from export to export."""

    app: str
    allocation: Allocation = field(default_factory=Allocation)
    """The names and numbers that were given."""
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    """Those of the last export, by task."""

    def encode(self) -> str:
        """As JSON, a line for each thing, so that differences are read and merged."""
        value = json.loads(self.allocation.encode()) | {
            "$comment": f"{NOTICE} Check it in: it keeps the numbers of fields.",
            "app": self.app,
            "tasks": self.signatures,
        }
        return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def decode(cls, text: str, path: str) -> Self:
        """What was encoded.

        Raises:
            ExportRefused: the text is no lock.
        """
        try:
            value = json.loads(text)
            return cls(
                app=_expect(value["app"], str),
                allocation=Allocation.decode(text),
                signatures=_expect(value["tasks"], dict),
            )
        except (InvalidJson, ValueError, KeyError, TypeError) as error:
            raise ExportRefused(
                f"{path} is no lock of an export; take the version that was checked in "
                f"last ({error})",
                file=path,
            ) from error


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value
