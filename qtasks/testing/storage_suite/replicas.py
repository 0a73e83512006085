"""What is promised to several brokers on one storage."""

from collections.abc import AsyncIterator

import pytest

from qtasks.abc import Storage
from qtasks.core.records import Append
from qtasks.core.signals import AnswerSignal, CancelSignal, Signal, Work
from qtasks.testing.storage_suite.rig import (
    APP,
    LANE,
    TTL,
    StorageCase,
    StorageRig,
    a_request,
    a_task,
    connected,
    leased,
    next_signal,
    retry,
    some_events,
    submitted,
    success,
    the_record,
    token,
    told,
)

MARK = Work(LANE._replace(name="mark"))
"""Sent after something, to know that nothing else came before it."""


class ReplicaPromises(StorageCase):
    """Brokers hear of each other."""

    @pytest.fixture
    async def replica(self, rig: StorageRig) -> AsyncIterator[Storage]:
        """A second broker's handle."""
        async with rig.handle() as replica:
            yield replica

    async def test_replicas_see_the_same_tasks(
        self, storage: Storage, replica: Storage
    ) -> None:
        record = await leased(storage)
        assert await the_record(replica, record.id) == record
        assert await replica.lease(a_request()) == []
        (settled,) = await replica.settle([success(record)])
        assert settled.accepted
        (late,) = await storage.settle([success(record)])
        assert late.repeated

    async def test_a_session_belongs_to_who_opened_it_last(
        self, rig: StorageRig, storage: Storage, replica: Storage
    ) -> None:
        await submitted(storage, a_task(), a_task())
        await connected(storage)
        assert await replica.lease(a_request(limit=1)) == []
        assert len(await storage.lease(a_request(limit=1))) == 1
        await connected(replica)
        assert await storage.lease(a_request(limit=1)) == []
        assert len(await replica.lease(a_request(limit=1))) == 1
        await storage.end_session("session-1", 0.0)
        rig.advance(1.0)
        assert await storage.reclaim(10, retry=b"r", failure=b"f") == []
        (session,) = await storage.sessions(APP)
        assert session.running == 2

    async def test_any_broker_keeps_a_session(
        self, rig: StorageRig, storage: Storage, replica: Storage
    ) -> None:
        await connected(storage)
        rig.advance(TTL - 1)
        assert await replica.extend(["session-1"], TTL) == []
        rig.advance(TTL - 1)
        assert len(await storage.sessions(APP)) == 1

    async def test_signals_reach_the_others_only(
        self, storage: Storage, replica: Storage
    ) -> None:
        signals: list[Signal] = [
            Work(LANE),
            CancelSignal("s", token(await leased(storage)), "enough"),
            AnswerSignal("s", token(await leased(storage)), "a", b"\x00yes"),
        ]
        async with storage.signals() as own, replica.signals() as heard:
            for signal in signals:
                await storage.publish(signal)
            assert await _until_mark(storage, heard) == signals
            assert await _until_mark(replica, own) == []

    async def test_a_watched_task_that_changes_istold(
        self, storage: Storage, replica: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_task())
        await connected(storage)
        async with replica.signals() as heard:
            await replica.watch([task_id])
            (record,) = await storage.lease(a_request())
            assert await told(heard) == task_id
            await storage.append([some_events(record, 1)])
            assert await told(heard) == task_id
            await storage.cancel([task_id], "enough", b"asked to stop")
            assert await told(heard) == task_id
            await storage.settle([success(record)])
            assert await told(heard) == task_id

    async def test_questions_and_answers_aretold(
        self, storage: Storage, replica: Storage
    ) -> None:
        record = await leased(storage)
        await storage.append([Append(token(record), 1, 1, b"asked", asks=("a",))])
        async with replica.signals() as heard:
            await replica.watch([record.id])
            await storage.answer(record.id, "a", b"yes", b"answered")
            assert await told(heard) == record.id

    async def test_time_and_loss_aretold(
        self, rig: StorageRig, storage: Storage, replica: Storage
    ) -> None:
        record = await leased(storage)
        (delayed,) = await submitted(storage, a_task(delay=5.0))
        async with replica.signals() as heard:
            await replica.watch([record.id, delayed])
            rig.advance(TTL + 1)
            await storage.promote(10)
            assert await told(heard) == delayed
            await storage.reclaim(10, retry=b"r", failure=b"f")
            assert await told(heard) == record.id

    async def test_ones_own_changes_are_nottold(
        self, storage: Storage, replica: Storage
    ) -> None:
        async with storage.signals() as heard:
            record = await leased(storage, a_task(watched=True))
            await storage.watch([record.id])
            await storage.settle([success(record)])
            assert await _until_mark(replica, heard) == []

    async def test_a_task_can_be_watched_from_its_submit(
        self, storage: Storage, replica: Storage
    ) -> None:
        async with replica.signals() as heard:
            (task_id,) = await submitted(replica, a_task(watched=True))
            await connected(storage)
            await storage.lease(a_request())
            assert await told(heard) == task_id

    async def test_a_known_task_can_be_watched_by_its_submit(
        self, storage: Storage, replica: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_task(key="k"))
        await connected(storage)
        async with replica.signals() as heard:
            await replica.submit([a_task(key="k", watched=True)])
            await storage.lease(a_request())
            assert await told(heard) == task_id

    async def test_what_is_watched_no_more_is_nottold(
        self, storage: Storage, replica: Storage
    ) -> None:
        first = await leased(storage)
        second = await leased(storage)
        async with replica.signals() as heard:
            await replica.watch([first.id, second.id])
            await replica.unwatch([first.id])
            await storage.settle([retry(first), retry(second)])
            assert await told(heard) == second.id
            assert await _until_mark(storage, heard) == []

    async def test_watching_ends_with_the_task(
        self, storage: Storage, replica: Storage
    ) -> None:
        record = await leased(storage)
        async with replica.signals() as heard:
            await replica.watch([record.id])
            await storage.settle([success(record)])
            assert await told(heard) == record.id
            await storage.requeue([record.id])
            assert await _until_mark(storage, heard) == []

    async def test_watching_what_has_ended_is_looking(
        self, storage: Storage, replica: Storage
    ) -> None:
        record = await leased(storage)
        await storage.settle([success(record)])
        async with replica.signals() as heard:
            (found,) = await replica.watch([record.id])
            assert found is not None
            await storage.requeue([record.id])
            assert await _until_mark(storage, heard) == []


async def _until_mark(sender: Storage, heard: AsyncIterator[Signal]) -> list[Signal]:
    """Everything that is heard before a mark that the sender sends now."""
    await sender.publish(MARK)
    signals: list[Signal] = []
    while (signal := await next_signal(heard)) != MARK:
        signals.append(signal)
    return signals
