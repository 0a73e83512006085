"""What is promised for any sequence of moves: nothing lost, nothing twice, no holes.

Random sequences run against the storage and against a small model at the same time.
The model knows one thing about each task, the state it must be in, and takes it from
the table of states, not from any storage.
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qtasks.abc import Storage
from qtasks.core.records import Lane, LeaseRequest, Session, TaskRecord
from qtasks.core.states import MOVES, State
from qtasks.core.waiting import Follower, Following, Release
from qtasks.testing.storage_suite.rig import (
    FAILURE,
    RETRY,
    TTL,
    StorageCase,
    StorageRig,
    a_task,
    giving_back,
    numbers,
    retry,
    some_events,
    success,
    the_log,
    token,
)

MOVE = st.sampled_from(
    [
        "submit",
        "submit",
        "delay",
        "lease",
        "lease",
        "begin",
        "append",
        "succeed",
        "retry",
        "retry later",
        "give back",
        "repeat",
        "cancel",
        "requeue",
        "delete",
        "crash",
        "wait",
        "hold",
        "hold",
        "join",
    ]
)
STEP = st.tuples(MOVE, st.integers(0, 1_000))


@dataclass
class Model:
    """What must be true of the tasks of one sequence."""

    storage: Storage
    rig: StorageRig
    app: str = field(default_factory=lambda: str(uuid4()))
    session: str = ""
    states: dict[str, State] = field(default_factory=dict)
    held: dict[str, TaskRecord] = field(default_factory=dict)
    reported: Counter[str] = field(default_factory=Counter)
    leases: Counter[str] = field(default_factory=Counter)
    parents: dict[str, str] = field(default_factory=dict)
    """What each held task waits for."""
    past: list[TaskRecord] = field(default_factory=list)

    async def connect(self) -> None:
        """Open a session in the place of the last one."""
        self.session = str(uuid4())
        session = Session(self.session, self.session, self.app, b"")
        assert await self.storage.open_session(session, TTL) == ([], False)

    async def play(self, move: str, pick: int) -> None:
        """Make one move, where there is a task for it."""
        if move in ("submit", "delay"):
            await self.submit(pick, delay=5.0 if move == "delay" else 0.0)
        elif move == "hold":
            await self.hold(pick)
        elif move == "join":
            await self.join(refusing=pick % 4 == 0, crashing=pick % 3 == 0)
        elif move == "lease":
            await self.lease(1 + pick % 3)
        elif move in ("crash", "wait"):
            await self.pass_time(crash=move == "crash")
        elif move in ("cancel", "requeue", "delete"):
            await self.steer(move, pick)
        else:
            await self.work(move, pick)

    async def submit(self, pick: int, delay: float) -> None:
        """A task comes in."""
        lane = Lane(self.app, "default", "ab"[pick % 2])
        task = a_task(lane=lane, priority=pick % 3, delay=delay)
        (result,) = await self.storage.submit([task])
        self.moved(task.id, result.state)

    async def hold(self, pick: int) -> None:
        """A task comes in that waits for another one, or for one that is not there."""
        ids = [*self.states, str(uuid4())]
        task = a_task(lane=Lane(self.app, "default", "a"))
        task.held = True
        self.parents[task.id] = ids[pick % len(ids)]
        (result,) = await self.storage.submit([task])
        self.moved(task.id, result.state)

    async def join(self, *, refusing: bool, crashing: bool) -> None:
        """A broker takes the turns that have come; one that dies forgets none."""
        for turn in await self.storage.pending(100_000):
            if turn.child in self.parents:
                await self.take(turn, refusing=refusing)
            if not crashing:
                await self.storage.dismiss([turn])

    async def take(self, turn: Follower, *, refusing: bool) -> None:
        """A held task follows what it waits for, or is released."""
        parent = self.parents[turn.child]
        following = Following(parent, turn.child, turn.cursor + 1)
        (follows,) = await self.storage.follow([following])
        assert follows == (parent in self.states and not self.states[parent].ended)
        if follows:
            return
        refusal = "refused" if refusing else ""
        (change,) = await self.storage.release([Release(turn.child, refusal=refusal)])
        if change is not None:
            self.moved(change.id, change.state)

    async def lease(self, limit: int) -> None:
        """Tasks go out: only ready ones, as many as there are, in their order."""
        request = LeaseRequest(
            self.session,
            self.session,
            self.app,
            ("default",),
            frozenset("ab"),
            limit,
        )
        ready = sum(state is State.NEW for state in self.states.values())
        granted = await self.storage.lease(request)
        assert len(granted) == min(limit, ready)
        ranks = [(record.priority, record.order) for record in granted]
        assert ranks == sorted(ranks)
        for record in granted:
            assert record.id not in self.held
            self.leases[record.id] += 1
            assert record.lease == self.leases[record.id]
            self.moved(record.id, State.PROCESS)
            self.held[record.id] = record
            self.reported[record.id] = 0

    async def work(self, move: str, pick: int) -> None:
        """A worker says something under a lease, or under one it has no more."""
        if move == "repeat":
            if self.past:
                await self.settle_late(self.past[pick % len(self.past)])
            return
        if not self.held:
            return
        record = list(self.held.values())[pick % len(self.held)]
        if move == "begin":
            assert await self.storage.begin([token(record)]) == [True]
        elif move == "append":
            first = self.reported[record.id] + 1
            count = 1 + pick % 4
            (result,) = await self.storage.append([some_events(record, first, count)])
            assert result.stored
            self.reported[record.id] += count
        else:
            await self.settle(move, record)

    async def settle(self, move: str, record: TaskRecord) -> None:
        """A worker ends an attempt."""
        settlement = {
            "succeed": success(record),
            "retry": retry(record),
            "retry later": retry(record, delay=5.0),
            "give back": giving_back(record),
        }[move]
        (settled,) = await self.storage.settle([settlement])
        assert settled.accepted
        assert not settled.repeated
        if move == "retry" and settled.state is State.NEW:
            self.moved(record.id, State.RETRY)
        self.moved(record.id, settled.state)
        self.past.append(self.held.pop(record.id))

    async def settle_late(self, record: TaskRecord) -> None:
        """A settlement under an old lease never changes anything."""
        (before,) = await self.storage.get([record.id])
        (settled,) = await self.storage.settle([success(record, b"late")])
        assert settled.repeated or not settled.accepted
        assert await self.storage.get([record.id]) == [before]

    async def steer(self, move: str, pick: int) -> None:
        """Somebody steps in."""
        if not self.states:
            return
        task_id = list(self.states)[pick % len(self.states)]
        if move == "cancel":
            (moved,) = await self.storage.cancel([task_id], "enough", b"chunk")
        elif move == "requeue":
            (moved,) = await self.storage.requeue([task_id])
        else:
            (moved,) = await self.storage.delete([task_id])
            if moved.refusal is None:
                del self.states[task_id]
                return
        if moved.refusal is None:
            self.moved(task_id, moved.state)

    async def pass_time(self, *, crash: bool) -> None:
        """Time goes on, with or without the worker."""
        self.rig.advance(TTL + 1 if crash else 6.0)
        if not crash:
            assert await self.storage.extend([self.session], TTL) == []
        changes = await self.storage.reclaim(100_000, retry=RETRY, failure=FAILURE)
        mine = [change for change in changes if change.lane.app == self.app]
        assert {change.id for change in mine} == (set(self.held) if crash else set())
        for change in mine:
            self.moved(change.id, change.state)
            self.past.append(self.held.pop(change.id))
        if crash:
            await self.connect()
        promoted = await self.storage.promote(100_000)
        for change in promoted.changes:
            if change.lane.app == self.app:
                self.moved(change.id, change.state)

    def moved(self, task_id: str, state: State) -> None:
        """A task moved, as the table allows."""
        was = self.states.get(task_id)
        if state is not was:
            assert state in MOVES[was]
        self.states[task_id] = state

    async def check(self) -> None:
        """Every task is where it must be, with all its events, and counted."""
        ids = list(self.states)
        records = await self.storage.get(ids)
        for task_id, record in zip(ids, records, strict=True):
            assert record is not None
            assert record.state is self.states[task_id]
            log = await the_log(self.storage, task_id)
            assert numbers(log.entries) == list(range(1, record.seq + 1))
        counts = Counter(self.states.values())
        for figures in await self.storage.queues(self.app):
            assert sum(figures.backlog.values()) == counts[State.NEW]
            assert figures.running == counts[State.PROCESS] == len(self.held)
            waiting = counts[State.SCHEDULED] + counts[State.RETRY]
            assert figures.scheduled == waiting

    async def drain(self) -> None:
        """Whatever happened, every task can still be brought to an end."""
        await self.pass_time(crash=True)
        for _ in range(len(self.states) + 1):  # as deep as they wait for one another
            await self.join(refusing=False, crashing=False)
            await self.lease(len(self.states))
            for record in list(self.held.values()):
                await self.settle("succeed", record)
        assert all(state.ended for state in self.states.values())


class SequencePromises(StorageCase):
    """Any sequence of moves."""

    @given(steps=st.lists(STEP, max_size=60))
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    async def test_no_sequence_loses_or_doubles_a_task(
        self, rig: StorageRig, storage: Storage, steps: list[tuple[str, int]]
    ) -> None:
        model = Model(storage, rig)
        await model.connect()
        for move, pick in steps:
            await model.play(move, pick)
        await model.check()
        await model.drain()
        await model.check()
