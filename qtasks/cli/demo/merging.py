"""Merge what was measured of many files, in bounded memory. Pure of qtasks."""

import heapq
from collections import Counter
from typing import Any

TOP_FILES = 10
TOP_WORDS = 15
MOST_PROBLEMS = 10
MOST_DISTINCT_WORDS = 100_000


class Merger:
    """Sums up files one by one."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.files = 0
        self.bytes = 0
        self.lines = 0
        self.failed = 0
        self._words: Counter[str] = Counter()
        self._largest: list[tuple[int, str, dict[str, Any]]] = []
        self._problems: list[dict[str, str]] = []

    def add(self, path: str, measures: dict[str, Any]) -> None:
        """Take in a file that was measured."""
        self.files += 1
        self.bytes += measures["size"]
        self.lines += measures["lines"]
        self._words.update(measures["words"])
        if len(self._words) > MOST_DISTINCT_WORDS:
            self._words = Counter(
                dict(self._words.most_common(MOST_DISTINCT_WORDS // 2))
            )
        facts = {key: measures[key] for key in ("size", "lines", "sha256")}
        heapq.heappush(self._largest, (measures["size"], path, facts))
        if len(self._largest) > TOP_FILES:
            heapq.heappop(self._largest)

    def add_problem(self, path: str, why: str) -> None:
        """Take in a file that could not be measured."""
        self.failed += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append({"path": path, "why": why})

    def partial(self) -> dict[str, int]:
        """Say how far the sums are."""
        return {"files": self.files, "bytes": self.bytes, "failed": self.failed}

    def result(self) -> dict[str, Any]:
        """Say the sums, the largest files and the most frequent words."""
        largest = sorted(self._largest, key=lambda item: (-item[0], item[1]))
        return {
            "files": self.files,
            "bytes": self.bytes,
            "lines": self.lines,
            "failed": self.failed,
            "largest": [{"path": path, **facts} for _, path, facts in largest],
            "words": dict(self._words.most_common(TOP_WORDS)),
            "problems": self._problems,
        }
