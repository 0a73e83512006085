"""What is seen of a run: counts, times, and the report made of them."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qtasks import v1
from qtasks.cli.demo.files import LINK, Found, Skipped
from qtasks.cli.demo.paths import path_of, shown
from qtasks.cli.facts import instant

MOST_SKIPPED = 10


@dataclass
class Seen:
    """What is seen of a run; lengths are seconds."""

    folder: Path
    files: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    """The first of them; links are no surprise and only counted."""
    skipped_by_why: Counter[str] = field(default_factory=Counter)
    cut: bool = False
    """There were more files than were to be looked at."""
    submit_seconds: float = 0.0
    """How long the broker took to store the tasks."""
    submitted: int = 0
    first_submit: float = 0.0
    last_end: float = 0.0
    sent: dict[str, float] = field(default_factory=dict)
    """When each task that has not ended was submitted."""
    latencies: list[float] = field(default_factory=list)
    """From the submit to its end being seen here, per task."""
    waits: list[float] = field(default_factory=list)
    """From stored to given to a worker, by the broker's clock."""
    runs: list[float] = field(default_factory=list)
    """From given to a worker to ended, by the broker's clock."""
    by_worker: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    merged: dict[str, Any] = field(default_factory=dict)
    """What the merge told last."""

    @property
    def ended(self) -> int:
        """How many files' tasks have ended."""
        return len(self.latencies)

    def see_found(self, found: Found | Skipped, *, limit: int) -> None:
        """Take in what the walk found, and no more than so many files of it."""
        if isinstance(found, Found):
            if len(self.files) < limit:
                self.files.append(found)
            else:
                self.cut = True
            return
        self.skipped_by_why[found.why] += 1
        if found.why != LINK and len(self.skipped) < MOST_SKIPPED:
            self.skipped.append(found)

    def see_end(self, status: v1.TaskStatus, now: float) -> None:
        """Take in the end of a file's task."""
        self.last_end = now
        self.latencies.append(now - self.sent.pop(status.id))
        created, started = instant(status.create_time), instant(status.start_time)
        finished = instant(status.finish_time)
        if created and started and finished:
            self.waits.append((started - created).total_seconds())
            self.runs.append((finished - started).total_seconds())
        self.by_worker[status.worker_id] += 1
        self.failed += status.state != v1.TASK_STATE_SUCCESS

    def report(self) -> dict[str, Any]:
        """Say everything that a person or a program wants to know of the run."""
        span = max(self.last_end - self.first_submit, 1e-9)
        merged = self.merged
        return {
            "folder": shown(self.folder, Path()),
            "files": len(self.files),
            "measured": merged.get("files", 0),
            "bytes": merged.get("bytes", 0),
            "lines": merged.get("lines", 0),
            "largest": [self._relative(file) for file in merged.get("largest", ())],
            "words": merged.get("words", {}),
            "failed": self.failed,
            "skipped": dict(self.skipped_by_why.most_common()),
            "more_files": self.cut,
            "problems": self._problems(),
            "workers": dict(sorted(self.by_worker.items())),
            "seconds": round(span, 6) if self.files else 0.0,
            "submits_per_second": _rate(self.submitted, self.submit_seconds),
            "tasks_per_second": _rate(self.ended, span),
            "submit_to_done_seconds": _shares(self.latencies),
            "wait_seconds": _shares(self.waits),
            "run_seconds": _shares(self.runs),
        }

    def _relative(self, file: dict[str, Any]) -> dict[str, Any]:
        return {**file, "path": shown(path_of(file["path"]), self.folder)}

    def _problems(self) -> list[dict[str, str]]:
        failed = [
            {"path": shown(path_of(one["path"]), self.folder), "why": one["why"]}
            for one in self.merged.get("problems", ())
        ]
        skipped = [
            {"path": shown(one.path, self.folder), "why": one.why}
            for one in self.skipped
        ]
        return failed + skipped


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 1) if count and seconds > 0 else 0.0


def _shares(lengths: list[float]) -> dict[str, float]:
    """Say what half, and all but a twentieth, of the lengths stay within."""
    ordered = sorted(lengths)
    return {
        name: round(ordered[int(share * (len(ordered) - 1))], 6) if ordered else 0.0
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
