"""Activity: counts what goes through this broker, for the last minute.

It costs a few additions a task, and a bounded amount of memory however many names there
are. What is counted is forgotten with the broker; other brokers count for themselves.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from qtasks import v1
from qtasks.core.records import Lane, TaskRecord
from qtasks.engine.latencies import Buckets, add_all, bucket_of, shares

SLOT_SECONDS = 5.0
"""How much is counted together."""

LATENCY_SLOTS = 12
"""Slots that latencies look back on, and that are kept."""

RATE_SLOTS = 2
"""Whole slots that rates look back on, besides the one that is being filled."""

MAX_LANES = 500
"""Lanes counted apart in a slot; the rest of an app is counted together."""

MAX_NAMED = 100
"""Queues and names described in an answer."""

SHARES = (0.50, 0.95, 0.99)

FIRST_LEASE_SEQ = 2
"""The number of the event of a lease that nothing came before but the submit."""


@dataclass(slots=True)
class Counts:
    """What is counted of a lane in a slot."""

    submitted: int = 0
    started: int = 0
    ended: int = 0
    failed: int = 0
    waits: Buckets = field(default_factory=dict)
    runs: Buckets = field(default_factory=dict)


class AttemptEnd(NamedTuple):
    """The end of an attempt."""

    record: TaskRecord
    time: float
    """By the storage's clock."""
    failed: bool


@dataclass(slots=True)
class _Slot:
    number: int
    lanes: dict[Lane, Counts] = field(default_factory=dict)

    def of(self, lane: Lane) -> Counts:
        counts = self.lanes.get(lane)
        if counts is None:
            if len(self.lanes) >= MAX_LANES:
                lane = Lane(lane.app, "", "")
            counts = self.lanes.setdefault(lane, Counts())
        return counts


class Activity:
    """Counts what goes through this broker.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._slots: list[_Slot] = [_Slot(0)]
        self._full = self._began + SLOT_SECONDS
        """When the slot that is being filled has to make room for another."""

    # -- counting ---------------------------------------------------------------------

    def _now(self) -> _Slot:
        """The slot that is being filled."""
        now = self._clock()
        if now >= self._full:
            self._turn(now)
        return self._slots[-1]

    def _turn(self, now: float) -> None:
        number = int((now - self._began) / SLOT_SECONDS)
        kept = [slot for slot in self._slots if slot.number > number - LATENCY_SLOTS]
        self._slots = [*kept, _Slot(number)]
        self._full = self._began + (number + 1) * SLOT_SECONDS

    def submitted(self, lanes: Mapping[Lane, int]) -> None:
        """Count tasks that were stored: how many in each lane."""
        slot = self._now()
        for lane, count in lanes.items():
            slot.of(lane).submitted += count

    def leased(self, records: Iterable[TaskRecord]) -> None:
        """Count tasks that were given to a worker."""
        slot = self._now()
        known: Lane | None = None
        counts = Counts()
        for record in records:
            if record.lane != known:
                known = record.lane
                counts = slot.of(known)
            counts.started += 1
            if record.seq == FIRST_LEASE_SEQ:
                bucket = bucket_of(record.begun - record.created)
                counts.waits[bucket] = counts.waits.get(bucket, 0) + 1

    def settled(self, ends: Iterable[AttemptEnd]) -> None:
        """Count ends of attempts."""
        slot = self._now()
        known: Lane | None = None
        counts = Counts()
        for record, ended, failed in ends:
            if record.lane != known:
                known = record.lane
                counts = slot.of(known)
            counts.ended += 1
            counts.failed += failed
            bucket = bucket_of(ended - record.begun)
            counts.runs[bucket] = counts.runs.get(bucket, 0) + 1

    # -- telling ----------------------------------------------------------------------

    def of_app(self, app: str, *, details: bool) -> v1.Activity:
        """What went through of an app, by queue and task name if wanted."""
        self._now()
        age = self._clock() - self._began
        newest = self._slots[-1].number
        past = age - newest * SLOT_SECONDS
        rate_window = min(age, RATE_SLOTS * SLOT_SECONDS + past)
        latency_window = min(age, (LATENCY_SLOTS - 1) * SLOT_SECONDS + past)
        total = _Sum("")
        queues: dict[str, _Sum] = {}
        names: dict[str, _Sum] = {}
        for slot in self._slots:
            recent = slot.number >= newest - RATE_SLOTS
            for lane, counts in slot.lanes.items():
                if lane.app != app:
                    continue
                total.add(counts, recent=recent)
                if details:
                    for sums, name in ((queues, lane.queue), (names, lane.name)):
                        if name not in sums:
                            sums[name] = _Sum(name)
                        sums[name].add(counts, recent=recent)
        activity = v1.Activity(
            total=total.figures(rate_window),
            queues=_busiest(queues, rate_window),
            tasks=_busiest(names, rate_window),
        )
        activity.rate_window.FromMilliseconds(round(rate_window * 1000))
        activity.latency_window.FromMilliseconds(round(latency_window * 1000))
        return activity


class _Sum:
    """What was counted under one name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._recent = Counts()
        self._waits: Buckets = {}
        self._runs: Buckets = {}

    @property
    def weight(self) -> int:
        """How busy it is."""
        recent = self._recent
        return recent.submitted + recent.started + recent.ended

    def add(self, counts: Counts, *, recent: bool) -> None:
        """Add a slot, to the rates too if it is a recent one."""
        add_all(self._waits, counts.waits)
        add_all(self._runs, counts.runs)
        if recent:
            self._recent.submitted += counts.submitted
            self._recent.started += counts.started
            self._recent.ended += counts.ended
            self._recent.failed += counts.failed

    def figures(self, seconds: float) -> v1.ActivityFigures:
        """What is told of it."""
        per = 1 / max(seconds, 1.0)
        return v1.ActivityFigures(
            name=self.name,
            submitted_rate=self._recent.submitted * per,
            started_rate=self._recent.started * per,
            ended_rate=self._recent.ended * per,
            failed_rate=self._recent.failed * per,
            wait=_latency(self._waits),
            run=_latency(self._runs),
        )


def _busiest(sums: dict[str, _Sum], seconds: float) -> list[v1.ActivityFigures]:
    busy = sorted(sums.values(), key=lambda one: (-one.weight, one.name))
    return [one.figures(seconds) for one in busy[:MAX_NAMED]]


def _latency(buckets: Buckets) -> v1.Latency:
    latency = v1.Latency(count=sum(buckets.values()))
    if latency.count:
        lengths = shares(buckets, SHARES)
        for one, length in zip(
            (latency.p50, latency.p95, latency.p99), lengths, strict=True
        ):
            one.FromMicroseconds(round(length * 1e6))
    return latency
