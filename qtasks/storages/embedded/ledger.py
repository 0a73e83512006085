"""A ledger: tables with the bookkeeping that every operation needs."""

from collections.abc import Callable

from qtasks.core.records import Change, ChunkEntry, TaskRecord
from qtasks.core.states import State
from qtasks.core.waiting import SUBMIT_GRACE, Follower, first_cursor
from qtasks.storages.embedded.tables import Tables
from qtasks.storages.embedded.tally import Tally


class Ledger:
    """What operations work on: records in, records out, nothing forgotten on the way.

    Between `start` and `finish` one operation runs. It sees one moment, and what it
    changed is known afterwards.
    """

    def __init__(
        self, tables: Tables, clock: Callable[[], float], keep_events: int
    ) -> None:
        self.tables = tables
        self.tally = Tally(tables.figures())
        self.now = 0.0
        self._clock = clock
        self._keep_events = keep_events
        self._order = self._order_kept = tables.last_order()
        self._touched: dict[str, bool] = {}
        self._unseen: list[str] = []
        self._turned = False

    def start(self) -> None:
        """Begin an operation."""
        self.now = self._clock()

    def finish(self) -> tuple[dict[str, bool], list[str], bool]:
        """End an operation.

        Returns:
            The tasks that have new events, with whether they ended; those among them
            of which the operation's result does not speak; and whether the turn of
            held tasks has come.
        """
        for figures in self.tally.take_changed():
            self.tables.keep_figures(figures)
        if self._order != self._order_kept:
            self.tables.keep_order(self._order)
            self._order_kept = self._order
        touched, self._touched = self._touched, {}
        unseen, self._unseen = self._unseen, []
        turned, self._turned = self._turned, False
        return touched, unseen, turned

    def abandon(self) -> None:
        """Forget an operation whose effect on the tables was undone."""
        self.tally = Tally(self.tables.figures())
        self._order_kept = 0  # so that it is kept again: places are never reused
        self._touched.clear()
        self._unseen.clear()
        self._turned = False

    def next_order(self) -> int:
        """A place behind every task that is or was ready."""
        self._order += 1
        return self._order

    def add(self, record: TaskRecord) -> None:
        """Keep a new record."""
        self.tables.add(record)
        self.tally.move(record.lane, None, record.state)
        self._touched[record.id] = record.state.ended
        if record.held and not record.state.ended:
            self.tables.add_pending(_first_turn(record), self.now + SUBMIT_GRACE)

    def save(
        self, record: TaskRecord, was: State, entry: ChunkEntry | None = None
    ) -> Change:
        """Keep a changed record, and the event that came with the change."""
        if entry is not None:
            self.tables.add_chunk(record.id, entry)
            if record.seq > self._keep_events:
                self.tables.trim(record.id, record.seq - self._keep_events)
        self.tables.save(record, was)
        self.tally.move(record.lane, was, record.state)
        ended = self._touched[record.id] = record.state.ended
        if ended and was is not record.state:
            self._turned |= self.tables.turn(record.id, self.now)
        elif record.held and was.ended:
            self.tables.add_pending(_first_turn(record), self.now)
            self._turned = True
        return Change(record.id, record.lane, record.state, record.seq)

    def drop(self, record: TaskRecord) -> None:
        """Forget a record."""
        self.tables.drop(record)
        self.tally.move(record.lane, record.state, None)
        self._touched[record.id] = True
        self._turned |= self.tables.turn(record.id, self.now)

    def count_end(self, record: TaskRecord) -> None:
        """Add a task that just ended to its queue's totals."""
        figures = self.tally.queue(record.lane.app, record.lane.queue)
        if record.state is State.SUCCESS:
            figures.success += 1
        elif record.state is State.ERROR:
            figures.error += 1
        else:
            figures.cancel += 1

    def speak_up(self, task_id: str) -> None:
        """Tell watchers of the caller too: its result does not name the task."""
        self._unseen.append(task_id)


def _first_turn(record: TaskRecord) -> Follower:
    return Follower(record.id, first_cursor(record.seq))
