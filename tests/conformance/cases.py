"""The cases, as the files in `cases` have them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from tests.conformance.languages import HERE, languages

CROSSING = "crossing"
STORAGES = ("redis", "sqlite")
APART = frozenset({"start", "cut", "restart"})
"""What a step does that others must not notice."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case: what it proves, and its steps."""

    name: str
    proves: str
    role: str
    """What of a language is under test: `client`, `worker`; `crossing`: its client with
    the workers of others; `wire`: none."""
    steps: tuple[dict[str, Any], ...]
    broker: dict[str, Any] = field(default_factory=dict)
    """Settings of its broker that differ from the usual ones."""

    apart: bool = False
    """Whether it has drivers and an app of its own."""

    worker: str = ""
    """With `crossing`: the language of the worker."""

    storages: tuple[str, ...] = STORAGES
    """Where it is played."""

    @property
    def part(self) -> str:
        """The role a language must have."""
        return "client" if self.role == CROSSING else self.role

    @property
    def restarts(self) -> bool:
        """Whether it needs a broker of its own."""
        return any("restart" in step for step in self.steps)


@cache
def cases() -> tuple[Case, ...]:
    """All cases, in the order of their files."""
    found = tuple(
        case
        for path in sorted((HERE / "cases").glob("*.toml"))
        for group in [tomllib.loads(path.read_text(encoding="utf-8"))]
        for row in group.pop("case")
        for case in _cases({**group, **row})
    )
    names = [(case.role, case.name) for case in found]
    assert len(names) == len(set(names)), "two cases have the same name"
    return found


def _cases(row: dict[str, Any]) -> Iterator[Case]:
    steps = tuple(row["steps"])
    apart = any(APART & step.keys() for step in steps)
    case = Case(**{"apart": apart, **row, "steps": steps})
    if case.role != CROSSING:
        yield case
        return
    for worker in languages().values():
        if "worker" in worker.roles:
            name = f"{case.name}-to-{worker.name}"
            yield replace(case, name=name, worker=worker.name)
