"""Dispatcher: gives ready tasks to workers with room.

Each session has a task of its own that leases while it has credit, and parks when its
lanes are empty. New work wakes as many parked sessions as it can use, no more.
"""

from collections import defaultdict

import anyio

from qtasks.abc.storage import Storage
from qtasks.core.records import (
    HistoryEntry,
    Lane,
    LeaseRequest,
    Settlement,
    TaskRecord,
    Token,
)
from qtasks.core.states import State
from qtasks.engine.activity import Activity
from qtasks.engine.announcer import Announcer
from qtasks.engine.events import state_event
from qtasks.engine.notifier import Notifier
from qtasks.engine.session import WorkerSession

MAX_LEASED = 512
"""Tasks leased in one call."""

Line = tuple[str, str]
"""An app and a queue."""


class Dispatcher:
    """Gives ready tasks to workers with room."""

    def __init__(
        self,
        storage: Storage,
        notifier: Notifier,
        activity: Activity,
        announcer: Announcer,
    ) -> None:
        self._storage = storage
        self._announcer = announcer
        self._notifier = notifier
        self._activity = activity
        self._parked: dict[Line, dict[WorkerSession, anyio.Event]] = defaultdict(dict)
        self._arrivals: dict[Line, int] = {}
        """Counts what arrived, by the lines that sessions here take from."""

    def wake(self, lane: Lane, count: int) -> int:
        """Let parked sessions lease from a lane that has `count` more ready tasks.

        Returns how many of them no session here has room for.
        """
        line = (lane.app, lane.queue)
        if line in self._arrivals:
            self._arrivals[line] += 1
        parked = self._parked.get(line)
        while parked and count > 0:
            session = next(
                (
                    one
                    for one in parked
                    if lane.name in one.names and one.credit > 0 and not one.draining
                ),
                None,
            )
            if session is None:
                break
            parked[session].set()
            self._unpark(session)
            count -= session.credit
        return max(0, count)

    def arrived(self, lanes: dict[Lane, int]) -> None:
        """Place new work: here if there is room, else tell the other brokers."""
        for lane, count in lanes.items():
            if self.wake(lane, count):
                self._announcer.arrived(lane)

    def wake_all(self) -> None:
        """Let every parked session look again."""
        for parked in list(self._parked.values()):
            for session, event in list(parked.items()):
                event.set()
                self._unpark(session)

    def hungry_apps(self) -> set[str]:
        """The apps that have parked sessions."""
        return {app for (app, _), parked in self._parked.items() if parked}

    async def run(self, session: WorkerSession) -> None:
        """Lease for one session until cancelled."""
        lines = [(session.app, queue) for queue in session.queues]
        for line in lines:
            self._arrivals.setdefault(line, 0)
        try:
            while True:
                room = await session.room()
                before = [self._arrivals[line] for line in lines]
                limit = min(room, MAX_LEASED)
                max_bytes = session.credit_bytes
                records = await self._lease(session, limit, max_bytes)
                if len(records) >= limit or _size(records) >= max_bytes:
                    # There may be more than it has room for: one more looks.
                    self._pass_on(lines)
                    continue
                event = anyio.Event()
                for line in lines:
                    self._parked[line][session] = event
                if before == [self._arrivals[line] for line in lines]:
                    await event.wait()
                self._unpark(session)
        finally:
            self._unpark(session)

    def _pass_on(self, lines: list[Line]) -> None:
        """Wake one more session that takes from these lines."""
        for line in lines:
            for session, event in self._parked.get(line, {}).items():
                if session.credit > 0 and not session.draining:
                    event.set()
                    self._unpark(session)
                    return

    def _unpark(self, session: WorkerSession) -> None:
        for queue in session.queues:
            line = (session.app, queue)
            parked = self._parked.get(line)
            if parked is not None:
                parked.pop(session, None)
                if not parked:
                    del self._parked[line]

    async def _lease(
        self, session: WorkerSession, limit: int, max_bytes: int
    ) -> list[TaskRecord]:
        request = LeaseRequest(
            session=session.id,
            worker=session.worker,
            app=session.app,
            queues=session.queues,
            names=session.names,
            limit=limit,
            max_bytes=max_bytes,
        )
        with anyio.CancelScope(shield=True):
            async with session.leasing:
                records = await self._grant(session, request)
        for record in records:
            if self._notifier.follows_all(record.id):
                entry = HistoryEntry(
                    record.seq,
                    record.begun,
                    State.PROCESS,
                    record.attempt,
                    record.worker,
                )
                self._notifier.publish(record.id, [state_event(record, entry)])
        return records

    async def _grant(
        self, session: WorkerSession, request: LeaseRequest
    ) -> list[TaskRecord]:
        """Lease for a session that may close meanwhile: then it all goes back at once."""
        records = await self._storage.lease(request)
        if session.draining:
            await self.give_back(records)
            return []
        session.assign(records)
        self._activity.leased(records)
        return records

    async def give_back(self, records: list[TaskRecord]) -> None:
        """Return tasks that their worker never got, without burning their attempt."""
        if not records:
            return
        await self._storage.settle(
            [
                Settlement(Token(one.id, one.lease, one.session), State.NEW)
                for one in records
            ]
        )
        self._notifier.touch(record.id for record in records)
        ready: dict[Lane, int] = {}
        for record in records:
            ready[record.lane] = ready.get(record.lane, 0) + 1
        self.arrived(ready)


def _size(records: list[TaskRecord]) -> int:
    """Bytes of what the worker is given."""
    return sum(len(one.spec) + len(one.inputs) for one in records)
