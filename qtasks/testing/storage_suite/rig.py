"""What the suite needs of a storage under test, and the words its tests use."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from typing import ClassVar
from uuid import uuid4

import anyio
import pytest

from qtasks.abc import Storage
from qtasks.core.records import (
    Append,
    HistoryEntry,
    Lane,
    LeaseRequest,
    Log,
    LogEntry,
    NewTask,
    Session,
    Settlement,
    TaskRecord,
    Token,
)
from qtasks.core.signals import Resync, Signal, Touched
from qtasks.core.states import State

APP = "suite"
QUEUE = "default"
NAME = "work"
LANE = Lane(APP, QUEUE, NAME)
TTL = 30.0
RETRY = b"the attempt lost its worker"
FAILURE = b"the task lost too many workers"
KEPT = 100_000
"""How many events of a task the storages under test keep, about."""


class StorageRig(ABC):
    """A storage under test: one set of data, empty at first, and its clock."""

    @abstractmethod
    def handle(self) -> Storage:
        """Another handle on the same data, not yet entered."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Move the clock of all handles on, without waiting."""


class StorageCase:
    """A storage, entered, for each test; subclasses give the fixture `rig`."""

    pytestmark: ClassVar[pytest.MarkDecorator] = pytest.mark.anyio

    @pytest.fixture
    async def storage(self, rig: StorageRig) -> AsyncIterator[Storage]:
        """A handle on it."""
        async with rig.handle() as storage:
            yield storage


# -- words ------------------------------------------------------------------------


def a_task(
    *,
    lane: Lane = LANE,
    spec: bytes = b"spec",
    id: str = "",  # noqa: A002
    priority: int = 0,
    start: float = 0.0,
    delay: float = 0.0,
    expires: float = 0.0,
    keep: float = 3600.0,
    max_losses: int = 3,
    key: str = "",
    group: str = "",
    watched: bool = False,
) -> NewTask:
    """A task with an id of its own."""
    return NewTask(
        id=id or str(uuid4()),
        lane=lane,
        spec=spec,
        priority=priority,
        start=start,
        delay=delay,
        expires=expires,
        keep=keep,
        max_losses=max_losses,
        key=key,
        group=group,
        watched=watched,
    )


async def submitted(storage: Storage, *tasks: NewTask) -> list[str]:
    """Submit tasks; their ids."""
    return [result.id for result in await storage.submit(tasks)]


async def connected(
    storage: Storage,
    session: str = "session-1",
    worker: str = "worker-1",
    *,
    app: str = APP,
    ttl: float = TTL,
) -> str:
    """Open a session; its id."""
    await storage.open_session(Session(session, worker, app, b"hello"), ttl)
    return session


def a_request(
    session: str = "session-1",
    *,
    limit: int = 100,
    app: str = APP,
    worker: str = "worker-1",
    queues: Iterable[str] = (QUEUE,),
    names: Iterable[str] = (NAME,),
    max_bytes: int = 64 * 1024 * 1024,
) -> LeaseRequest:
    """A request for tasks."""
    return LeaseRequest(
        session=session,
        worker=worker,
        app=app,
        queues=tuple(queues),
        names=frozenset(names),
        limit=limit,
        max_bytes=max_bytes,
    )


async def leased(storage: Storage, task: NewTask | None = None) -> TaskRecord:
    """Submit a task and lease it to `session-1`."""
    await submitted(storage, task or a_task())
    await connected(storage)
    (record,) = await storage.lease(a_request(limit=1))
    return record


def token(record: TaskRecord) -> Token:
    """The fencing token of a granted record."""
    return Token(record.id, record.lease, record.session)


def success(record: TaskRecord, body: bytes = b"result") -> Settlement:
    """The settlement of a task that returned."""
    return Settlement(token(record), State.SUCCESS, body)


def retry(record: TaskRecord, delay: float = 0.0) -> Settlement:
    """The settlement of an attempt that failed and is to be tried again."""
    return Settlement(token(record), State.RETRY, b"retry", delay)


def giving_back(record: TaskRecord) -> Settlement:
    """The settlement of a task that did not run."""
    return Settlement(token(record), State.NEW)


def some_events(record: TaskRecord, first: int, count: int = 1) -> Append:
    """Events numbered within the lease."""
    chunk = f"events {first} to {first + count - 1}".encode()
    return Append(token(record), first, count, chunk)


async def the_record(storage: Storage, task_id: str) -> TaskRecord:
    """The record of a task that is there."""
    (record,) = await storage.get([task_id])
    assert record is not None
    return record


async def the_log(
    storage: Storage, task_id: str, after: int = 0, limit: int = 1_000_000
) -> Log:
    """The log of a task that is there."""
    log = await storage.read(task_id, after, limit)
    assert log is not None
    return log


def numbers(entries: Iterable[LogEntry]) -> list[int]:
    """The numbers of all events in log entries."""
    found: list[int] = []
    for entry in entries:
        count = 1 if isinstance(entry, HistoryEntry) else entry.count
        found += range(entry.seq - count + 1, entry.seq + 1)
    return found


def states(entries: Iterable[LogEntry]) -> list[State]:
    """The bare changes of state among log entries."""
    return [entry.state for entry in entries if isinstance(entry, HistoryEntry)]


async def next_signal(heard: AsyncIterator[Signal]) -> Signal:
    """The next signal that says something; a new reader may hear a Resync first."""
    with anyio.fail_after(10):
        while True:
            signal = await anext(heard)
            if not isinstance(signal, Resync):
                return signal


async def told(heard: AsyncIterator[Signal]) -> str:
    """The task that the next signal is about."""
    signal = await next_signal(heard)
    assert isinstance(signal, Touched)
    return signal.id
