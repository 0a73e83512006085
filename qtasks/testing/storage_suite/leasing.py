"""What is promised to workers: sessions, and tasks in their order."""

import pytest

from qtasks.abc import Storage
from qtasks.abc.storage import EXPIRED_AT_ONCE
from qtasks.core.records import Lane, Session, Token
from qtasks.core.states import State
from qtasks.errors import WorkerIdInUse
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
    submitted,
    success,
    the_log,
    the_record,
    token,
    told,
)


class LeasePromises(StorageCase):
    """Sessions open, tasks are granted."""

    # -- sessions -----------------------------------------------------------------

    async def test_a_session_is_listed_while_it_lives(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await connected(storage, "s2", "w2")
        await connected(storage, "s1", "w1", ttl=TTL / 2)
        await connected(storage, "s3", "w1", app="another")
        found = await storage.sessions(APP)
        assert [(each.id, each.worker, each.info) for each in found] == [
            ("s1", "w1", b"hello"),
            ("s2", "w2", b"hello"),
        ]
        rig.advance(TTL / 2 + 1)
        assert [each.id for each in await storage.sessions(APP)] == ["s2"]

    async def test_a_session_says_what_it_runs(self, storage: Storage) -> None:
        await leased(storage)
        (session,) = await storage.sessions(APP)
        assert session.running == 1
        assert 0.0 < session.connected < session.expires

    async def test_a_session_is_found_again_with_what_it_holds(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.begin([token(record)])
        session = Session("session-1", "worker-1", APP, b"news")
        (held,) = (await storage.open_session(session, TTL)).held
        assert (held.id, held.lease, held.spec) == (record.id, 1, b"spec")
        assert held.started
        (found,) = await storage.sessions(APP)
        assert found.info == b"news"

    async def test_a_new_session_holds_nothing(self, storage: Storage) -> None:
        await leased(storage)
        session = Session("session-2", "worker-2", APP, b"")
        assert await storage.open_session(session, TTL) == ([], False)

    async def test_a_worker_that_is_to_leave_is_noted(self, storage: Storage) -> None:
        await connected(storage, "s1", "w1")
        await connected(storage, "s2", "w2")
        assert await storage.drain(APP, "w1") == "s1"
        assert await storage.drain(APP, "w1") == "s1"
        assert await storage.drain(APP, "unknown") == ""
        assert await storage.drain("another", "w1") == ""
        found = [(each.id, each.draining) for each in await storage.sessions(APP)]
        assert found == [("s1", True), ("s2", False)]

    async def test_a_session_that_comes_back_is_still_to_leave(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await connected(storage, "s1", "w1")
        await storage.end_session("s1", 5.0)
        assert await storage.drain(APP, "w1") == "s1"
        session = Session("s1", "w1", APP, b"")
        assert (await storage.open_session(session, TTL)).draining
        assert [each.draining for each in await storage.sessions(APP)] == [True]
        await storage.end_session("s1", 0.0)
        rig.advance(1.0)
        assert await storage.drain(APP, "w1") == ""
        next_life = Session("s2", "w1", APP, b"")
        assert not (await storage.open_session(next_life, TTL)).draining

    async def test_a_worker_id_is_used_once(self, storage: Storage) -> None:
        await connected(storage, "s1", "w")
        with pytest.raises(WorkerIdInUse):
            await connected(storage, "s2", "w")
        assert [each.id for each in await storage.sessions(APP)] == ["s1"]
        await connected(storage, "s3", "w", app="another")

    async def test_a_worker_id_is_free_once_its_session_is_over(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await connected(storage, "s1", "w")
        rig.advance(TTL + 1)
        await connected(storage, "s2", "w")
        assert [each.id for each in await storage.sessions(APP)] == ["s2"]

    async def test_extending_keeps_a_session(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await connected(storage)
        for _ in range(3):
            rig.advance(TTL - 1)
            assert await storage.extend(["session-1"], TTL) == []
        assert len(await storage.sessions(APP)) == 1

    async def test_extending_names_the_unknown(self, storage: Storage) -> None:
        await connected(storage)
        unknown = await storage.extend(["nobody", "session-1", "nowhere"], TTL)
        assert sorted(unknown) == ["nobody", "nowhere"]

    async def test_an_ended_session_lives_through_its_grace(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await connected(storage)
        await storage.end_session("session-1", 5.0)
        rig.advance(4.0)
        assert len(await storage.sessions(APP)) == 1
        rig.advance(2.0)
        assert await storage.sessions(APP) == []

    async def test_only_opening_undoes_an_end(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await connected(storage)
        await storage.end_session("session-1", 5.0)
        await connected(storage)
        rig.advance(6.0)
        assert len(await storage.sessions(APP)) == 1
        await storage.end_session("session-1", 5.0)
        assert await storage.extend(["session-1"], TTL) == []
        rig.advance(6.0)
        assert await storage.sessions(APP) == []

    async def test_ending_the_unknown_is_nothing(self, storage: Storage) -> None:
        await storage.end_session("nobody", 0.0)

    # -- grants -------------------------------------------------------------------

    async def test_a_grant_is_a_numbered_attempt(self, storage: Storage) -> None:
        record = await leased(storage)
        assert record.state is State.PROCESS
        assert (record.attempt, record.lease, record.seq) == (1, 1, 2)
        assert (record.session, record.worker) == ("session-1", "worker-1")
        assert record.begun >= record.created
        assert not record.started
        assert record.spec == b"spec"
        kept = await the_record(storage, record.id)
        assert kept == record
        (entry,) = (await the_log(storage, record.id, after=1)).entries
        assert entry.attempt == 1
        assert getattr(entry, "worker", None) == "worker-1"

    async def test_nothing_is_granted_twice(self, storage: Storage) -> None:
        ids = await submitted(storage, *(a_task() for _ in range(10)))
        await connected(storage)
        await connected(storage, "session-2", "worker-2")
        first = await storage.lease(a_request(limit=6))
        second = await storage.lease(a_request("session-2"))
        assert [record.id for record in first + second] == ids
        assert await storage.lease(a_request()) == []

    async def test_lower_priority_numbers_run_first(self, storage: Storage) -> None:
        priorities = (0, 4095, -1, 0, -4096, 1)
        tasks = [a_task(priority=priority) for priority in priorities]
        ids = await submitted(storage, *tasks)
        assert await _granted(storage) == [ids[i] for i in (4, 2, 0, 3, 5, 1)]

    async def test_order_holds_over_names_and_queues(self, storage: Storage) -> None:
        lanes = [Lane(APP, queue, name) for queue in "qr" for name in "ab"]
        tasks = [a_task(lane=lanes[i % 4], priority=i % 3) for i in range(40)]
        ids = await submitted(storage, *tasks)
        expected = [
            id_
            for _, id_ in sorted(
                zip(tasks, ids, strict=True), key=lambda pair: pair[0].priority
            )
        ]
        await connected(storage)
        granted = []
        while records := await storage.lease(
            a_request(queues="qr", names="ab", limit=7)
        ):
            granted += [record.id for record in records]
        assert granted == expected

    async def test_only_what_is_served_is_granted(self, storage: Storage) -> None:
        mine, *_ = await submitted(
            storage,
            a_task(),
            a_task(lane=Lane(APP, QUEUE, "unserved")),
            a_task(lane=Lane(APP, "elsewhere", LANE.name)),
            a_task(lane=Lane("another", QUEUE, LANE.name)),
        )
        assert await _granted(storage) == [mine]

    async def test_a_name_nobody_serves_holds_up_no_other(
        self, storage: Storage
    ) -> None:
        unserved = Lane(APP, QUEUE, "unserved")
        await submitted(storage, *(a_task(lane=unserved) for _ in range(50)))
        (mine,) = await submitted(storage, a_task(priority=9))
        assert await _granted(storage) == [mine]

    async def test_bytes_bound_a_grant(self, storage: Storage) -> None:
        ids = await submitted(storage, *(a_task(spec=b"x" * 100) for _ in range(5)))
        await connected(storage)
        first = await storage.lease(a_request(max_bytes=250))
        assert [record.id for record in first] == ids[:2]
        second = await storage.lease(a_request())
        assert [record.id for record in second] == ids[2:]

    async def test_the_first_is_granted_whatever_its_size(
        self, storage: Storage
    ) -> None:
        ids = await submitted(storage, a_task(spec=b"x" * 1000), a_task())
        await connected(storage)
        (first,) = await storage.lease(a_request(max_bytes=10))
        assert first.id == ids[0]

    async def test_no_room_is_no_grant(self, storage: Storage) -> None:
        await submitted(storage, a_task())
        await connected(storage)
        assert await storage.lease(a_request(limit=0)) == []
        assert await storage.lease(a_request(names=())) == []
        assert await storage.lease(a_request(queues=())) == []

    async def test_a_queue_named_twice_counts_once(self, storage: Storage) -> None:
        ids = await submitted(storage, a_task(), a_task())
        await connected(storage)
        granted = await storage.lease(a_request(queues=(QUEUE, QUEUE)))
        assert [record.id for record in granted] == ids

    async def test_a_session_that_is_not_live_gets_nothing(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await submitted(storage, a_task())
        assert await storage.lease(a_request("nobody")) == []
        await connected(storage)
        rig.advance(TTL + 1)
        assert await storage.lease(a_request()) == []

    async def test_a_paused_queue_gives_nothing(self, storage: Storage) -> None:
        await submitted(storage, a_task())
        await connected(storage)
        await storage.pause(APP, QUEUE, paused=True)
        assert await storage.lease(a_request()) == []
        await storage.pause(APP, QUEUE, paused=False)
        assert len(await storage.lease(a_request())) == 1

    async def test_what_expired_is_cancelled_instead(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task()])
        (late,) = await submitted(storage, a_task(priority=-1, expires=now.time + 10))
        rig.advance(11.0)
        assert await _granted(storage) == [now.id]
        record = await the_record(storage, late)
        assert (record.state, record.outcome) == (State.CANCEL, b"expired")

    async def test_what_expired_hides_nothing(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task(priority=2)])
        expires = now.time + 10
        count = 2 * EXPIRED_AT_ONCE + 1
        late = [a_task(priority=-1, expires=expires) for _ in range(count)]
        await submitted(storage, *late[:EXPIRED_AT_ONCE])
        ids = await submitted(storage, a_task(priority=-1), a_task(priority=1))
        await submitted(storage, *late[EXPIRED_AT_ONCE:])
        rig.advance(11.0)
        assert await _granted(storage) == [*ids, now.id]
        (figures,) = await storage.queues(APP)
        assert figures.cancel == count

    async def test_what_expired_is_no_room(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task(priority=-2, spec=b"x" * 100)])
        expires = now.time + 10
        late = [a_task(expires=expires) for _ in range(EXPIRED_AT_ONCE + 1)]
        await submitted(storage, *late)
        ids = await submitted(storage, *(a_task(spec=b"x" * 100) for _ in range(3)))
        rig.advance(11.0)
        await connected(storage)
        granted = await storage.lease(a_request(max_bytes=250))
        assert [record.id for record in granted] == [now.id, ids[0]]
        granted = await storage.lease(a_request(limit=1))
        assert [record.id for record in granted] == [ids[1]]

    async def test_what_is_cancelled_instead_is_told_to_the_caller_too(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (now,) = await storage.submit([a_task()])
        (late,) = await submitted(storage, a_task(expires=now.time + 10))
        async with storage.signals() as heard:
            await storage.watch([late])
            rig.advance(11.0)
            assert await _granted(storage) == [now.id]
            assert await told(heard) == late

    async def test_records_are_the_callers_own(self, storage: Storage) -> None:
        record = await leased(storage)
        record.history.clear()
        record.state = State.ERROR
        kept = await the_record(storage, record.id)
        assert (kept.state, len(kept.history)) == (State.PROCESS, 2)
        session = Session("session-1", "worker-1", APP, b"")
        (held,) = (await storage.open_session(session, TTL)).held
        await storage.settle([success(kept)])
        assert kept.state is held.state is State.PROCESS

    async def test_figures_follow_a_grant(self, storage: Storage) -> None:
        await submitted(storage, a_task())
        await leased(storage)
        (figures,) = await storage.queues(APP)
        assert (figures.backlog, figures.running) == ({"work": 1}, 1)

    # -- beginning ------------------------------------------------------------------

    async def test_beginning_is_noted_under_the_lease(self, storage: Storage) -> None:
        record = await leased(storage)
        stale, unknown = Token(record.id, 99), Token("unknown", 1)
        held = await storage.begin([stale, token(record), unknown])
        assert held == [False, True, False]
        assert await storage.begin([token(record)]) == [True]
        kept = await the_record(storage, record.id)
        assert (kept.started, kept.seq) == (True, 2)

    async def test_a_new_lease_has_not_begun(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.begin([token(record)])
        await storage.settle([giving_back(record)])
        (again,) = await storage.lease(a_request())
        assert (again.lease, again.attempt, again.started) == (2, 1, False)
        assert await storage.begin([token(record)]) == [False]


async def _granted(storage: Storage) -> list[str]:
    await connected(storage)
    return [record.id for record in await storage.lease(a_request())]
