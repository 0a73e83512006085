"""What is promised about events: numbered, in order, once, within retention."""

from qtasks.abc import Storage
from qtasks.core.lifecycle import MAX_ASKS
from qtasks.core.records import Append, ChunkEntry, Refusal, Token
from qtasks.core.states import State
from qtasks.testing.storage_suite.rig import (
    KEPT,
    StorageCase,
    a_request,
    giving_back,
    leased,
    numbers,
    retry,
    some_events,
    states,
    success,
    the_log,
    the_record,
    token,
)


class EventPromises(StorageCase):
    """Events go in under a lease and come out by number."""

    async def test_events_take_the_next_numbers(self, storage: Storage) -> None:
        record = await leased(storage)
        first, second = await storage.append(
            [some_events(record, 1, 3), some_events(record, 4)]
        )
        assert first.held
        assert first.stored
        assert (first.seq, first.reported, first.attempt) == (5, 3, 1)
        assert (second.seq, second.reported) == (6, 4)
        assert second.time >= record.begun
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == [1, 2, 3, 4, 5, 6]
        chunks = [each for each in log.entries if isinstance(each, ChunkEntry)]
        assert [each.chunk for each in chunks] == [b"events 1 to 3", b"events 4 to 4"]
        assert [each.attempt for each in chunks] == [1, 1]

    async def test_known_events_are_not_stored_again(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 3)])
        for first, count in ((1, 3), (1, 1), (3, 1)):
            (again,) = await storage.append([some_events(record, first, count)])
            assert again.held
            assert not again.stored
            assert (again.reported, again.seq) == (3, 5)

    async def test_overlapping_events_are_the_callers_to_cut(
        self, storage: Storage
    ) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 3)])
        (overlap,) = await storage.append([some_events(record, 3, 2)])
        assert (overlap.stored, overlap.reported) == (False, 3)
        (rest,) = await storage.append([some_events(record, 4, 1)])
        assert (rest.stored, rest.reported) == (True, 4)

    async def test_a_report_of_nothing_stores_nothing(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 3)])
        for first in (1, 4):
            empty = Append(token(record), first, 0, b"")
            results = await storage.append([empty, empty])
            for result in results:
                assert (result.held, result.stored) == (True, False)
                assert (result.reported, result.seq) == (3, 5)
        stale = Append(Token(record.id, 99), 1, 0, b"")
        (late,) = await storage.append([stale])
        assert not late.held
        assert numbers((await the_log(storage, record.id)).entries) == [1, 2, 3, 4, 5]

    async def test_a_lost_lease_stores_nothing(self, storage: Storage) -> None:
        record = await leased(storage)
        unknown = Append(Token("unknown", 1), 1, 1, b"chunk")
        stale = Append(Token(record.id, 99), 1, 1, b"chunk")
        results = await storage.append([unknown, stale])
        assert [result.held for result in results] == [False, False]
        await storage.settle([success(record)])
        (late,) = await storage.append([some_events(record, 1)])
        assert not late.held
        assert (await the_record(storage, record.id)).seq == 3

    async def test_each_lease_counts_afresh(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 3)])
        await storage.settle([retry(record)])
        (again,) = await storage.lease(a_request())
        (result,) = await storage.append([some_events(again, 1)])
        assert (result.stored, result.reported, result.attempt) == (True, 1, 2)
        log = await the_log(storage, record.id)
        assert numbers(log.entries) == list(range(1, result.seq + 1))

    # -- reading --------------------------------------------------------------------

    async def test_reading_goes_on_after_a_number(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, each) for each in range(1, 6)])
        for after in range(8):
            log = await the_log(storage, record.id, after)
            assert numbers(log.entries) == list(range(after + 1, 8))
        assert (await the_log(storage, record.id, 99)).entries == []

    async def test_a_chunk_is_read_whole(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([some_events(record, 1, 10)])
        (entry,) = (await the_log(storage, record.id, after=5)).entries
        assert isinstance(entry, ChunkEntry)
        assert (entry.seq, entry.count) == (12, 10)

    async def test_pages_join_without_holes(self, storage: Storage) -> None:
        record = await leased(storage)
        first = 1
        for count in (1, 4, 2, 7, 1, 1, 3):
            await storage.append([some_events(record, first, count)])
            first += count
        await storage.settle([success(record)])
        seen: list[int] = []
        while True:
            log = await the_log(storage, record.id, seen[-1] if seen else 0, limit=3)
            if not log.entries:
                break
            assert len(log.entries) <= 3
            seen += numbers(log.entries)
        assert seen == list(range(1, first + 3))

    async def test_the_record_comes_with_the_events(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.settle([success(record, b"the result")])
        log = await the_log(storage, record.id)
        assert (log.record.state, log.record.outcome) == (State.SUCCESS, b"the result")
        assert log.record.spec == b"spec"
        assert log.first == 1
        assert states(log.entries) == [State.NEW, State.PROCESS, State.SUCCESS]

    async def test_an_unknown_task_has_no_log(self, storage: Storage) -> None:
        assert await storage.read("unknown", 0, 10) is None

    async def test_old_chunks_make_room_for_new_ones(self, storage: Storage) -> None:
        record = await leased(storage)
        step = KEPT // 20
        batch = [some_events(record, 1 + each * step, step) for each in range(40)]
        last = (await storage.append(batch))[-1].seq
        log = await the_log(storage, record.id)
        found = numbers(log.entries)
        assert found == sorted(set(found))
        assert found[-1] == last
        assert KEPT // 2 <= len(found) <= KEPT + 4 * step
        assert states(log.entries) == [State.NEW, State.PROCESS]
        recent = await the_log(storage, record.id, after=last - step)
        assert numbers(recent.entries) == list(range(last - step + 1, last + 1))

    # -- questions ------------------------------------------------------------------

    async def test_a_question_is_answered_once(self, storage: Storage) -> None:
        record = await leased(storage)
        asking = Append(token(record), 1, 1, b"asked", asks=("a",))
        await storage.append([asking])
        assert (await the_record(storage, record.id)).asks == {"a": None}
        moved = await storage.answer(record.id, "a", b"yes", b"answered")
        assert moved.refusal is None
        assert (moved.seq, moved.session, moved.lease) == (4, "session-1", 1)
        assert (await the_record(storage, record.id)).asks == {"a": b"yes"}
        (_, entry) = (await the_log(storage, record.id, after=2)).entries
        assert isinstance(entry, ChunkEntry)
        assert (entry.chunk, entry.count) == (b"answered", 1)
        again = await storage.answer(record.id, "a", b"no", b"answered")
        assert again.refusal is Refusal.ASK_ANSWERED
        kept = await the_record(storage, record.id)
        assert (kept.asks, kept.seq) == ({"a": b"yes"}, 4)

    async def test_an_empty_answer_is_an_answer(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([Append(token(record), 1, 1, b"asked", asks=("a",))])
        await storage.answer(record.id, "a", b"", b"answered")
        assert (await the_record(storage, record.id)).asks == {"a": b""}
        again = await storage.answer(record.id, "a", b"", b"answered")
        assert again.refusal is Refusal.ASK_ANSWERED

    async def test_what_is_not_asked_is_not_answered(self, storage: Storage) -> None:
        unknown = await storage.answer("unknown", "a", b"", b"")
        assert unknown.refusal is Refusal.NOT_FOUND
        record = await leased(storage)
        other = await storage.answer(record.id, "a", b"", b"")
        assert other.refusal is Refusal.ASK_NOT_FOUND

    async def test_the_newest_questions_are_kept(self, storage: Storage) -> None:
        record = await leased(storage)
        names = [f"ask-{number}" for number in range(MAX_ASKS + 4)]
        first, late = names[:MAX_ASKS], names[MAX_ASKS:]
        await storage.append([Append(token(record), 1, 1, b"asked", tuple(first))])
        await storage.cancel([record.id], "enough", b"asked to stop")
        for name in (first[2], first[5]):
            await storage.answer(record.id, name, b"yes", b"answered")
        again = (first[0], late[0])
        await storage.append([Append(token(record), 2, 1, b"asked", again)])
        kept = await the_record(storage, record.id)
        first.remove(names[2])  # the older one of those with an answer
        assert list(kept.asks) == [*first, late[0]]
        assert kept.asks[names[5]] == b"yes"
        await storage.append([Append(token(record), 3, 1, b"asked", tuple(late))])
        kept = await the_record(storage, record.id)
        first.remove(names[5])
        assert list(kept.asks) == [*first[2:], *late]  # then the oldest go
        assert set(kept.asks.values()) == {None}
        assert (kept.cancel_reason, kept.reported) == ("enough", 3)
        gone = await storage.answer(record.id, names[0], b"yes", b"answered")
        assert gone.refusal is Refusal.ASK_NOT_FOUND
        moved = await storage.answer(record.id, late[-1], b"yes", b"answered")
        assert moved.refusal is None

    async def test_questions_end_with_their_lease(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.append([Append(token(record), 1, 1, b"asked", asks=("a",))])
        await storage.settle([giving_back(record)])
        moved = await storage.answer(record.id, "a", b"", b"")
        assert moved.refusal is Refusal.ASK_NOT_FOUND
        (again,) = await storage.lease(a_request())
        assert again.asks == {}
        moved = await storage.answer(record.id, "a", b"", b"")
        assert moved.refusal is Refusal.ASK_NOT_FOUND
