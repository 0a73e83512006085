"""Rows in SQLite, found through its indexes."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge

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
from qtasks.storages.sqlite import rows

_MAX_NUMBER = 2**63 - 1
_READY_PAGE = 64
"""Ready tasks of a lane looked up at once."""

Place = tuple[int, int, str]


class SqliteTables(Tables):
    """Everything in one file, within the transaction that is open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._followed = self._execute("SELECT 1 FROM followers LIMIT 1").fetchone()
        """Whether any task may have followers: most files never have one."""

    # -- records ----------------------------------------------------------------

    def load(self, task_id: str, *, spec: bool = False) -> TaskRecord | None:
        """A record of its own; without the spec a row is read alone."""
        if not spec:
            row = self._execute(rows.SELECT, (task_id,)).fetchone()
            return rows.record_of(row) if row else None
        row = self._execute(rows.SELECT_WHOLE, (task_id,)).fetchone()
        return rows.record_of(row, *row[-2:]) if row else None

    def detach(self, record: TaskRecord) -> TaskRecord:
        """The same: nobody else has it."""
        return record

    def add(self, record: TaskRecord) -> None:
        """Keep a new record."""
        number = self._execute(rows.INSERT, rows.inserted(record)).lastrowid
        self._execute(
            "INSERT INTO specs (task, spec) VALUES (?, ?)", (number, record.spec)
        )

    def save(self, record: TaskRecord, was: State) -> None:
        """Keep a changed record; the indexes follow by themselves."""
        if record.state is was and was is State.PROCESS:
            self._execute(rows.UPDATE_RUNNING, rows.updated_running(record))
        else:
            self._execute(rows.UPDATE, rows.updated(record))

    def drop(self, record: TaskRecord) -> None:
        """Forget a record with everything that belongs to it."""
        self._execute("DELETE FROM chunks WHERE task = ?", (record.id,))
        self._execute(
            "DELETE FROM specs WHERE task = (SELECT number FROM tasks WHERE id = ?)",
            (record.id,),
        )
        self._execute("DELETE FROM tasks WHERE id = ?", (record.id,))

    def keyed(self, app: str, key: str) -> str | None:
        """The id of the task with an idempotency key."""
        row = self._execute(
            "SELECT id FROM tasks WHERE app = ? AND key = ? AND key <> ''", (app, key)
        ).fetchone()
        return row[0] if row else None

    def last_order(self) -> int:
        """The greatest place ever given."""
        query = "SELECT value FROM counters WHERE name = 'place'"
        return int(self._execute(query).fetchone()[0])

    def keep_order(self, order: int) -> None:
        """Keep the greatest place ever given."""
        self._execute("UPDATE counters SET value = ? WHERE name = 'place'", (order,))

    # -- finding ----------------------------------------------------------------

    def ready(self, lanes: Iterable[Lane]) -> Iterator[str]:
        """Ids of NEW tasks, by priority and then order, over all these lanes."""
        for _, _, task_id in merge(*(self._lane(lane) for lane in lanes)):
            yield task_id

    def _lane(self, lane: Lane) -> Iterator[Place]:
        """The ready tasks of a lane, page by page: pages hold while rows move."""
        priority, place = -_MAX_NUMBER, 0
        while True:
            page: list[Place] = self._execute(
                "SELECT priority, place, id FROM tasks"
                " WHERE state = 'new' AND app = ? AND queue = ? AND name = ?"
                " AND (priority, place) > (?, ?) ORDER BY priority, place LIMIT ?",
                (*lane, priority, place, _READY_PAGE),
            ).fetchall()
            yield from page
            if len(page) < _READY_PAGE:
                return
            priority, place, _ = page[-1]

    def before(self, lane: Lane, priority: int, order: int, limit: int) -> int:
        """How many NEW tasks of a lane come before a place."""
        row = self._execute(
            "SELECT count(*) FROM (SELECT 1 FROM tasks"
            " WHERE state = 'new' AND app = ? AND queue = ? AND name = ?"
            " AND (priority, place) < (?, ?) LIMIT ?)",
            (*lane, priority, order, limit),
        ).fetchone()
        return int(row[0])

    def due(self, now: float, limit: int) -> list[str]:
        """Ids of tasks that are due, earliest first."""
        return self._ids(
            "SELECT id FROM tasks WHERE state IN ('scheduled', 'retry')"
            " AND due > 0 AND due <= ? ORDER BY due LIMIT ?",
            (now, limit),
        )

    def next_due(self) -> float | None:
        """When the next one is due."""
        row = self._execute(
            "SELECT due FROM tasks WHERE state IN ('scheduled', 'retry')"
            " AND due > 0 ORDER BY due LIMIT 1"
        ).fetchone()
        return row[0] if row else None

    def expired(self, now: float, limit: int) -> list[str]:
        """Ids of waiting tasks past their expiry."""
        return self._ids(
            "SELECT id FROM tasks WHERE expires > 0 AND attempt = 0"
            " AND state IN ('scheduled', 'new', 'retry') AND expires <= ?"
            " ORDER BY expires LIMIT ?",
            (now, limit),
        )

    def outlived(self, now: float, limit: int) -> list[str]:
        """Ids of ended tasks that were kept long enough."""
        return self._ids(
            "SELECT id FROM tasks WHERE state IN ('success', 'error', 'cancel')"
            " AND ended + keep <= ? ORDER BY ended + keep LIMIT ?",
            (now, limit),
        )

    def waiting(self, app: str, queue: str, limit: int) -> list[str]:
        """Ids of waiting tasks of a queue."""
        ready = self._ids(
            "SELECT id FROM tasks WHERE state = 'new' AND app = ? AND queue = ?"
            " LIMIT ?",
            (app, queue, limit),
        )
        return ready + self._ids(
            "SELECT id FROM tasks INDEXED BY tasks_delayed"
            " WHERE state IN ('scheduled', 'retry') AND app = ? AND queue = ? LIMIT ?",
            (app, queue, limit - len(ready)),
        )

    def held(self, session: str, limit: int) -> list[str]:
        """Ids of tasks a session holds."""
        return self._ids(
            "SELECT id FROM tasks WHERE state = 'process' AND session = ? LIMIT ?",
            (session, limit),
        )

    def running(self, session: str) -> int:
        """How many tasks a session holds."""
        row = self._execute(
            "SELECT count(*) FROM tasks WHERE state = 'process' AND session = ?",
            (session,),
        ).fetchone()
        return int(row[0])

    def newest(self, app: str, group: str, before: int | None) -> Iterator[Sketch]:
        """Sketches of records, newest first."""
        bound = _MAX_NUMBER if before is None else before
        if group:
            found = self._execute(rows.SELECT_NEWEST_LABELLED, (app, bound, group))
        else:
            found = self._execute(rows.SELECT_NEWEST, (app, bound))
        for number, task_id, queue, name, state in found:
            yield Sketch(number, task_id, Lane(app, queue, name), State(state))

    def _ids(self, query: str, values: tuple[object, ...]) -> list[str]:
        return [row[0] for row in self._execute(query, values)]

    # -- events -----------------------------------------------------------------

    def add_chunk(self, task_id: str, entry: ChunkEntry) -> None:
        """Keep a task's newest chunk."""
        self._execute(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
            (
                task_id,
                entry.seq,
                entry.count,
                entry.time,
                entry.attempt,
                entry.chunk,
            ),
        )

    def trim(self, task_id: str, through: int) -> None:
        """Forget a task's oldest chunks."""
        self._execute(
            "DELETE FROM chunks WHERE task = ? AND seq <= ?", (task_id, through)
        )

    def chunks(self, task_id: str, after: int, limit: int) -> list[ChunkEntry]:
        """Chunks with events after a number: each has one at least."""
        found = self._execute(
            "SELECT seq, count, time, attempt, chunk FROM chunks"
            " WHERE task = ? AND seq > ? ORDER BY seq LIMIT ?",
            (task_id, after, limit),
        )
        return [ChunkEntry(*row) for row in found]

    def first_chunk(self, task_id: str) -> int | None:
        """The number of the oldest event kept in a chunk."""
        row = self._execute(
            "SELECT seq - count + 1 FROM chunks WHERE task = ? ORDER BY seq LIMIT 1",
            (task_id,),
        ).fetchone()
        return row[0] if row else None

    # -- waiting for others -------------------------------------------------------

    def follow(self, following: Following) -> None:
        """Keep a follower of a task."""
        self._execute("INSERT OR IGNORE INTO followers VALUES (?, ?, ?)", following)
        self._followed = True

    def turn(self, parent: str, now: float) -> bool:
        """Make the followers of a task pending."""
        if not self._followed:
            return False
        turned = self._execute(
            "INSERT OR REPLACE INTO pending"
            " SELECT child, cursor, ? FROM followers WHERE parent = ?",
            (now, parent),
        ).rowcount
        if turned:
            self._execute("DELETE FROM followers WHERE parent = ?", (parent,))
        return turned > 0

    def add_pending(self, follower: Follower, since: float) -> None:
        """Make a held task pending from a moment on."""
        self._execute(
            "INSERT OR REPLACE INTO pending VALUES (?, ?, ?)",
            (follower.child, follower.cursor, since),
        )

    def pending(self, now: float, limit: int) -> list[Follower]:
        """Those pending since now or earlier."""
        found = self._execute(
            "SELECT child, cursor FROM pending WHERE since <= ? ORDER BY since LIMIT ?",
            (now, limit),
        )
        return [Follower(*row) for row in found]

    def dismiss(self, follower: Follower) -> None:
        """Forget one that is pending."""
        self._execute(
            "DELETE FROM pending WHERE child = ? AND cursor = ?",
            (follower.child, follower.cursor),
        )

    def keep_inputs(self, record: TaskRecord) -> None:
        """Write them beside the spec."""
        self._execute(
            "UPDATE specs SET inputs = ?"
            " WHERE task = (SELECT number FROM tasks WHERE id = ?)",
            (record.inputs, record.id),
        )

    # -- sessions -----------------------------------------------------------------

    def session(self, session_id: str) -> Session | None:
        """A session as it was last kept."""
        row = self._execute(
            "SELECT * FROM sessions WHERE id = ?", (session_id,)
        ).fetchone()
        return rows.session_of(row) if row else None

    def keep_session(self, session: Session) -> None:
        """Keep a new or changed session."""
        self._execute(rows.KEEP_SESSION, rows.kept(session))

    def drop_session(self, session_id: str) -> None:
        """Forget a session."""
        self._execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def sessions(self, app: str) -> list[Session]:
        """All sessions of an app: there are few, no index is worth its cost."""
        found = self._execute("SELECT * FROM sessions WHERE app = ?", (app,))
        return [rows.session_of(row) for row in found]

    def over(self, now: float, limit: int) -> list[Session]:
        """Sessions that are over."""
        found = self._execute(
            "SELECT * FROM sessions WHERE expires <= ? LIMIT ?", (now, limit)
        )
        return [rows.session_of(row) for row in found]

    # -- queues, registry ----------------------------------------------------------

    def figures(self) -> list[QueueFigures]:
        """The kept totals, with the tasks counted in one walk over an index each."""
        found = {
            (row[0], row[1]): QueueFigures(
                app=row[0],
                queue=row[1],
                paused=bool(row[2]),
                submitted=row[3],
                success=row[4],
                error=row[5],
                cancel=row[6],
                retry=row[7],
                lost=row[8],
                refused=row[9],
            )
            for row in self._execute("SELECT * FROM queues")
        }
        for app, queue, name, count in self._execute(
            "SELECT app, queue, name, count(*) FROM tasks WHERE state = 'new'"
            " GROUP BY app, queue, name"
        ):
            found[app, queue].backlog[name] = count
        for app, queue, count in self._execute(
            "SELECT app, queue, count(*) FROM tasks"
            " WHERE state IN ('scheduled', 'retry') GROUP BY app, queue"
        ):
            found[app, queue].scheduled = count
        for app, queue, count in self._execute(
            "SELECT app, queue, count(*) FROM tasks WHERE state = 'process'"
            " GROUP BY app, queue"
        ):
            found[app, queue].running = count
        return list(found.values())

    def keep_figures(self, figures: QueueFigures) -> None:
        """Keep what can't be counted again."""
        self._execute(
            "INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                figures.app,
                figures.queue,
                figures.paused,
                figures.submitted,
                figures.success,
                figures.error,
                figures.cancel,
                figures.retry,
                figures.lost,
                figures.refused,
            ),
        )

    def put(self, space: str, values: Mapping[str, bytes | None]) -> None:
        """Set values of a space."""
        for name, value in values.items():
            if value is None:
                self._execute(
                    "DELETE FROM spaces WHERE space = ? AND name = ?", (space, name)
                )
            else:
                self._execute(
                    "INSERT OR REPLACE INTO spaces VALUES (?, ?, ?)",
                    (space, name, value),
                )

    def fetch(self, space: str) -> dict[str, bytes]:
        """All values of a space."""
        return dict(
            self._execute("SELECT name, value FROM spaces WHERE space = ?", (space,))
        )
