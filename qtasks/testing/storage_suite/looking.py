"""What is promised to those who look: records, lists, queues, the registry."""

import pytest

from qtasks.abc import Storage
from qtasks.abc.storage import PAGE_BYTES
from qtasks.core.records import Lane, Page, RecordFilter, TaskRecord
from qtasks.core.states import State
from qtasks.errors import InvalidField
from qtasks.testing.storage_suite.rig import (
    APP,
    LANE,
    NAME,
    QUEUE,
    StorageCase,
    a_request,
    a_task,
    connected,
    giving_back,
    leased,
    submitted,
    success,
    the_record,
)


class LookPromises(StorageCase):
    """Nothing changes by looking."""

    async def test_records_come_in_the_order_asked(self, storage: Storage) -> None:
        first, second = await submitted(storage, a_task(), a_task())
        found = await storage.get([second, "unknown", first, second])
        ids = [record.id if record else None for record in found]
        assert ids == [second, None, first, second]

    async def test_watching_answers_with_the_records(self, storage: Storage) -> None:
        (task_id,) = await submitted(storage, a_task())
        record, unknown = await storage.watch([task_id, "unknown"])
        assert record is not None
        assert (record.id, record.spec, record.seq) == (task_id, b"spec", 1)
        assert unknown is None
        await storage.unwatch([task_id, "unknown"])
        await storage.unwatch([task_id])

    # -- lists ----------------------------------------------------------------------

    async def test_lists_are_newest_first(self, storage: Storage) -> None:
        ids = []
        for _ in range(5):
            ids += await submitted(storage, a_task())
        assert await _ids(storage, RecordFilter(APP)) == ids[::-1]

    async def test_pages_join(self, storage: Storage) -> None:
        ids = await submitted(storage, *(a_task() for _ in range(50)))
        found = await _ids(storage, RecordFilter(APP), limit=7)
        assert len(found) == len(set(found)) == 50
        assert set(found) == set(ids)

    async def test_pages_survive_deletion(self, storage: Storage) -> None:
        ids = []
        for _ in range(10):
            ids += await submitted(storage, a_task())
        page = await storage.find(RecordFilter(APP), 5, "")
        assert [record.id for record in page.records] == ids[:4:-1]
        await storage.delete([ids[5], ids[4], ids[3]])
        await submitted(storage, a_task())
        rest = await storage.find(RecordFilter(APP), 100, page.next_token)
        assert [record.id for record in rest.records] == ids[2::-1]

    async def test_every_filter_must_match(self, storage: Storage) -> None:
        other = Lane(APP, "other", "job")
        await submitted(storage, a_task(lane=Lane("another", "default", "work")))
        one, two, three = await submitted(
            storage,
            a_task(group="g"),
            a_task(lane=other, group="g"),
            a_task(lane=other, delay=60.0),
        )
        for which, expected in (
            (RecordFilter(APP), {one, two, three}),
            (RecordFilter(APP, queue="other"), {two, three}),
            (RecordFilter(APP, name="work"), {one}),
            (RecordFilter(APP, group="g"), {one, two}),
            (RecordFilter(APP, group="g", queue="other"), {two}),
            (RecordFilter(APP, states=frozenset({State.SCHEDULED})), {three}),
            (RecordFilter(APP, queue="other", name="work"), set()),
            (RecordFilter("nothing"), set()),
        ):
            assert set(await _ids(storage, which)) == expected

    async def test_states_are_those_of_now(self, storage: Storage) -> None:
        record = await leased(storage)
        await storage.settle([success(record)])
        done = RecordFilter(APP, states=frozenset({State.SUCCESS, State.ERROR}))
        assert await _ids(storage, done) == [record.id]
        new = RecordFilter(APP, states=frozenset({State.NEW}))
        assert await _ids(storage, new) == []

    async def test_a_rare_match_is_found(self, storage: Storage) -> None:
        (rare,) = await submitted(storage, a_task(group="rare", delay=60.0))
        await submitted(storage, *(a_task() for _ in range(3000)))
        scheduled = frozenset({State.SCHEDULED})
        assert await _ids(storage, RecordFilter(APP, states=scheduled)) == [rare]
        assert await _ids(storage, RecordFilter(APP, group="rare")) == [rare]

    async def test_bytes_bound_a_page(self, storage: Storage) -> None:
        ids = []
        for size in (10, 3, 5, 0, 5, 5, 5, 5, 5):
            spec = b"x" * (PAGE_BYTES * size // 10 - 1000 if size else 1)
            ids += await submitted(storage, a_task(spec=spec))
        found: list[str] = []
        page = Page([], "")
        while not found or page.next_token:
            page = await storage.find(RecordFilter(APP), 100, page.next_token)
            assert sum(len(each.spec) for each in page.records) <= PAGE_BYTES
            found += [each.id for each in page.records]
        assert found == ids[::-1]

    async def test_a_record_of_any_size_is_found(self, storage: Storage) -> None:
        spec = b"x" * (PAGE_BYTES + 1)
        ids = await submitted(storage, a_task(spec=spec), a_task(spec=spec), a_task())
        assert set(await _ids(storage, RecordFilter(APP))) == set(ids)

    async def test_listed_records_are_whole(self, storage: Storage) -> None:
        record = await leased(storage)
        page = await storage.find(RecordFilter(APP), 10, "")
        assert page.records == [await the_record(storage, record.id)]
        assert page.records[0].spec == b"spec"

    @pytest.mark.parametrize("token", ["nonsense", "-1", "1e9", "9" * 40, "é", "²"])
    async def test_a_token_of_somebody_else_is_refused(
        self, storage: Storage, token: str
    ) -> None:
        with pytest.raises(InvalidField):
            await storage.find(RecordFilter(APP), 10, token)

    # -- queues ---------------------------------------------------------------------

    async def test_queues_are_listed_by_name(self, storage: Storage) -> None:
        await submitted(storage, *(a_task(lane=Lane(APP, q, "n")) for q in "cab"))
        await storage.pause(APP, "b2", paused=True)
        found = await storage.queues(APP)
        assert [each.queue for each in found] == ["a", "b", "b2", "c"]
        assert [each.paused for each in found] == [False, False, True, False]
        assert await storage.queues("another") == []

    async def test_a_queue_is_listed_when_its_tasks_are_gone(
        self, storage: Storage
    ) -> None:
        ids = await submitted(storage, a_task())
        await storage.delete(ids)
        (figures,) = await storage.queues(APP)
        assert (figures.queue, figures.backlog) == (LANE.queue, {})
        assert figures.submitted == 1

    # -- places ---------------------------------------------------------------------

    async def test_those_ahead_are_counted_by_priority_and_order(
        self, storage: Storage
    ) -> None:
        priorities = (5, 0, -1, 0, 5, 0)
        ids = await submitted(storage, *(a_task(priority=each) for each in priorities))
        ahead = [await _ahead(storage, each) for each in ids]
        assert ahead == [(4, 4), (1, 1), (0, 0), (2, 1), (5, 4), (3, 1)]

    async def test_only_ready_tasks_of_the_names_and_the_queue_are_ahead(
        self, storage: Storage
    ) -> None:
        await submitted(
            storage,
            a_task(lane=LANE._replace(name="other"), priority=-4096),
            a_task(lane=LANE._replace(name="unserved")),
            a_task(lane=LANE._replace(queue="q2")),
            a_task(lane=LANE._replace(app="another")),
            a_task(delay=60.0),
        )
        gone, held = await submitted(storage, a_task(), a_task(priority=-1))
        (last,) = await submitted(storage, a_task(priority=4095))
        await storage.cancel([gone], "", b"")
        await connected(storage)
        (record,) = await storage.lease(a_request(limit=1))
        assert record.id == held
        assert await _ahead(storage, last) == (0, 0)
        assert await _ahead(storage, last, NAME, "other") == (1, 1)
        await storage.pause(APP, QUEUE, paused=True)
        assert await _ahead(storage, last, NAME, "other", "never") == (1, 1)
        assert await _ahead(storage, last, "never") == (0, 0)

    async def test_a_task_given_back_is_ahead_again(self, storage: Storage) -> None:
        record = await leased(storage)
        (behind,) = await submitted(storage, a_task())
        assert await _ahead(storage, behind) == (0, 0)
        await storage.settle([giving_back(record)])
        assert await _ahead(storage, behind) == (1, 0)
        assert await _ahead(storage, record.id) == (0, 0)

    # -- registry -------------------------------------------------------------------

    async def test_a_space_holds_values(self, storage: Storage) -> None:
        await storage.put("a", {"x": b"1", "y": b"\x00\xff", "é z": b""})
        await storage.put("b", {"x": b"2"})
        await storage.put("a", {"x": None, "y": b"3", "never": None})
        assert await storage.fetch("a") == {"y": b"3", "é z": b""}
        assert await storage.fetch("b") == {"x": b"2"}
        assert await storage.fetch("c") == {}

    async def test_a_space_can_be_emptied(self, storage: Storage) -> None:
        await storage.put("a", {"x": b"1"})
        await storage.put("a", {"x": None})
        await storage.put("a", {})
        assert await storage.fetch("a") == {}

    async def test_a_value_is_swapped_only_for_what_it_is(
        self, storage: Storage
    ) -> None:
        assert await storage.swap("a", "x", None, b"1")
        assert not await storage.swap("a", "x", None, b"2")
        assert not await storage.swap("a", "x", b"", b"2")
        assert not await storage.swap("a", "never", b"1", b"2")
        assert await storage.fetch("a") == {"x": b"1"}
        assert await storage.swap("a", "x", b"1", b"")
        assert await storage.swap("a", "x", b"", None)
        assert await storage.swap("a", "x", None, None)
        assert await storage.fetch("a") == {}


async def _ahead(storage: Storage, task_id: str, *names: str) -> tuple[int, int]:
    return await storage.ahead(await the_record(storage, task_id), names or (NAME,))


async def _ids(storage: Storage, which: RecordFilter, limit: int = 1000) -> list[str]:
    """All pages; an empty one is no end while there is a token."""
    records: list[TaskRecord] = []
    token = ""
    while True:
        page = await storage.find(which, limit, token)
        assert len(page.records) <= limit
        records += page.records
        token = page.next_token
        if not token:
            return [record.id for record in records]
