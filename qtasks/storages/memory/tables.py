"""Rows in dictionaries, found through heaps."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from heapq import heapify, heappop, heapreplace
from itertools import islice
from math import inf
from operator import attrgetter
from typing import TypeVar

from qtasks.core import lifecycle
from qtasks.core.records import (
    ChunkEntry,
    Lane,
    QueueFigures,
    Session,
    TaskRecord,
)
from qtasks.core.states import State
from qtasks.core.waiting import Follower, Following
from qtasks.storages.embedded import Sketch, Tables
from qtasks.storages.memory.orders import Agenda, Shelf
from qtasks.storages.memory.rows import Row, Unstarted, as_row, copied, row, unstarted

_LANES_KNOWN = 10_000
"""Equal lanes are kept as one object; this many are remembered for that."""

K = TypeVar("K")
E = TypeVar("E", bound=tuple[object, ...])

Place = tuple[int, int, str]
Moment = tuple[float, str]
Turn = tuple[float, Follower]


class MemoryTables(Tables):
    """Everything in this process."""

    def __init__(self) -> None:
        self._rows: dict[str, Row | Unstarted] = {}
        self._number = 0
        self._lanes: dict[Lane, Lane] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._shelves: defaultdict[tuple[str, str], Shelf] = defaultdict(Shelf)
        self._ready: dict[Lane, Agenda[Place]] = {}
        self._due: dict[tuple[str, str], Agenda[Moment]] = {}
        self._expiring = Agenda[Moment](self._will_expire)
        self._ended = Agenda[Moment](self._has_ended)
        self._held: dict[str, dict[str, None]] = {}
        self._followers: dict[str, dict[Follower, None]] = {}
        self._pending: dict[Follower, float] = {}
        self._pending_since = Agenda[Turn](self._is_pending)
        self._sessions: dict[str, Session] = {}
        self._spaces: defaultdict[str, dict[str, bytes]] = defaultdict(dict)

    # -- records ----------------------------------------------------------------

    def load(self, task_id: str, *, spec: bool = False) -> Row | None:  # noqa: ARG002
        """The living row: always whole."""
        kept = self._rows.get(task_id)
        return kept.row() if isinstance(kept, Unstarted) else kept

    def detach(self, record: TaskRecord) -> TaskRecord:
        """A copy."""
        return copied(record)

    def add(self, record: TaskRecord) -> None:
        """Keep a new record, in its short form if that says all of it."""
        self._number += 1
        record.lane = self._known(record.lane)
        if record.state.ended:
            kept: Row | Unstarted = row(record, self._number)
        else:
            kept = unstarted(record, self._number)
        self._rows[record.id] = kept
        if record.key:
            self._keys[record.lane.app, record.key] = record.id
        for group in {"", record.group}:
            self._shelves[record.lane.app, group].put(self._number, record.id)
        if lifecycle.can_expire(record):
            self._expiring.push((record.expires, record.id))
        self._file(record)

    def save(self, record: TaskRecord, was: State) -> None:
        """Keep the row, and file it anew if it moved."""
        changed = as_row(record)
        self._rows[record.id] = changed
        if changed.state is was and was is State.PROCESS:
            return
        self._take_out(changed, was)
        if changed.state is State.PROCESS:
            changed.holder = changed.session
        self._file(changed)
        timed = lifecycle.can_expire(changed)
        if timed and not changed.timed:
            self._expiring.push((changed.expires, changed.id))
        elif changed.timed and not timed:
            self._expiring.bury()
        changed.timed = timed

    def drop(self, record: TaskRecord) -> None:
        """Forget the row."""
        gone = as_row(record)
        del self._rows[gone.id]
        self._take_out(gone, gone.state)
        if gone.timed:
            self._expiring.bury()
        app = gone.lane.app
        if gone.key:
            del self._keys[app, gone.key]
        for group in {"", gone.group}:
            shelf = self._shelves[app, group]
            shelf.remove(gone.number)
            if not shelf:
                del self._shelves[app, group]

    def keyed(self, app: str, key: str) -> str | None:
        """The id of the task with an idempotency key."""
        return self._keys.get((app, key))

    def last_order(self) -> int:
        """Nothing is older than this object."""
        return 0

    def keep_order(self, order: int) -> None:
        """The ledger's count lives as long as this object."""

    def _known(self, lane: Lane) -> Lane:
        if len(self._lanes) >= _LANES_KNOWN:
            self._lanes.clear()
        return self._lanes.setdefault(lane, lane)

    # -- filing -----------------------------------------------------------------

    def _file(self, record: TaskRecord) -> None:
        lane, state = record.lane, record.state
        if state is State.NEW:
            places = self._ready.get(lane)
            if places is None:
                places = self._ready[lane] = Agenda(self._is_ready)
            places.push((record.priority, record.order, record.id))
        elif state is State.PROCESS:
            self._held.setdefault(record.session, {})[record.id] = None
        elif state.ended:
            self._ended.push((record.ended + record.keep, record.id))
        else:
            queue = (lane.app, lane.queue)
            moments = self._due.get(queue)
            if moments is None:
                moments = self._due[queue] = Agenda(self._is_delayed)
            moments.push((_moment(record), record.id))

    def _take_out(self, record: Row, was: State) -> None:
        lane = record.lane
        if was is State.NEW:
            _bury(self._ready, lane)
        elif was is State.PROCESS:
            held = self._held[record.holder]
            del held[record.id]
            if not held:
                del self._held[record.holder]
            record.holder = ""
        elif was.ended:
            self._ended.bury()
        else:
            _bury(self._due, (lane.app, lane.queue))

    def _is_ready(self, place: Place) -> bool:
        kept = self._rows.get(place[2])
        return kept is not None and kept.state is State.NEW and kept.order == place[1]

    def _is_delayed(self, moment: Moment) -> bool:
        kept = self._rows.get(moment[1])
        return (
            kept is not None
            and kept.state in (State.SCHEDULED, State.RETRY)
            and _moment(kept) == moment[0]
        )

    def _will_expire(self, moment: Moment) -> bool:
        kept = self._rows.get(moment[1])
        if isinstance(kept, Unstarted):
            return kept.expires == moment[0]
        return kept is not None and kept.timed and kept.expires == moment[0]

    def _has_ended(self, moment: Moment) -> bool:
        kept = self._rows.get(moment[1])
        return (
            isinstance(kept, Row)
            and kept.state.ended
            and kept.ended + kept.keep == moment[0]
        )

    # -- finding ----------------------------------------------------------------

    def ready(self, lanes: Iterable[Lane]) -> Iterator[str]:
        """Ids of NEW tasks, by priority and then order, over all these lanes."""
        heads = []
        for lane in lanes:
            head = self._ready[lane].first()
            if head is not None:
                heads.append((head, lane))
        heapify(heads)
        while heads:
            place, lane = heads[0]
            yield place[2]
            places = self._ready.get(lane)
            head = places.first() if places is not None else None
            if head is None:
                heappop(heads)
            else:
                heapreplace(heads, (head, lane))

    def before(self, lane: Lane, priority: int, order: int, limit: int) -> int:
        """How many NEW tasks of a lane come before a place."""
        return self._ready[lane].before((priority, order, ""), limit)

    def due(self, now: float, limit: int) -> list[str]:
        """Ids of tasks that are due, earliest first."""
        found = [
            moment
            for moments in self._due.values()
            for moment in moments.until(now, limit)
        ]
        return [task_id for _, task_id in sorted(found)[:limit]]

    def next_due(self) -> float | None:
        """When the next one is due."""
        firsts = [moments.first() for moments in self._due.values()]
        earliest = min((first[0] for first in firsts if first), default=inf)
        return earliest if earliest < inf else None

    def expired(self, now: float, limit: int) -> list[str]:
        """Ids of waiting tasks past their expiry."""
        return [task_id for _, task_id in self._expiring.until(now, limit)]

    def outlived(self, now: float, limit: int) -> list[str]:
        """Ids of ended tasks that were kept long enough."""
        return [task_id for _, task_id in self._ended.until(now, limit)]

    def waiting(self, app: str, queue: str, limit: int) -> list[str]:
        """Ids of waiting tasks of a queue."""
        ids = (
            place[2]
            for lane, places in self._ready.items()
            if (lane.app, lane.queue) == (app, queue)
            for place in places.living()
        )
        found = list(islice(ids, limit))
        moments = self._due.get((app, queue))
        if moments is not None:
            found += [id_ for _, id_ in islice(moments.living(), limit - len(found))]
        return found

    def held(self, session: str, limit: int) -> list[str]:
        """Ids of tasks a session holds."""
        return list(islice(self._held.get(session, ()), limit))

    def running(self, session: str) -> int:
        """How many tasks a session holds."""
        return len(self._held.get(session, ()))

    def newest(self, app: str, group: str, before: int | None) -> Iterator[Sketch]:
        """Sketches of records, newest first."""
        shelf = self._shelves.get((app, group))
        for number, task_id in shelf.newest(before) if shelf else ():
            kept = self._rows[task_id]
            yield Sketch(number, task_id, kept.lane, kept.state)

    # -- events -----------------------------------------------------------------

    def add_chunk(self, task_id: str, entry: ChunkEntry) -> None:
        """Keep a task's newest chunk."""
        self._row(task_id).chunks.append(entry)

    def trim(self, task_id: str, through: int) -> None:
        """Forget a task's oldest chunks, many at once: all later ones move up."""
        chunks = self._row(task_id).chunks
        outdated = bisect_right(chunks, through, key=_last_event)
        if outdated > len(chunks) // 16:
            del chunks[:outdated]

    def chunks(self, task_id: str, after: int, limit: int) -> list[ChunkEntry]:
        """Chunks with events after a number: each has one at least."""
        chunks = self._row(task_id).chunks
        start = bisect_right(chunks, after, key=_last_event)
        return chunks[start : start + limit]

    def first_chunk(self, task_id: str) -> int | None:
        """The number of the oldest event kept in a chunk."""
        chunks = self._row(task_id).chunks
        return chunks[0].seq - chunks[0].count + 1 if chunks else None

    def _row(self, task_id: str) -> Row:
        kept = self._rows[task_id]
        return kept.row() if isinstance(kept, Unstarted) else kept

    # -- waiting for others -------------------------------------------------------

    def follow(self, following: Following) -> None:
        """Keep a follower of a task."""
        follower = Follower(following.child, following.cursor)
        self._followers.setdefault(following.parent, {})[follower] = None

    def turn(self, parent: str, now: float) -> bool:
        """Make the followers of a task pending."""
        followers = self._followers.pop(parent, None)
        for follower in followers or ():
            self.add_pending(follower, now)
        return followers is not None

    def add_pending(self, follower: Follower, since: float) -> None:
        """Make a held task pending from a moment on."""
        if follower in self._pending:
            self._pending_since.bury()
        self._pending[follower] = since
        self._pending_since.push((since, follower))

    def pending(self, now: float, limit: int) -> list[Follower]:
        """Those pending since now or earlier."""
        return [each for _, each in self._pending_since.until(now, limit)]

    def dismiss(self, follower: Follower) -> None:
        """Forget one that is pending."""
        if self._pending.pop(follower, None) is not None:
            self._pending_since.bury()

    def _is_pending(self, turn: Turn) -> bool:
        return self._pending.get(turn[1]) == turn[0]

    def keep_inputs(self, record: TaskRecord) -> None:
        """The row has them."""

    # -- sessions, queues, registry ------------------------------------------------

    def session(self, session_id: str) -> Session | None:
        """A copy of a session."""
        found = self._sessions.get(session_id)
        return found and replace(found)

    def keep_session(self, session: Session) -> None:
        """Keep a new or changed session."""
        self._sessions[session.id] = replace(session)

    def drop_session(self, session_id: str) -> None:
        """Forget a session."""
        del self._sessions[session_id]

    def sessions(self, app: str) -> list[Session]:
        """Copies of all sessions of an app."""
        return [replace(each) for each in self._sessions.values() if each.app == app]

    def over(self, now: float, limit: int) -> list[Session]:
        """Sessions that are over: there are few, so all are looked at."""
        over = (each for each in self._sessions.values() if each.expires <= now)
        return list(islice(over, limit))

    def figures(self) -> list[QueueFigures]:
        """Nothing is older than this object."""
        return []

    def keep_figures(self, figures: QueueFigures) -> None:
        """The ledger's figures live as long as this object."""

    def put(self, space: str, values: Mapping[str, bytes | None]) -> None:
        """Set values of a space."""
        kept = self._spaces[space]
        for name, value in values.items():
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = value
        if not kept:
            del self._spaces[space]

    def fetch(self, space: str) -> dict[str, bytes]:
        """All values of a space."""
        return dict(self._spaces.get(space, {}))


_last_event = attrgetter("seq")


def _moment(record: Row | Unstarted | TaskRecord) -> float:
    """When a waiting record is due; one that is held is not, before it is released."""
    return record.due or inf


def _bury(agendas: dict[K, Agenda[E]], key: K) -> None:
    agenda = agendas[key]
    agenda.bury()
    if not agenda:
        del agendas[key]
