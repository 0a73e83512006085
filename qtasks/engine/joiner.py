"""Joiner: lets tasks run once the tasks they wait for have ended.

Works on turns: a held task whose turn has come is shown the tasks it waits for, from its
cursor on. It follows the first that has not ended; when all have, it is released with
their results, or cancelled. Nothing but the storage knows who waits for whom, every step
may be repeated, and any broker may take it: two that take the same turn come to the same.

The broker that stored a held task, or made a turn come, is told at once. All brokers look
every `maintenance` seconds besides, for turns whose broker is gone.
"""

from collections.abc import Callable, Iterable, Sequence

import anyio

from qtasks import v1
from qtasks.abc.storage import Storage
from qtasks.core.records import Change, TaskRecord
from qtasks.core.states import State
from qtasks.core.waiting import Follower, Following, Release
from qtasks.engine.circles import find_circles, may_close_circle
from qtasks.engine.outages import Outages
from qtasks.engine.settings import MIB, EngineSettings

MAX_INPUTS = MIB
"""Bytes of results a task may be given of those it waited for, together."""

TURNS = 64
"""Turns taken together, and records looked at in one call."""


class Joiner:
    """Lets tasks run once those they wait for have ended.

    Args:
        storage: Where they wait.
        settings: How often to look for what others left.
        outages: Notes when the storage fails.
        on_changes: Told of tasks that were released or cancelled.
        on_due: Told in how many seconds a released task becomes due.
    """

    def __init__(
        self,
        storage: Storage,
        settings: EngineSettings,
        outages: Outages,
        on_changes: Callable[[list[Change]], None],
        on_due: Callable[[float], None],
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._outages = outages
        self._on_changes = on_changes
        self._on_due = on_due
        self._stored: dict[Follower, None] = {}
        self._wake = anyio.Event()

    def expect(self, stored: Iterable[Follower] = ()) -> None:
        """Take turns now: those of tasks just stored here, and all that have come."""
        self._stored.update(dict.fromkeys(stored))
        self._wake.set()

    async def run(self) -> None:
        """Take turns until cancelled."""
        clock = self._storage.clock
        while True:
            # Before the call: a turn that comes while it runs must set the new event.
            self._wake = anyio.Event()
            with self._outages.noted_quietly():
                while turns := self._next() or await self._storage.pending(TURNS):
                    await self._take(turns)
            await clock.wait(self._wake, self._settings.maintenance)

    def _next(self) -> list[Follower]:
        """Turns of tasks just stored; if taking them fails, they will be pending."""
        turns = list(self._stored)[:TURNS]
        for turn in turns:
            del self._stored[turn]
        return turns

    async def _take(self, turns: Sequence[Follower]) -> None:
        children = await self._storage.get([turn.child for turn in turns])
        waits = [
            _Wait(turn, child)
            for turn, child in zip(turns, children, strict=True)
            if child is not None and child.held and child.state is State.SCHEDULED
        ]
        decided = [wait for wait in waits if wait.decided]
        while waits := [wait for wait in waits if not wait.decided]:
            await self._look_on(waits)
            await self._break_circles(waits)
            decided += [wait for wait in waits if wait.decided]
            waits = await self._follow(waits)
        await self._release(decided)
        await self._storage.dismiss(turns)

    async def _look_on(self, waits: Sequence["_Wait"]) -> None:
        """Show each the next of the tasks it waits for."""
        shares = [wait.next_ids(max(1, TURNS // len(waits))) for wait in waits]
        records = iter(await self._storage.get([one for ids in shares for one in ids]))
        for wait, ids in zip(waits, shares, strict=True):
            wait.see([next(records) for _ in ids])

    async def _break_circles(self, waits: Sequence["_Wait"]) -> None:
        """Let none follow a task that waits for it."""
        pairs = {
            wait.task.id: wait.met
            for wait in waits
            if wait.met is not None and may_close_circle(wait.task, wait.met)
        }
        if not pairs:
            return
        circles = await find_circles(self._storage, pairs)
        for wait in waits:
            if wait.task.id in circles and wait.met is not None:
                wait.circle = wait.met.id
                wait.met = None

    async def _follow(self, waits: Sequence["_Wait"]) -> list["_Wait"]:
        """Let those follow that met a task which has not ended; returns the others."""
        met = [wait for wait in waits if wait.met is not None]
        following = await self._storage.follow([wait.following for wait in met])
        settled = {
            id(wait) for wait, stands in zip(met, following, strict=True) if stands
        }
        for wait in met:
            wait.met = None
        return [wait for wait in waits if id(wait) not in settled]

    async def _release(self, decided: Sequence["_Wait"]) -> None:
        if not decided:
            return
        releases = [wait.release() for wait in decided]
        changes = await self._storage.release(releases)
        self._on_changes([one for one in changes if one is not None])
        later = [
            release.due
            for release, change in zip(releases, changes, strict=True)
            if change is not None and change.state is State.SCHEDULED
        ]
        if later:
            # It may have become due since.
            self._on_due(max(0.0, min(later) - await self._storage.now()))


class _Wait:
    """A held task, as far as it has looked at the tasks it waits for."""

    def __init__(self, turn: Follower, child: TaskRecord) -> None:
        self.task = child
        self.met: TaskRecord | None = None
        """The next one, if it has not ended."""
        self.circle = ""
        """One that it waits for and that waits for it."""
        self._turn = turn
        self._task = v1.TaskSubmit.FromString(child.spec)
        self._ids = self._task.after.task_ids
        self._seen = 0
        self._results: dict[int, v1.Payload] = {}
        self._size = 0
        self._failed: tuple[str, str] | None = None

    @property
    def decided(self) -> bool:
        """Whether all have ended, or never will."""
        return self._seen == len(self._ids) or self.circle != ""

    @property
    def _place(self) -> int:
        return (self._turn.cursor + self._seen) % len(self._ids)

    @property
    def following(self) -> Following:
        """How it follows the one it met."""
        cursor = self._turn.cursor + self._seen + 1
        return Following(self._ids[self._place], self._turn.child, cursor)

    def next_ids(self, count: int) -> list[str]:
        """The ids of the next ones, at most so many."""
        upto = min(self._seen + count, len(self._ids))
        first = self._turn.cursor
        return [
            self._ids[(first + n) % len(self._ids)] for n in range(self._seen, upto)
        ]

    def see(self, records: Sequence[TaskRecord | None]) -> None:
        """Take in the next ones, up to one that has not ended."""
        for record in records:
            if record is not None and not record.state.ended:
                self.met = record
                return
            self._note(self._place, record)
            self._seen += 1

    def _note(self, place: int, record: TaskRecord | None) -> None:
        if record is None or record.state is not State.SUCCESS:
            ended = "unknown" if record is None else record.state.value
            self._failed = self._failed or (self._ids[place], ended)
            return
        if getattr(self._task.after, "pass"):
            self._size += len(record.outcome)
            if self._size <= MAX_INPUTS:
                self._results[place] = v1.Payload.FromString(record.outcome)

    def release(self) -> Release:
        """What becomes of it."""
        refusal = self._refusal()
        if refusal:
            return Release(self._turn.child, refusal=refusal)
        return Release(
            self._turn.child,
            inputs=v1.TaskSubmit(inputs=self._inputs()).SerializeToString(),
            due=self._due(),
        )

    def _refusal(self) -> str:
        after = self._task.after
        if self.circle:
            return f"it waits for {self.circle}, which waits for it"
        if self._failed is not None and after.on_failure != v1.ON_FAILURE_RUN:
            return "dependency {} ended as {}".format(*self._failed)
        if self._size > MAX_INPUTS:
            return (
                f"the results of its dependencies have {self._size} bytes together, "
                f"more than {MAX_INPUTS}"
            )
        return ""

    def _inputs(self) -> list[v1.Payload]:
        how = getattr(self._task.after, "pass")
        if not how:
            return []
        null = v1.Payload(json="null")
        inputs = [self._results.get(n, null) for n in range(len(self._ids))]
        if how == v1.PASS_EACH:
            return [one for one in inputs if one != null]
        return inputs

    def _due(self) -> float:
        start = self._task.WhichOneof("start")
        if start == "start_time":
            moment = self._task.start_time
            return moment.seconds + moment.nanos / 1e9
        if start == "delay":
            delay = self._task.delay
            return self.task.created + delay.seconds + delay.nanos / 1e9
        return 0.0
