"""The cases, as the files in `cases` have them."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.conformance.languages import HERE

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

    @property
    def apart(self) -> bool:
        """Whether it has processes and an app of its own."""
        return any(APART & step.keys() for step in self.steps)

    @property
    def restarts(self) -> bool:
        """Whether it needs a broker of its own."""
        return any("restart" in step for step in self.steps)


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of their files."""
    found = tuple(
        Case(**{"role": group["role"], **row, "steps": tuple(row["steps"])})
        for path in sorted((HERE / "cases").glob("*.toml"))
        for group in [tomllib.loads(path.read_text(encoding="utf-8"))]
        for row in group["case"]
    )
    names = [(case.role, case.name) for case in found]
    assert len(names) == len(set(names)), "two cases have the same name"
    return found
