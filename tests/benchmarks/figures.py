"""Figures: what was measured, how often, in which unit, and what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Goal:
    """What a figure should reach: at least that much, or at most."""

    value: float
    at_most: bool = False

    def reached(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value <= self.value if self.at_most else value >= self.value


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, a value for each repeat.

    Names are stable: whoever compares runs finds a figure by its case, name
    and part.
    """

    case: str
    name: str
    unit: str
    values: Sequence[float]
    goal: Goal | None = None
    part: str = ""
    """Of a cost: whose, or which."""

    @property
    def value(self) -> float:
        """The median of the repeats."""
        return median(self.values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of them do not exceed."""
    ordered = sorted(values)
    place = min(len(ordered) - 1, int(len(ordered) * percent / 100))
    return ordered[place]
