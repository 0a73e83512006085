"""What a case says, filled in and held against what came.

In what is sent, `${name}` stands for a known value and `${x*1000}` for a thousand `x`. In
what is expected:

    "${name}"    what is known under the name; the first time, whatever came is kept
    "*"          anything
    "~pattern"   a text in which the regular expression is found
    a table      these keys, and any others
    a list       as many items, each as expected
    a number     also as text, as JSON has those of 64 bits; or so many different items
    false, 0, "" also nothing at all, as JSON leaves out what is not set

A text under `json`, `result` or `value` is JSON, and compared as what it stands for.
"""

import json
import re
from typing import Any

Known = dict[str, Any]

JSON_KEYS = {"json", "result", "value"}
WHOLE = re.compile(r"\$\{(\w+)\}")
PART = re.compile(r"\$\{(?:(\w+)|(.{1,8})\*(\d+))\}")
SHOWN = 300


def filled(value: Any, known: Known) -> Any:
    """A value with what is known put in."""
    if isinstance(value, dict):
        return {key: filled(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, known) for one in value]
    if not isinstance(value, str):
        return value
    if whole := WHOLE.fullmatch(value):
        return known[whole[1]]
    return PART.sub(
        lambda part: str(known[part[1]]) if part[1] else part[2] * int(part[3]), value
    )


def match(expected: Any, actual: Any, known: Known, where: str = "") -> None:
    """Fail if it is not what is expected; keep what is to be known from now on."""
    if isinstance(expected, dict):
        _match_table(expected, actual, known, where)
    elif isinstance(expected, list):
        found = actual or []
        assert isinstance(found, list), _told(where, expected, actual)
        assert len(found) == len(expected), _told(where, expected, actual)
        for place, one in enumerate(expected):
            match(one, found[place], known, f"{where}[{place}]")
    else:
        _match_value(expected, actual, known, where)


def fits(expected: Any, actual: Any, known: Known) -> bool:
    """Whether it is what is expected; then what is to be known is kept."""
    kept = dict(known)
    try:
        match(expected, actual, kept)
    except AssertionError:
        return False
    known.update(kept)
    return True


def _match_table(
    expected: dict[str, Any], actual: Any, known: Known, where: str
) -> None:
    assert isinstance(actual, dict), _told(where, expected, actual)
    for key, one in expected.items():
        found = actual.get(key)
        below = f"{where}.{key}"
        if key in JSON_KEYS and isinstance(one, str) and isinstance(found, str):
            wanted = json.loads(filled(one, known))
            assert same(wanted, json.loads(found)), _told(below, wanted, found)
        else:
            match(one, found, known, below)


def _match_value(expected: Any, actual: Any, known: Known, where: str) -> None:
    if isinstance(expected, str):
        whole = WHOLE.fullmatch(expected)
        if whole and whole[1] not in known:
            known[whole[1]] = actual
            expected = "*"
        expected = filled(expected, known)
    if expected == "*":
        right = actual is not None
    elif isinstance(expected, str) and expected.startswith("~"):
        right = isinstance(actual, str) and bool(re.search(expected[1:], actual))
    elif isinstance(expected, int) and isinstance(actual, list):
        right = expected == len(set(actual)) == len(actual)
    elif isinstance(expected, int | float) and isinstance(actual, str):
        right = str(expected) == actual
    else:
        right = same(expected, actual) or (not expected and actual is None)
    assert right, _told(where, expected, actual)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: true is not 1, and 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key]) for key in one
        )
    return bool(one == other)


def _told(where: str, expected: Any, actual: Any) -> str:
    return (
        f"{where.lstrip('.') or 'it'} should be {_shown(expected)} "
        f"and is {_shown(actual)}"
    )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
