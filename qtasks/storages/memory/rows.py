"""The two forms in which records are kept in memory."""

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import NamedTuple

from qtasks.core.records import ChunkEntry, HistoryEntry, Lane, TaskRecord
from qtasks.core.states import State


@dataclass(slots=True)
class Row(TaskRecord):
    """A record with what the tables note about it."""

    number: int = 0
    """Its place by age."""
    holder: str = ""
    """The session it is filed under."""
    timed: bool = False
    """Whether it is filed under its expiry."""
    chunks: list[ChunkEntry] = field(default_factory=list)


class Unstarted(NamedTuple):
    """A record that nothing has happened to: a queue holds a million of these.

    A tuple of what differs is a third of the whole record, and the garbage collector
    does not walk it.
    """

    number: int
    id: str
    lane: Lane
    spec: bytes
    state: State
    priority: int
    order: int
    created: float
    due: float
    expires: float
    keep: float
    max_losses: int
    key: str
    group: str

    def row(self) -> Row:
        """The whole record."""
        return Row(
            number=self.number,
            id=self.id,
            lane=self.lane,
            spec=self.spec,
            state=self.state,
            priority=self.priority,
            order=self.order,
            seq=1,
            created=self.created,
            due=self.due,
            expires=self.expires,
            keep=self.keep,
            max_losses=self.max_losses,
            key=self.key,
            group=self.group,
            held=self.state is State.SCHEDULED and not self.due,
            timed=self.expires > 0.0,
            history=[HistoryEntry(1, self.created, self.state, 0)],
        )


_FIELDS = attrgetter(*(each.name for each in fields(TaskRecord)))


def row(record: TaskRecord, number: int) -> Row:
    """A row for a new record."""
    made = Row(*_FIELDS(record))
    made.number = number
    return made


def as_row(record: TaskRecord) -> Row:
    """The row that a loaded record is."""
    if not isinstance(record, Row):
        raise TypeError("only loaded records can be saved")
    return record


def unstarted(record: TaskRecord, number: int) -> Unstarted:
    """The short form of a new record."""
    return Unstarted(
        number,
        record.id,
        record.lane,
        record.spec,
        record.state,
        record.priority,
        record.order,
        record.created,
        record.due,
        record.expires,
        record.keep,
        record.max_losses,
        record.key,
        record.group,
    )


def copied(record: TaskRecord) -> TaskRecord:
    """A plain record that changes no more."""
    copy = TaskRecord(*_FIELDS(record))
    copy.history = record.history.copy()
    copy.asks = record.asks.copy()
    return copy
