"""What is promised to people who cancel, requeue, delete and purge."""

import pytest

from qtasks.abc import Storage
from qtasks.core.records import ChunkEntry, Refusal, Settlement
from qtasks.core.states import State
from qtasks.testing.storage_suite.rig import (
    APP,
    LANE,
    QUEUE,
    StorageCase,
    a_request,
    a_task,
    connected,
    leased,
    numbers,
    retry,
    some_events,
    states,
    submitted,
    success,
    the_log,
    the_record,
    token,
)


class SteerPromises(StorageCase):
    """People step in."""

    # -- cancelling -----------------------------------------------------------------

    async def test_waiting_tasks_are_cancelled(self, storage: Storage) -> None:
        retried = await leased(storage)
        await storage.settle([retry(retried, delay=60.0)])
        ids = await submitted(storage, a_task(), a_task(delay=60.0))
        moved = await storage.cancel([*ids, retried.id], "not needed", b"chunk")
        assert [each.refusal for each in moved] == [None] * 3
        assert {each.state for each in moved} == {State.CANCEL}
        assert [each.session for each in moved] == [""] * 3
        for each in moved:
            record = await the_record(storage, each.id)
            assert (record.state, record.outcome) == (State.CANCEL, b"not needed")
            assert (record.seq, record.ended > 0.0) == (each.seq, True)
            log = await the_log(storage, each.id)
            assert states(log.entries)[-1] is State.CANCEL
        assert await storage.lease(a_request()) == []
        assert (await storage.promote(10)).next_due_in == 0.0
        (figures,) = await storage.queues(APP)
        assert (figures.cancel, figures.scheduled, figures.backlog) == (3, 0, {})

    async def test_a_running_task_is_asked_once(self, storage: Storage) -> None:
        record = await leased(storage)
        (moved,) = await storage.cancel([record.id], "enough", b"asked to stop")
        assert (moved.refusal, moved.state, moved.seq) == (None, State.PROCESS, 3)
        assert (moved.session, moved.lease, moved.lane) == ("session-1", 1, LANE)
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.cancel_reason) == (State.PROCESS, "enough")
        (entry,) = (await the_log(storage, record.id, after=2)).entries
        assert isinstance(entry, ChunkEntry)
        assert entry.chunk == b"asked to stop"
        (again,) = await storage.cancel([record.id], "more", b"again")
        assert (again.refusal, again.seq, again.session) == (None, 3, "session-1")
        kept = await the_record(storage, record.id)
        assert (kept.seq, kept.cancel_reason) == (3, "enough")

    async def test_ended_and_unknown_tasks_are_not_cancelled(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.settle([success(record)])
        ended, unknown = await storage.cancel([record.id, "unknown"], "r", b"c")
        assert (ended.refusal, ended.state) == (Refusal.ENDED, State.SUCCESS)
        assert (unknown.id, unknown.refusal) == ("unknown", Refusal.NOT_FOUND)
        assert (await the_record(storage, record.id)).seq == 3

    # -- requeueing -----------------------------------------------------------------

    @pytest.mark.parametrize("state", [State.SUCCESS, State.ERROR, State.CANCEL])
    async def test_an_ended_task_runs_again(
        self, storage: Storage, state: State
    ) -> None:
        record = await leased(storage, a_task(expires=9e9))
        await storage.append([some_events(record, 1, 2)])
        await storage.settle([Settlement(token(record), state, b"outcome")])
        (moved,) = await storage.requeue([record.id])
        assert (moved.refusal, moved.state, moved.seq) == (None, State.NEW, 6)
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.attempt, kept.outcome) == (State.NEW, 0, b"")
        assert (kept.losses, kept.drops, kept.expires, kept.ended) == (0, 0, 0.0, 0.0)
        (again,) = await storage.lease(a_request())
        assert (again.attempt, again.lease, again.seq) == (1, 2, 7)
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == list(range(1, 8))
        (figures,) = await storage.queues(APP)
        assert (figures.submitted, figures.running) == (1, 1)

    async def test_a_requeued_task_is_not_still_to_be_stopped(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.cancel([record.id], "enough", b"asked to stop")
        await storage.settle([success(record)])
        await storage.requeue([record.id])
        (again,) = await storage.lease(a_request())
        assert again.cancel_reason == ""
        (settled,) = await storage.settle([retry(again)])
        assert settled.state is State.NEW

    async def test_a_requeued_task_stands_at_the_end(self, storage: Storage) -> None:
        first, second = await submitted(storage, a_task(), a_task())
        await storage.cancel([first], "wait", b"")
        await storage.requeue([first])
        await connected(storage)
        granted = await storage.lease(a_request())
        assert [record.id for record in granted] == [second, first]

    async def test_only_ended_tasks_are_requeued(self, storage: Storage) -> None:
        record = await leased(storage)
        waiting = await submitted(storage, a_task(), a_task(delay=60.0))
        moved = await storage.requeue([record.id, *waiting, "unknown"])
        assert [each.refusal for each in moved] == [
            *[Refusal.NOT_ENDED] * 3,
            Refusal.NOT_FOUND,
        ]

    # -- deleting -------------------------------------------------------------------

    async def test_tasks_are_deleted_with_all_that_is_theirs(
        self, storage: Storage
    ) -> None:
        record = await leased(storage, a_task(group="g"))
        await storage.append([some_events(record, 1, 2)])
        await storage.settle([success(record)])
        ids = [record.id, *await submitted(storage, a_task(), a_task(delay=60.0))]
        moved = await storage.delete(ids)
        assert [each.refusal for each in moved] == [None] * 3
        assert await storage.get(ids) == [None] * 3
        assert await storage.read(record.id, 0, 10) is None
        assert await storage.lease(a_request()) == []
        assert (await storage.promote(10)).next_due_in == 0.0
        (figures,) = await storage.queues(APP)
        assert (figures.backlog, figures.scheduled) == ({}, 0)

    async def test_a_deleted_id_starts_afresh(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 2)])
        await storage.settle([success(record)])
        await storage.delete([record.id])
        await submitted(storage, a_task(id=record.id))
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == [1]

    async def test_running_and_unknown_tasks_are_not_deleted(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        running, unknown = await storage.delete([record.id, "unknown"])
        assert (running.refusal, running.state) == (Refusal.RUNNING, State.PROCESS)
        assert unknown.refusal is Refusal.NOT_FOUND
        (settled,) = await storage.settle([success(record)])
        assert settled.accepted

    # -- queues ---------------------------------------------------------------------

    async def test_purging_cancels_what_waits_in_a_queue(
        self, storage: Storage
    ) -> None:
        running = await leased(storage)
        ids = await submitted(
            storage,
            a_task(),
            a_task(lane=LANE._replace(name="other")),
            a_task(delay=60.0),
        )
        (elsewhere,) = await submitted(storage, a_task(lane=LANE._replace(queue="q2")))
        changes = await storage.purge(APP, QUEUE, 100, "purged")
        assert sorted(change.id for change in changes) == sorted(ids)
        assert {change.state for change in changes} == {State.CANCEL}
        assert (await the_record(storage, ids[2])).outcome == b"purged"
        assert (await the_record(storage, running.id)).state is State.PROCESS
        assert (await the_record(storage, elsewhere)).state is State.NEW
        assert await storage.purge(APP, QUEUE, 100, "purged") == []

    async def test_purging_keeps_to_its_limit(self, storage: Storage) -> None:
        tasks = [a_task(delay=60.0 * (each % 2)) for each in range(10)]
        await submitted(storage, *tasks)
        purged = 0
        while changes := await storage.purge(APP, QUEUE, 4, "purged"):
            assert len(changes) <= 4
            purged += len(changes)
        assert purged == 10

    async def test_pausing_twice_is_pausing(self, storage: Storage) -> None:
        await storage.pause(APP, QUEUE, paused=True)
        await storage.pause(APP, QUEUE, paused=True)
        await storage.pause(APP, QUEUE, paused=False)
        (task_id,) = await submitted(storage, a_task())
        await connected(storage)
        (record,) = await storage.lease(a_request())
        assert record.id == task_id
