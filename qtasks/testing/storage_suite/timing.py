"""What is promised about time: what is due runs, what is late ends, what is old goes."""

from uuid import uuid4

from qtasks.abc import Storage
from qtasks.core.records import Change, Refusal
from qtasks.core.states import State
from qtasks.testing.storage_suite.rig import (
    APP,
    LANE,
    QUEUE,
    TTL,
    StorageCase,
    StorageRig,
    a_request,
    a_task,
    connected,
    giving_back,
    leased,
    retry,
    states,
    submitted,
    success,
    the_log,
    the_record,
)


class TimePromises(StorageCase):
    """Tasks become due, expire, and are forgotten."""

    async def test_it_tells_its_time(self, rig: StorageRig, storage: Storage) -> None:
        before = await storage.now()
        (submit,) = await storage.submit([a_task()])
        assert before <= submit.time <= await storage.now()
        rig.advance(60.0)
        assert 60.0 <= await storage.now() - before < 120.0

    # -- promoting ------------------------------------------------------------------

    async def test_nothing_waits(self, storage: Storage) -> None:
        promoted = await storage.promote(10)
        assert promoted.changes == []
        assert promoted.next_due_in == 0.0
        assert not promoted.more

    async def test_a_due_task_becomes_ready(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_task(delay=10.0))
        early = await storage.promote(10)
        assert early.changes == []
        assert 9.0 < early.next_due_in <= 10.0
        rig.advance(10.5)
        promoted = await storage.promote(10)
        assert promoted.changes == [Change(task_id, LANE, State.NEW, 2)]
        assert promoted.next_due_in == 0.0
        log = await the_log(storage, task_id)
        assert states(log.entries) == [State.SCHEDULED, State.NEW]
        await connected(storage)
        (record,) = await storage.lease(a_request())
        assert record.id == task_id
        (figures,) = await storage.queues(APP)
        assert (figures.scheduled, figures.running) == (0, 1)

    async def test_the_next_due_is_the_earliest(self, storage: Storage) -> None:
        await submitted(storage, a_task(delay=60.0), a_task(delay=20.0))
        assert 19.0 < (await storage.promote(10)).next_due_in <= 20.0

    async def test_promoting_keeps_to_its_limit(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        tasks = [a_task(delay=delay) for delay in (3.0, 1.0, 2.0, 5.0, 4.0)]
        ids = await submitted(storage, *tasks)
        rig.advance(6.0)
        first = await storage.promote(2)
        assert len(first.changes) == 2
        assert first.more
        rest: list[Change] = []
        while (promoted := await storage.promote(2)).changes:
            rest += promoted.changes
        assert not promoted.more
        moved = [change.id for change in first.changes + rest]
        assert sorted(moved) == sorted(ids)

    async def test_a_promoted_task_stands_behind_the_ready_ones(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        delayed, ready = await submitted(storage, a_task(delay=1.0), a_task())
        rig.advance(2.0)
        await storage.promote(10)
        await connected(storage)
        granted = await storage.lease(a_request())
        assert [record.id for record in granted] == [ready, delayed]

    # -- expiring -------------------------------------------------------------------

    async def test_waiting_tasks_expire(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task()])
        ready, later = await submitted(
            storage,
            a_task(expires=now.time + 10.0),
            a_task(expires=now.time + 10.0, delay=20.0),
        )
        assert (await storage.sweep(100)).changes == []
        rig.advance(11.0)
        swept = await storage.sweep(100)
        assert {change.id for change in swept.changes} == {ready, later}
        assert {change.state for change in swept.changes} == {State.CANCEL}
        record = await the_record(storage, later)
        assert (record.state, record.outcome) == (State.CANCEL, b"expired")
        assert (await storage.sweep(100)).changes == []
        (figures,) = await storage.queues(APP)
        assert (figures.cancel, figures.scheduled) == (2, 0)
        assert figures.backlog == {"work": 1}

    async def test_started_tasks_do_not_expire(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task(lane=LANE._replace(name="other"))])
        record = await leased(storage, a_task(expires=now.time + 10.0))
        rig.advance(11.0)
        assert (await storage.sweep(100)).changes == []
        (settled,) = await storage.settle([success(record)])
        assert settled.accepted

    async def test_a_task_between_attempts_does_not_expire(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task(lane=LANE._replace(name="other"))])
        record = await leased(storage, a_task(expires=now.time + 10.0))
        await storage.settle([retry(record, delay=5.0)])
        rig.advance(11.0)
        assert (await storage.sweep(100)).changes == []
        await storage.promote(10)
        (again,) = await storage.lease(a_request())
        assert (again.id, again.attempt) == (record.id, 2)

    async def test_a_task_given_back_can_expire(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task(lane=LANE._replace(name="other"))])
        record = await leased(storage, a_task(expires=now.time + 10.0))
        await storage.settle([giving_back(record)])
        rig.advance(11.0)
        (change,) = (await storage.sweep(100)).changes
        assert (change.id, change.state) == (record.id, State.CANCEL)

    # -- forgetting -----------------------------------------------------------------

    async def test_ended_tasks_are_kept_their_time(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage, a_task(keep=100.0, key="k", group="g"))
        await storage.settle([success(record)])
        rig.advance(99.0)
        assert (await storage.sweep(100)).deleted == 0
        rig.advance(2.0)
        swept = await storage.sweep(100)
        assert (swept.deleted, swept.changes, swept.more) == (1, [], False)
        assert await storage.get([record.id]) == [None]
        assert await storage.read(record.id, 0, 10) is None
        (again,) = await storage.submit([a_task(key="k")])
        assert again.id != record.id

    async def test_kept_not_at_all(self, storage: Storage) -> None:
        record = await leased(storage, a_task(keep=0.0))
        await storage.settle([success(record)])
        assert (await storage.sweep(100)).deleted == 1

    async def test_a_settlement_may_say_how_long(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage, a_task(keep=100.0))
        settlement = success(record)
        settlement.keep = 5.0
        await storage.settle([settlement])
        rig.advance(4.0)
        assert (await storage.sweep(100)).deleted == 0
        rig.advance(2.0)
        assert (await storage.sweep(100)).deleted == 1

    async def test_ended_tasks_are_kept_longer_or_shorter(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        longer = await leased(storage, a_task(keep=10.0))
        await storage.settle([success(longer)])
        shorter = await leased(storage, a_task(keep=1000.0))
        await storage.settle([success(shorter)])
        waiting, *_ = await submitted(storage, a_task())
        unknown = str(uuid4())
        (kept,) = await storage.keep([longer.id], 100.0)
        assert (kept.refusal, kept.state) == (None, State.SUCCESS)
        early, unended, gone = await storage.keep([shorter.id, waiting, unknown], 5.0)
        assert early.refusal is None
        assert unended.refusal is Refusal.NOT_ENDED
        assert gone.refusal is Refusal.NOT_FOUND
        rig.advance(50.0)
        assert (await storage.sweep(100)).deleted == 1
        assert await storage.get([shorter.id]) == [None]
        record = await the_record(storage, longer.id)
        assert (record.keep, record.outcome) == (100.0, b"result")
        rig.advance(51.0)
        assert (await storage.sweep(100)).deleted == 1

    async def test_waiting_tasks_are_not_forgotten(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        ids = await submitted(storage, a_task(keep=0.0), a_task(keep=0.0, delay=5.0))
        rig.advance(1_000_000.0)
        assert (await storage.sweep(100)).deleted == 0
        assert None not in await storage.get(ids)

    async def test_a_requeued_task_is_not_forgotten(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage, a_task(keep=10.0))
        await storage.settle([success(record)])
        await storage.requeue([record.id])
        rig.advance(11.0)
        assert (await storage.sweep(100)).deleted == 0
        await connected(storage, ttl=TTL)
        (again,) = await storage.lease(a_request())
        await storage.settle([success(again)])
        rig.advance(11.0)
        assert (await storage.sweep(100)).deleted == 1

    async def test_sweeping_keeps_to_its_limit(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await submitted(storage, *(a_task(keep=1.0) for _ in range(10)))
        await storage.purge(APP, QUEUE, 100, "enough")
        rig.advance(2.0)
        first = await storage.sweep(4)
        assert (first.deleted, first.more) == (4, True)
        deleted = first.deleted
        while (swept := await storage.sweep(4)).more:
            deleted += swept.deleted
        assert deleted + swept.deleted == 10

    async def test_sweeping_keeps_to_its_limit_over_all_it_does(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await submitted(storage, *(a_task(keep=1.0) for _ in range(5)))
        await storage.purge(APP, QUEUE, 100, "enough")
        (now,) = await storage.submit([a_task()])
        expires = now.time + 1.0
        await submitted(storage, *(a_task(expires=expires) for _ in range(5)))
        rig.advance(2.0)
        cancelled = deleted = 0
        while True:
            swept = await storage.sweep(3)
            assert len(swept.changes) + swept.deleted <= 3
            cancelled += len(swept.changes)
            deleted += swept.deleted
            if not swept.more:
                break
        assert (cancelled, deleted) == (5, 5)
