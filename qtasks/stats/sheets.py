"""Sheets: facts under labels, written as aligned lines or as JSON."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Sheet = dict[str, Any]
"""Facts of one thing, by label, in the order they are shown."""

LABEL_WIDTH = 26
RULE = "-" * 50
NOTHING = "—"


def as_json(what: Sheet | list[Sheet]) -> str:
    """Write one sheet or several as JSON; what JSON has no form for becomes text."""
    return json.dumps(what, ensure_ascii=False, indent=2, default=str)


def as_text(sheets: Iterable[Sheet]) -> str:
    """Write sheets for people, each with a rule below it."""
    return "\n".join(line for sheet in sheets for line in (*_lines(sheet), RULE))


def _lines(sheet: Sheet) -> Iterable[str]:
    for label, value in sheet.items():
        if isinstance(value, Mapping):
            yield f"{label:<{LABEL_WIDTH}}:"
            yield from (f"* {key}: {one}" for key, one in value.items())
        else:
            yield f"{label:<{LABEL_WIDTH}}: {_shown(value)}"


def _shown(value: Any) -> str:
    if value is None or value in ("", [], ()):
        return NOTHING
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return str(value)
