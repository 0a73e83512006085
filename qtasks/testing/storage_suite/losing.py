"""What is promised when workers die: their tasks go on, and none goes on forever."""

import pytest

from qtasks.abc import Storage
from qtasks.core.lifecycle import MAX_DROPS
from qtasks.core.records import Change, Session, TaskRecord
from qtasks.core.states import State
from qtasks.testing.storage_suite.rig import (
    APP,
    FAILURE,
    RETRY,
    TTL,
    StorageCase,
    StorageRig,
    a_request,
    a_task,
    connected,
    giving_back,
    leased,
    numbers,
    some_events,
    submitted,
    success,
    the_log,
    the_record,
    token,
)


class LossPromises(StorageCase):
    """Sessions end, tasks are taken back."""

    async def test_live_sessions_keep_their_tasks(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        rig.advance(TTL - 1)
        assert await _reclaimed(storage) == []
        assert (await the_record(storage, record.id)).state is State.PROCESS

    async def test_a_begun_task_is_tried_again(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.begin([token(record)])
        rig.advance(TTL + 1)
        (change,) = await _reclaimed(storage)
        assert (change.id, change.lane) == (record.id, record.lane)
        assert (change.state, change.seq) == (State.NEW, 4)
        kept = await the_record(storage, record.id)
        assert (kept.losses, kept.drops, kept.attempt) == (1, 0, 1)
        assert (kept.state, kept.session) == (State.NEW, "")
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == [1, 2, 3, 4]
        assert getattr(log.entries[2], "chunk", None) == RETRY
        again = await _leased_again(storage)
        assert (again.attempt, again.lease) == (2, 2)
        (figures,) = await storage.queues(APP)
        assert figures.lost == 1

    async def test_a_task_that_had_not_begun_keeps_its_attempt(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        rig.advance(TTL + 1)
        (change,) = await _reclaimed(storage)
        assert (change.state, change.seq) == (State.NEW, 3)
        kept = await the_record(storage, record.id)
        assert (kept.losses, kept.drops, kept.attempt) == (0, 1, 0)
        again = await _leased_again(storage)
        assert (again.attempt, again.lease) == (1, 2)

    async def test_a_late_end_is_refused_and_counted(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.begin([token(record)])
        rig.advance(TTL + 1)
        await _reclaimed(storage)
        (before,) = await storage.settle([success(record)])
        await _leased_again(storage)
        (after,) = await storage.settle([success(record)])
        assert not before.accepted
        assert not after.accepted
        (events,) = await storage.append([some_events(record, 1)])
        assert not events.held
        (figures,) = await storage.queues(APP)
        assert figures.refused == 2

    async def test_a_late_end_is_refused_after_requeueing_too(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage, a_task(max_losses=1))
        await storage.begin([token(record)])
        rig.advance(TTL + 1)
        await _reclaimed(storage)
        await storage.requeue([record.id])
        (late,) = await storage.settle([success(record)])
        assert not late.accepted

    async def test_a_late_end_is_refused_though_an_earlier_lease_was_settled(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        first = await leased(storage)
        await storage.settle([giving_back(first)])
        second = await _leased_again(storage)
        rig.advance(TTL + 1)
        await _reclaimed(storage)
        for record in (first, second):
            (late,) = await storage.settle([success(record)])
            assert not late.accepted
        assert (await the_record(storage, first.id)).state is State.NEW

    async def test_a_task_that_kills_its_workers_ends(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_task(max_losses=3))
        for loss in range(1, 4):
            record = await _leased_again(storage)
            await storage.begin([token(record)])
            rig.advance(TTL + 1)
            (change,) = await _reclaimed(storage)
            assert change.state is (State.ERROR if loss == 3 else State.NEW)
        kept = await the_record(storage, task_id)
        assert (kept.state, kept.outcome, kept.losses) == (State.ERROR, FAILURE, 3)
        assert kept.ended > 0.0
        (figures,) = await storage.queues(APP)
        assert (figures.error, figures.lost, figures.running) == (1, 3, 0)

    async def test_a_task_that_nobody_begins_ends(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_task(max_losses=1))
        for drop in range(1, MAX_DROPS + 1):
            await _leased_again(storage)
            rig.advance(TTL + 1)
            (change,) = await _reclaimed(storage)
            assert change.state is (State.ERROR if drop == MAX_DROPS else State.NEW)
        kept = await the_record(storage, task_id)
        assert (kept.outcome, kept.drops, kept.losses) == (FAILURE, MAX_DROPS, 0)

    async def test_a_task_asked_to_stop_is_cancelled(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.begin([token(record)])
        await storage.cancel([record.id], "enough", b"asked to stop")
        rig.advance(TTL + 1)
        (change,) = await _reclaimed(storage)
        assert change.state is State.CANCEL
        kept = await the_record(storage, record.id)
        assert (kept.outcome, kept.losses) == (b"enough", 1)

    @pytest.mark.parametrize("begun", [True, False])
    async def test_a_last_loss_is_no_error_for_a_task_asked_to_stop(
        self, rig: StorageRig, storage: Storage, *, begun: bool
    ) -> None:
        await submitted(storage, a_task(max_losses=1))
        for _ in range(0 if begun else MAX_DROPS - 1):
            await _leased_again(storage)
            rig.advance(TTL + 1)
            await _reclaimed(storage)
        record = await _leased_again(storage)
        await storage.begin([token(record)] if begun else [])
        await storage.cancel([record.id], "enough", b"asked to stop")
        rig.advance(TTL + 1)
        (change,) = await _reclaimed(storage)
        assert change.state is State.CANCEL
        kept = await the_record(storage, record.id)
        assert (kept.outcome, kept.losses + kept.drops) == (
            b"enough",
            1 if begun else MAX_DROPS,
        )
        (figures,) = await storage.queues(APP)
        assert (figures.error, figures.cancel) == (0, 1)

    async def test_a_session_is_gone_with_its_tasks(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await leased(storage)
        await connected(storage, "idle", "worker-2")
        rig.advance(TTL + 1)
        await _reclaimed(storage)
        unknown = await storage.extend(["session-1", "idle"], TTL)
        assert sorted(unknown) == ["idle", "session-1"]
        session = Session("session-1", "worker-1", APP, b"")
        assert await storage.open_session(session, TTL) == ([], False)

    async def test_an_ended_session_loses_its_tasks_after_the_grace(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await leased(storage)
        await storage.end_session("session-1", 2.0)
        assert await _reclaimed(storage) == []
        rig.advance(2.5)
        assert len(await _reclaimed(storage)) == 1

    async def test_a_session_that_comes_back_keeps_its_tasks(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.end_session("session-1", 2.0)
        rig.advance(1.0)
        session = Session("session-1", "worker-1", APP, b"")
        (held,) = (await storage.open_session(session, TTL)).held
        assert held.id == record.id
        rig.advance(2.0)
        assert await _reclaimed(storage) == []
        (settled,) = await storage.settle([success(record)])
        assert settled.accepted

    async def test_taking_back_keeps_to_its_limit(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        ids = await submitted(storage, *(a_task() for _ in range(25)))
        await connected(storage)
        await connected(storage, "session-2", "worker-2")
        await storage.lease(a_request(limit=15))
        await storage.lease(a_request("session-2"))
        rig.advance(TTL + 1)
        taken: list[Change] = []
        while changes := await _reclaimed(storage, limit=4):
            assert len(changes) <= 4
            taken += changes
        assert sorted(change.id for change in taken) == sorted(ids)
        await connected(storage)
        granted = await storage.lease(a_request())
        assert [record.id for record in granted] == ids

    async def test_the_keeping_of_settled_tasks_is_not_undone(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.settle([success(record)])
        rig.advance(TTL + 1)
        assert await _reclaimed(storage) == []
        assert (await the_record(storage, record.id)).state is State.SUCCESS


async def _reclaimed(storage: Storage, limit: int = 1000) -> list[Change]:
    return await storage.reclaim(limit, retry=RETRY, failure=FAILURE)


async def _leased_again(storage: Storage) -> TaskRecord:
    await connected(storage)
    (record,) = await storage.lease(a_request())
    return record
