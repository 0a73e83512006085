"""Tasks come in.

An idempotency key lives in the partition of its own hash, its task in that of the id. So
with several partitions a task with a key is stored in two steps: take the key, store
the task. Whoever finds a key taken by a task that is not there (its submitter is slow,
or died between the steps) first makes sure that this task can't be stored any more, and
takes the key over. A submitter that finds its task kept out begins anew. So a key never
names two tasks, whoever dies where.
"""

from collections.abc import Iterable, Mapping, Sequence

import anyio

from qtasks.core.records import Fate, NewTask, Submitted, TaskRecord
from qtasks.core.waiting import SUBMIT_GRACE
from qtasks.storages.redis import codec, scripts
from qtasks.storages.redis.link import Link
from qtasks.storages.redis.looking import Looking

VOID_SECONDS = 60
"""How long a lost task is kept out; longer than any call lasts."""

BETWEEN_STEPS_SECONDS = 0.05
"""How long a task that is not there yet is waited for."""


class Intake:
    """Stores new tasks."""

    def __init__(self, link: Link, looking: Looking) -> None:
        self._link = link
        self._looking = looking

    async def submit(self, tasks: Sequence[NewTask]) -> list[Submitted]:
        """Store tasks; see `Storage.submit`."""
        answers: dict[int, Submitted] = {}
        taken_over: Mapping[int, str] = {}
        while len(answers) < len(tasks):
            waiting = [n for n in range(len(tasks)) if n not in answers]
            owners = await self._claim(tasks, waiting, taken_over)
            own = [n for n in waiting if owners.get(n, tasks[n].id) == tasks[n].id]
            answers |= await self._store(tasks, own)
            others = {n: owners[n] for n in waiting if n in owners and n not in own}
            if not others:
                continue
            present, taken_over = await self._look_for(others)
            answers |= await self._existing(tasks, present)
        return [answers[n] for n in range(len(tasks))]

    async def release(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """Give up the keys (app, key, id) of tasks that are forgotten."""
        if self._link.layout.partitions == 1:
            return  # the script did it, the key was beside the task
        items = [(app + key, (app, key, id_)) for app, key, id_ in keys]
        if items:
            await self._link.spread(scripts.KEY_RELEASE, items)

    async def _claim(
        self,
        tasks: Sequence[NewTask],
        waiting: list[int],
        taken_over: Mapping[int, str],
    ) -> dict[int, str]:
        """Take the keys of tasks; returns who has each."""
        if self._link.layout.partitions == 1:
            return {}
        keyed = [n for n in waiting if tasks[n].key]
        if not keyed:
            return {}
        items = [
            (
                tasks[n].lane.app + tasks[n].key,
                (tasks[n].lane.app, tasks[n].key, tasks[n].id, taken_over.get(n, "")),
            )
            for n in keyed
        ]
        owners = await self._link.spread(scripts.KEY_CLAIM, items)
        return {n: owner.decode() for n, owner in zip(keyed, owners, strict=True)}

    async def _store(
        self, tasks: Sequence[NewTask], own: list[int]
    ) -> dict[int, Submitted]:
        """Store tasks, but for those whose key was taken over meanwhile."""
        orders = await self._link.reserve(len(own))
        items = [
            (tasks[n].id, codec.pack_task(tasks[n], order))
            for n, order in zip(own, orders, strict=True)
        ]
        own_keys = int(self._link.layout.partitions == 1)
        raw = await self._link.spread(scripts.SUBMIT, items, (own_keys, SUBMIT_GRACE))
        results = zip(own, map(codec.unpack_submitted, raw), strict=True)
        stored = {n: result for n, result in results if result is not None}
        if not own_keys:
            await self._after_store(tasks, own, stored)
        return stored

    async def _after_store(
        self,
        tasks: Sequence[NewTask],
        own: list[int],
        stored: Mapping[int, Submitted],
    ) -> None:
        """Clear up behind tasks that were not stored under the key they took."""
        voided = [n for n in own if n not in stored]
        for n in voided:
            base = self._link.layout.base(self._link.layout.partition(tasks[n].id))
            await self._link.command("DEL", f"{base}v:{tasks[n].id}")
        conflicts = [
            tasks[n]
            for n, result in stored.items()
            if result.fate is Fate.CONFLICT and tasks[n].key
        ]
        records = await self._looking.get([task.id for task in conflicts])
        await self.release(
            (task.lane.app, task.key, task.id)
            for task, record in zip(conflicts, records, strict=True)
            if record is None or record.key != task.key
        )

    async def _look_for(
        self, owners: Mapping[int, str]
    ) -> tuple[dict[int, str], dict[int, str]]:
        """Tell the tasks that have keys from those that are not there, for good."""
        present, missing = await self._tell_apart(owners, void_seconds=0)
        if not missing:
            return present, missing
        # Most likely its submitter is between the steps this very moment.
        await anyio.sleep(BETWEEN_STEPS_SECONDS)
        late, lost = await self._tell_apart(missing, void_seconds=VOID_SECONDS)
        return present | late, lost

    async def _tell_apart(
        self, owners: Mapping[int, str], *, void_seconds: int
    ) -> tuple[dict[int, str], dict[int, str]]:
        items = [(owner, (owner,)) for owner in owners.values()]
        there = await self._link.spread(scripts.KEY_VOID, items, (void_seconds,))
        present: dict[int, str] = {}
        lost: dict[int, str] = {}
        for (n, owner), found in zip(owners.items(), there, strict=True):
            (present if found else lost)[n] = owner
        return present, lost

    async def _existing(
        self, tasks: Sequence[NewTask], present: Mapping[int, str]
    ) -> dict[int, Submitted]:
        """Answer with the tasks that keys name."""
        watched = {n: owner for n, owner in present.items() if tasks[n].watched}
        others = {n: owner for n, owner in present.items() if n not in watched}
        records = [
            *await self._looking.watch(list(watched.values())),
            *await self._looking.get(list(others.values())),
        ]
        return {
            n: _existing(record)
            for n, record in zip((*watched, *others), records, strict=True)
            if record is not None
        }


def _existing(record: TaskRecord) -> Submitted:
    return Submitted(
        id=record.id,
        fate=Fate.EXISTING,
        state=record.state,
        seq=record.seq,
        time=record.created,
        due=record.due,
    )
