"""What is promised about ends of attempts: committed once, by the lease's holder."""

import pytest

from qtasks.abc import Storage
from qtasks.core.records import Append, ChunkEntry, Settlement, Token
from qtasks.core.states import State
from qtasks.testing.storage_suite.rig import (
    APP,
    StorageCase,
    StorageRig,
    a_request,
    a_task,
    connected,
    giving_back,
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

ENDS = [State.SUCCESS, State.ERROR, State.CANCEL]


class SettlePromises(StorageCase):
    """Attempts end."""

    @pytest.mark.parametrize("state", ENDS)
    async def test_an_end_is_kept(self, storage: Storage, state: State) -> None:
        record = await leased(storage)
        (settled,) = await storage.settle([Settlement(token(record), state, b"body")])
        assert settled.accepted
        assert not settled.repeated
        assert (settled.state, settled.seq) == (state, 3)
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.outcome, kept.session) == (state, b"body", "")
        assert (kept.attempt, kept.worker) == (1, "worker-1")
        assert kept.ended == settled.time >= kept.begun
        log = await the_log(storage, record.id)
        assert states(log.entries)[-1] is state

    @pytest.mark.parametrize("state", ENDS)
    async def test_figures_follow_an_end(self, storage: Storage, state: State) -> None:
        record = await leased(storage)
        await storage.settle([Settlement(token(record), state)])
        (figures,) = await storage.queues(APP)
        totals = (figures.success, figures.error, figures.cancel)
        assert totals == tuple(int(state is each) for each in ENDS)
        assert (figures.running, figures.backlog) == (0, {})

    async def test_a_batch_is_answered_one_by_one(self, storage: Storage) -> None:
        first = await leased(storage)
        second = await leased(storage)
        unknown = Settlement(Token("unknown", 1), State.SUCCESS)
        results = await storage.settle([success(first), unknown, success(second)])
        assert [result.accepted for result in results] == [True, False, True]

    async def test_a_stale_token_is_refused_and_counted(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.settle([giving_back(record)])
        (again,) = await storage.lease(a_request())
        (late,) = await storage.settle([success(record)])
        assert not late.accepted
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.lease) == (State.PROCESS, again.lease)
        (figures,) = await storage.queues(APP)
        assert (figures.refused, figures.success) == (1, 0)

    async def test_a_token_from_the_future_is_refused(self, storage: Storage) -> None:
        record = await leased(storage)
        future = Settlement(Token(record.id, record.lease + 1), State.SUCCESS)
        (settled,) = await storage.settle([future])
        assert not settled.accepted

    async def test_what_was_never_leased_is_refused(self, storage: Storage) -> None:
        (task_id,) = await submitted(storage, a_task())
        (settled,) = await storage.settle([Settlement(Token(task_id, 0), State.ERROR)])
        assert not settled.accepted
        assert (await the_record(storage, task_id)).state is State.NEW

    @pytest.mark.parametrize("state", [*ENDS, State.NEW, State.RETRY])
    async def test_settling_again_changes_nothing(
        self, storage: Storage, state: State
    ) -> None:
        record = await leased(storage)
        settlement = Settlement(token(record), state, b"body", 5.0)
        (first,) = await storage.settle([settlement])
        (again,) = await storage.settle([settlement])
        assert again.accepted
        assert again.repeated
        assert (again.state, again.seq) == (first.state, first.seq)
        other = Settlement(token(record), State.ERROR, b"other")
        (third,) = await storage.settle([other])
        assert third.repeated
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.seq) == (first.state, first.seq)
        (figures,) = await storage.queues(APP)
        assert figures.refused == 0

    async def test_a_session_ends_only_what_it_holds(self, storage: Storage) -> None:
        record = await leased(storage)
        await connected(storage, "session-2", "worker-2")
        for session in ("session-2", "unknown"):
            foreign = token(record)._replace(session=session)
            assert await storage.begin([foreign]) == [False]
            (events,) = await storage.append([Append(foreign, 1, 1, b"x", ("a",))])
            assert not events.held
            for state in (*ENDS, State.NEW, State.RETRY):
                (settled,) = await storage.settle([Settlement(foreign, state)])
                assert not settled.accepted
        assert await the_record(storage, record.id) == record
        (figures,) = await storage.queues(APP)
        assert figures.refused == 2 * (len(ENDS) + 2)
        (settled,) = await storage.settle([success(record)])
        assert settled.accepted

    async def test_only_who_settled_may_repeat_it(self, storage: Storage) -> None:
        record = await leased(storage)
        await connected(storage, "session-2", "worker-2")
        foreign = success(record)
        foreign.token = token(record)._replace(session="session-2")
        await storage.settle([success(record)])
        for _ in range(2):  # as it ended, and made ready again
            own, other = await storage.settle([success(record), foreign])
            assert (own.accepted, own.repeated) == (True, True)
            assert not other.accepted
            await storage.requeue([record.id])
        (figures,) = await storage.queues(APP)
        assert figures.refused == 2

    async def test_a_token_of_any_session_goes_by_the_lease(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        anybody = Token(record.id, record.lease)
        assert await storage.begin([anybody]) == [True]
        (events,) = await storage.append([Append(anybody, 1, 1, b"x")])
        assert events.stored
        results = await storage.settle([Settlement(anybody, State.SUCCESS)] * 2)
        assert [each.repeated for each in results] == [False, True]

    # -- retry ----------------------------------------------------------------------

    async def test_a_retry_waits_until_due(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        record = await leased(storage)
        (settled,) = await storage.settle([retry(record, delay=10.0)])
        assert (settled.state, settled.seq) == (State.RETRY, 3)
        assert settled.due == settled.time + 10.0
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.due, kept.attempt) == (State.RETRY, settled.due, 1)
        assert await storage.lease(a_request()) == []
        (entry,) = (await the_log(storage, record.id, after=2)).entries
        assert isinstance(entry, ChunkEntry)
        assert (entry.chunk, entry.count, entry.attempt) == (b"retry", 1, 1)
        rig.advance(11.0)
        await storage.extend(["session-1"], 30.0)
        (change,) = (await storage.promote(10)).changes
        assert (change.state, change.seq) == (State.NEW, 4)
        (again,) = await storage.lease(a_request())
        assert (again.attempt, again.lease, again.seq) == (2, 2, 5)

    async def test_a_retry_without_delay_is_ready_at_once(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        (settled,) = await storage.settle([retry(record)])
        assert (settled.state, settled.seq) == (State.NEW, 4)
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == [1, 2, 3, 4]
        assert states(log.entries) == [State.NEW, State.PROCESS, State.NEW]
        (again,) = await storage.lease(a_request())
        assert (again.attempt, again.lease) == (2, 2)
        (figures,) = await storage.queues(APP)
        assert figures.retry == 1

    async def test_events_of_all_attempts_stay(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 2)])
        await storage.settle([retry(record)])
        (again,) = await storage.lease(a_request())
        await storage.append([some_events(again, 1, 2)])
        await storage.settle([success(again)])
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == list(range(1, 11))

    # -- giving back ------------------------------------------------------------------

    async def test_giving_back_burns_no_attempt(self, storage: Storage) -> None:
        record = await leased(storage)
        (settled,) = await storage.settle([giving_back(record)])
        assert (settled.state, settled.seq) == (State.NEW, 3)
        kept = await the_record(storage, record.id)
        assert (kept.attempt, kept.lease, kept.session) == (0, 1, "")
        (again,) = await storage.lease(a_request())
        assert (again.attempt, again.lease) == (1, 2)

    async def test_giving_back_keeps_the_place(self, storage: Storage) -> None:
        ids = await submitted(storage, *(a_task() for _ in range(3)))
        first = await leased(storage)
        assert first.id == ids[0]
        await storage.settle([giving_back(first)])
        granted = await storage.lease(a_request())
        assert [record.id for record in granted][:3] == ids

    async def test_a_task_can_be_given_back_many_times(self, storage: Storage) -> None:
        record = await leased(storage)
        for lease in range(2, 200):
            await storage.settle([giving_back(record)])
            (record,) = await storage.lease(a_request())
            assert (record.lease, record.attempt) == (lease, 1)
        (figures,) = await storage.queues(APP)
        assert (figures.running, figures.backlog) == (1, {})

    # -- cancelled meanwhile ------------------------------------------------------------

    @pytest.mark.parametrize("state", [State.RETRY, State.NEW])
    async def test_a_cancelled_task_goes_nowhere_else(
        self, storage: Storage, state: State
    ) -> None:
        record = await leased(storage)
        await storage.cancel([record.id], "enough", b"asked to stop")
        (settled,) = await storage.settle([Settlement(token(record), state, b"", 5.0)])
        assert (settled.accepted, settled.state) == (True, State.CANCEL)
        kept = await the_record(storage, record.id)
        assert (kept.state, kept.outcome) == (State.CANCEL, b"enough")

    async def test_a_result_outlives_a_request_to_cancel(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.cancel([record.id], "too late", b"asked to stop")
        (settled,) = await storage.settle([success(record)])
        assert settled.state is State.SUCCESS
        kept = await the_record(storage, record.id)
        assert (kept.outcome, kept.cancel_reason) == (b"result", "")
