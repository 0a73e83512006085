"""The cases, as the files in `cases` have them."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.conformance.languages import HERE

STORAGES = ("redis", "sqlite")
APART = frozenset({"start", "cut", "restart"})
"""What a step does that others must not notice."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case: what it proves, and its steps."""

    name: str
    proves: str
    role: str
    """`client` or `worker`: what of a language is under test."""
    steps: tuple[dict[str, Any], ...]
    broker: dict[str, Any] = field(default_factory=dict)
    """Settings of its broker that differ from the usual ones."""

    apart: bool = False
    """Whether it has drivers and an app of its own."""

    storages: tuple[str, ...] = STORAGES
    """Where it is played."""

    @property
    def restarts(self) -> bool:
        """Whether it needs a broker of its own."""
        return any("restart" in step for step in self.steps)


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of their files."""
    found = tuple(
        _case(group["role"], row)
        for path in sorted((HERE / "cases").glob("*.toml"))
        for group in [tomllib.loads(path.read_text(encoding="utf-8"))]
        for row in group["case"]
    )
    names = [(case.role, case.name) for case in found]
    assert len(names) == len(set(names)), "two cases have the same name"
    return found


def _case(role: str, row: dict[str, Any]) -> Case:
    steps = tuple(row["steps"])
    apart = any(APART & step.keys() for step in steps)
    return Case(**{"role": role, "apart": apart, **row, "steps": steps})
