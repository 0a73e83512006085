"""The file of the SQLite storage: whose it is, and what survives in it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from qtasks.core.records import Lane, LeaseRequest, NewTask, RecordFilter, Session
from qtasks.core.states import State
from qtasks.core.waiting import Following
from qtasks.errors import StorageInUse, StorageUnavailable, WorkerIdInUse
from qtasks.storages.sqlite import SqliteStorage
from qtasks.storages.sqlite.schema import VERSION
from qtasks.storages.sqlite.thread import _Group

pytestmark = pytest.mark.anyio

LANE = Lane("app", "queue", "name")

SUBMIT_AND_HANG = """
import sys, anyio
from qtasks.core.records import Lane, NewTask
from qtasks.storages.sqlite import SqliteStorage

async def main():
    async with SqliteStorage(sys.argv[1]) as storage:
        for each in range(50):
            task = NewTask(f"task-{each}", Lane("app", "queue", "name"), b"spec")
            await storage.submit([task])
            print(task.id, flush=True)
        await anyio.sleep_forever()

anyio.run(main)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


def a_task(task_id: str) -> NewTask:
    return NewTask(task_id, LANE, b"spec")


class Gate:
    """A clock that stops the storage's thread until it is told to go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> float:
        self.reached.set()
        assert self.open.wait(timeout=10)
        return 1_700_000_000.0

    async def shut(self, storage: SqliteStorage, tasks: anyio.abc.TaskGroup) -> None:
        """Hold the thread in the middle of an operation."""
        self.open.clear()
        self.reached.clear()
        tasks.start_soon(storage.fetch, "gate")
        assert await anyio.to_thread.run_sync(self.reached.wait, 10)


# -- whose it is --------------------------------------------------------------------


async def test_a_second_storage_is_refused_at_once(path: Path) -> None:
    async with SqliteStorage(path):
        with pytest.raises(StorageInUse, match=r"tasks\.db"):
            async with SqliteStorage(path):
                pass
    async with SqliteStorage(path):
        pass


async def test_a_second_process_is_refused_at_once(path: Path) -> None:
    process = _hanging(path)
    try:
        _acked(process, 1)
        with pytest.raises(StorageInUse):
            async with SqliteStorage(path):
                pass
    finally:
        process.kill()
        process.wait()
        _close(process)


async def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StorageUnavailable, match="something else"):
        async with SqliteStorage(path):
            pass
    with sqlite3.connect(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    connection.close()
    assert names == [("theirs",)]


async def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    letter = "a letter to a friend, of no small length" * 100
    await anyio.Path(path).write_text(letter)
    with pytest.raises(StorageUnavailable, match=r"tasks\.db"):
        async with SqliteStorage(path):
            pass
    assert await anyio.Path(path).read_text() == letter


async def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    async with SqliteStorage(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StorageUnavailable, match="newer"):
        async with SqliteStorage(path):
            pass


async def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable):
        async with SqliteStorage(tmp_path / "file" / "tasks.db"):
            pass


async def test_a_closed_storage_says_so(path: Path) -> None:
    storage = SqliteStorage(path)
    with pytest.raises(StorageUnavailable):
        await storage.get(["id"])
    async with storage:
        await storage.submit([a_task("id")])
    with pytest.raises(StorageUnavailable):
        await storage.get(["id"])
    async with storage:
        assert await storage.get(["id"]) != [None]


# -- what survives ------------------------------------------------------------------


async def test_what_was_answered_survives_a_kill(path: Path) -> None:
    process = _hanging(path)
    acked = _acked(process, 30)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    acked += process.stdout.read().split()
    _close(process)
    async with SqliteStorage(path) as storage:
        records = await storage.get(acked)
        assert [record.id for record in records if record] == acked
        (figures,) = await storage.queues("app")
        assert figures.submitted == figures.backlog["name"] >= len(acked)


def _hanging(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SUBMIT_AND_HANG, str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )


def _acked(process: subprocess.Popen[str], count: int) -> list[str]:
    return [process.stdout.readline().strip() for _ in range(count)]


def _close(process: subprocess.Popen[str]) -> None:
    process.stdout.close()


# -- groups -------------------------------------------------------------------------


async def test_what_waits_shares_a_commit(path: Path, monkeypatch) -> None:
    sizes: list[int] = []
    run = _Group.run
    monkeypatch.setattr(
        _Group, "run", lambda group: (sizes.append(len(group._jobs)), run(group))
    )
    gate = Gate()
    async with SqliteStorage(path, clock=gate) as storage:
        async with anyio.create_task_group() as tasks:
            await gate.shut(storage, tasks)
            for each in range(50):
                tasks.start_soon(storage.submit, [a_task(f"task-{each}")])
            await anyio.wait_all_tasks_blocked()
            gate.open.set()
        assert sizes == [1, 50]


async def test_a_failed_operation_is_undone_alone(path: Path) -> None:
    gate = Gate()
    async with SqliteStorage(path, clock=gate) as storage:
        await storage.open_session(Session("s1", "w", "app", b""), 30.0)
        refused: list[str] = []

        async def refuse() -> None:
            with pytest.raises(WorkerIdInUse):
                await storage.open_session(Session("s2", "w", "app", b""), 30.0)
            refused.append("s2")

        async def break_off() -> None:
            # The second can't be stored, so the first must not be either.
            with pytest.raises(OverflowError):
                await storage.submit(
                    [a_task("half"), NewTask("x", LANE, b"", priority=2**70)]
                )
            refused.append("half")

        async with anyio.create_task_group() as tasks:
            await gate.shut(storage, tasks)
            tasks.start_soon(storage.submit, [a_task("before")])
            tasks.start_soon(refuse)
            tasks.start_soon(break_off)
            tasks.start_soon(storage.submit, [a_task("after")])
            await anyio.wait_all_tasks_blocked()
            gate.open.set()
        assert sorted(refused) == ["half", "s2"]
        found = await storage.get(["before", "half", "x", "after"])
        assert [record and record.id for record in found] == [
            "before",
            None,
            None,
            "after",
        ]
        (figures,) = await storage.queues("app")
        assert (figures.backlog, figures.submitted) == ({"name": 2}, 2)
        orders = [record.order for record in found if record]
        assert len(set(orders)) == 2


async def test_whoever_stops_waiting_leaves_nothing_half_done(path: Path) -> None:
    gate = Gate()
    async with SqliteStorage(path, clock=gate) as storage:
        async with anyio.create_task_group() as tasks:
            await gate.shut(storage, tasks)
            with anyio.CancelScope() as scope:
                tasks.start_soon(anyio.wait_all_tasks_blocked)
                scope.cancel()
                await storage.submit([a_task("never begun")])
            gate.open.set()
        assert await storage.get(["never begun"]) == [None]
        gate.open.clear()
        gate.reached.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(storage.submit, [a_task("begun")])
            assert await anyio.to_thread.run_sync(gate.reached.wait, 10)
            tasks.cancel_scope.cancel()
        gate.open.set()
        (record,) = await storage.get(["begun"])
        assert record is not None
        assert record.state is State.NEW


async def test_closing_finishes_what_is_under_way(path: Path) -> None:
    gate = Gate()
    storage = SqliteStorage(path, clock=gate)
    async with anyio.create_task_group() as tasks, storage:
        await gate.shut(storage, tasks)
        tasks.start_soon(storage.submit, [a_task("id")])
        await anyio.wait_all_tasks_blocked()
        gate.open.set()
    async with storage:
        assert await storage.get(["id"]) != [None]


async def test_a_full_disk_is_said_and_got_over(path: Path, monkeypatch) -> None:
    connections: list[sqlite3.Connection] = []
    run = _Group.run
    monkeypatch.setattr(
        _Group, "run", lambda group: (connections.append(group._connection), run(group))
    )
    async with SqliteStorage(path) as storage:
        await storage.submit([a_task("before")])
        connection = connections[0]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        large = NewTask("large", LANE, b"x" * 1_000_000)
        with pytest.raises(StorageUnavailable):
            await storage.submit([a_task("lost"), large])
        connection.execute(f"PRAGMA max_page_count = {pages + 10_000}")
        assert await storage.get(["lost", "large"]) == [None, None]
        await storage.submit([large])
        (figures,) = await storage.queues("app")
        assert (figures.submitted, figures.backlog) == (2, {"name": 2})


# -- cost ---------------------------------------------------------------------------


async def test_no_question_walks_over_the_tasks(path: Path, monkeypatch) -> None:
    asked: set[str] = set()
    run = _Group.run

    def traced(group: _Group) -> None:
        group._connection.set_trace_callback(asked.add)
        run(group)

    monkeypatch.setattr(_Group, "run", traced)
    async with SqliteStorage(path) as storage:
        await storage.open_session(Session("s", "w", "app", b""), 30.0)
        await storage.submit([NewTask("id", LANE, b"spec", key="k", group="g")])
        names = frozenset({"name"})
        await storage.lease(LeaseRequest("s", "w", "app", ("queue",), names, 1))
        await storage.submit([a_task("more"), NewTask("k", LANE, b"", key="k")])
        await storage.promote(10)
        await storage.sweep(10)
        await storage.reclaim(10, retry=b"", failure=b"")
        await storage.read("id", 0, 10)
        await storage.sessions("app")
        await storage.queues("app")
        await storage.find(RecordFilter("app"), 10, "5")
        await storage.find(RecordFilter("app", group="g"), 10, "5")
        await storage.purge("app", "queue", 10, "reason")
        await storage.delete(["more"])
    with sqlite3.connect(path) as connection:
        plans = [
            (query, row[3])
            for query in asked
            if query.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
            for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")
        ]
    connection.close()
    assert any("tasks_ready" in step for _, step in plans)
    walks = [
        (query, step)
        for query, step in plans
        if ("SCAN" in step or "TEMP B-TREE" in step) and "sessions" not in step
    ]
    # The earliest of an index is not a walk: it stops at the first row.
    assert [each for each in walks if "LIMIT 1" not in each[0]] == []


async def test_a_file_of_the_first_version_is_brought_up_to_date(path: Path) -> None:
    async with SqliteStorage(path) as storage:
        await storage.submit([a_task("old")])
    connection = sqlite3.connect(path)
    connection.executescript(
        "ALTER TABLE tasks DROP COLUMN held; ALTER TABLE specs DROP COLUMN inputs;"
        "DROP TABLE followers; DROP TABLE pending; PRAGMA user_version = 1;"
        "ALTER TABLE sessions DROP COLUMN draining;"
    )
    connection.close()
    async with SqliteStorage(path) as storage:
        (record,) = await storage.get(["old"])
        assert record is not None
        assert (record.spec, record.held, record.inputs) == (b"spec", False, b"")
        held = a_task("new")
        held.held = True
        (submitted,) = await storage.submit([held])
        assert submitted.state is State.SCHEDULED
        assert await storage.follow([Following("old", "new", 1)]) == [True]
        await storage.open_session(Session("s", "w", "app", b""), 30.0)
        assert await storage.drain("app", "w") == "s"
