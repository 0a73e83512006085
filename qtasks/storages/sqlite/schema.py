"""The tables of the file, and how one is opened.

Every index serves one question: a task is in none that it can't answer, so a task at
rest is in two or three of them.
"""

import sqlite3
from pathlib import Path

from qtasks.errors import StorageInUse, StorageUnavailable

APPLICATION_ID = 0x7174736B
"""Marks the file as ours ("qtsk")."""

CACHE_KIB = 32 * 1024
"""Pages kept in memory: the hot ends of the indexes of a million tasks."""

VERSION = 3
"""Of the tables below. A later one brings the statements that lead to it."""

WAITING = """
CREATE TABLE followers (
    parent TEXT NOT NULL,
    child  TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    PRIMARY KEY (parent, child, cursor)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
    child  TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    since  REAL NOT NULL,
    PRIMARY KEY (child, cursor)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_by_age ON pending (since);
"""

TABLES = """
CREATE TABLE tasks (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    app        TEXT NOT NULL,
    queue      TEXT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    priority   INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    lease      INTEGER NOT NULL,
    losses     INTEGER NOT NULL,
    drops      INTEGER NOT NULL,
    started    INTEGER NOT NULL,
    reported   INTEGER NOT NULL,
    settler    TEXT NOT NULL,
    session    TEXT NOT NULL,
    worker     TEXT NOT NULL,
    created    REAL NOT NULL,
    due        REAL NOT NULL,
    begun      REAL NOT NULL,
    ended      REAL NOT NULL,
    expires    REAL NOT NULL,
    keep       REAL NOT NULL,
    max_losses INTEGER NOT NULL,
    key        TEXT NOT NULL,
    label      TEXT NOT NULL,      -- the group
    cancel_reason TEXT NOT NULL,
    history    TEXT NOT NULL,      -- JSON: [[seq, time, state, attempt, worker], ...]
    asks       TEXT NOT NULL,      -- JSON: {id: answer in hex, or null}
    outcome    BLOB NOT NULL,
    held       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX tasks_by_id ON tasks (id);
CREATE UNIQUE INDEX tasks_by_key ON tasks (app, key) WHERE key <> '';
CREATE INDEX tasks_by_age ON tasks (app);
CREATE INDEX tasks_by_label ON tasks (app, label) WHERE label <> '';
CREATE INDEX tasks_ready ON tasks (app, queue, name, priority, place)
    WHERE state = 'new';
CREATE INDEX tasks_due ON tasks (due) WHERE state IN ('scheduled', 'retry');
CREATE INDEX tasks_delayed ON tasks (app, queue) WHERE state IN ('scheduled', 'retry');
CREATE INDEX tasks_expiring ON tasks (expires)
    WHERE expires > 0 AND attempt = 0 AND state IN ('scheduled', 'new', 'retry');
CREATE INDEX tasks_held ON tasks (session) WHERE state = 'process';
CREATE INDEX tasks_ended ON tasks (ended + keep)
    WHERE state IN ('success', 'error', 'cancel');

-- Apart from the records, so that a move does not write a large one again.
CREATE TABLE specs (
    task   INTEGER PRIMARY KEY,
    spec   BLOB NOT NULL,
    inputs BLOB NOT NULL DEFAULT x''
) STRICT;

CREATE TABLE chunks (
    task    TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    time    REAL NOT NULL,
    attempt INTEGER NOT NULL,
    chunk   BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_seq ON chunks (task, seq);

CREATE TABLE sessions (
    id        TEXT PRIMARY KEY,
    worker    TEXT NOT NULL,
    app       TEXT NOT NULL,
    info      BLOB NOT NULL,
    connected REAL NOT NULL,
    expires   REAL NOT NULL,
    owner     TEXT NOT NULL,
    draining  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE queues (
    app       TEXT NOT NULL,
    queue     TEXT NOT NULL,
    paused    INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    success   INTEGER NOT NULL,
    error     INTEGER NOT NULL,
    cancel    INTEGER NOT NULL,
    retry     INTEGER NOT NULL,
    lost      INTEGER NOT NULL,
    refused   INTEGER NOT NULL,
    PRIMARY KEY (app, queue)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('place', 0);

CREATE TABLE spaces (
    space TEXT NOT NULL,
    name  TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (space, name)
) STRICT, WITHOUT ROWID;
"""

UPGRADES = {
    1: f"""
ALTER TABLE tasks ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE specs ADD COLUMN inputs BLOB NOT NULL DEFAULT x'';
{WAITING}""",
    2: "ALTER TABLE sessions ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;",
}
"""From each version to the next."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for this process alone, and make it if it is not there.

    Raises `StorageInUse` at once if another process has it, and `StorageUnavailable`
    if it can't be opened or is not ours.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=0.0, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise StorageUnavailable(f"can't open {path}: {error}") from error
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StorageInUse(
                f"another broker uses {path}; stop it, or choose another file"
            ) from error
        raise StorageUnavailable(f"can't use {path}: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Exclusive before WAL: the file is then locked from the first statement on, and
    # needs no shared memory beside it.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    _refuse_foreign(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    version = _pragma(connection, "user_version")
    # One transaction each: a file is either not begun or complete.
    if version == 0:
        connection.executescript(
            f"BEGIN EXCLUSIVE; {TABLES} {WAITING} PRAGMA application_id = {APPLICATION_ID};"
            f" PRAGMA user_version = {VERSION}; COMMIT;"
        )
        return
    for older in range(version, VERSION):
        connection.executescript(
            f"BEGIN EXCLUSIVE; {UPGRADES[older]}"
            f" PRAGMA user_version = {older + 1}; COMMIT;"
        )


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    owner = _pragma(connection, "application_id")
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if owner != APPLICATION_ID and not empty:
        raise StorageUnavailable(f"{path} is a database of something else")
    if _pragma(connection, "user_version") > VERSION:
        raise StorageUnavailable(
            f"{path} was written by a newer qtasks; run that one, or choose another"
            " file"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
