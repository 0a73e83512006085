"""The matrix: cases by language and storage, after the tests."""

from typing import Any

MARKS = {"passed": "ok", "failed": "FAIL", "error": "FAIL", "skipped": "-"}

COLUMN = 11
"""Characters of a column."""

Place = tuple[str, str, str, str]
"""Role, case, language, storage."""


def write_matrix(reporter: Any) -> None:
    """Write what was played, if anything was."""
    marks = _marks(reporter.stats)
    if not marks:
        return
    columns = sorted({place[2:] for place in marks})
    rows = dict.fromkeys(place[:2] for place in marks)
    wide = max(len(name) for _, name in rows) + 4
    reporter.section("conformance")
    role = ""
    for row in sorted(rows, key=lambda row: row[0]):
        if row[0] != role:
            role = row[0]
            for line, heads in enumerate(zip(*columns, strict=True)):
                first = role if line == 0 else ""
                cells = (f"{head:<{COLUMN}}" for head in heads)
                reporter.write_line(f"{first:<{wide}}{''.join(cells)}".rstrip())
        cells = (f"{marks.get((*row, *column), ''):<{COLUMN}}" for column in columns)
        reporter.write_line(f"  {row[1]:<{wide - 2}}{''.join(cells)}".rstrip())


def _marks(stats: dict[str, list[Any]]) -> dict[Place, str]:
    return {
        place: mark
        for outcome, mark in MARKS.items()
        for report in stats.get(outcome, ())
        for name, place in getattr(report, "user_properties", ())
        if name == "conformance"
    }
