"""What is promised to those who submit."""

from qtasks.abc import Storage
from qtasks.core.records import Fate, Lane
from qtasks.core.states import State
from qtasks.testing.storage_suite.rig import (
    APP,
    LANE,
    StorageCase,
    StorageRig,
    a_request,
    a_task,
    connected,
    leased,
    states,
    submitted,
    success,
    the_log,
    the_record,
)


class SubmitPromises(StorageCase):
    """Tasks come in."""

    async def test_a_task_is_kept_as_it_came(self, storage: Storage) -> None:
        task = a_task(
            spec=bytes(range(256)), priority=-7, keep=5.0, max_losses=9, group="g"
        )
        (result,) = await storage.submit([task])
        record = await the_record(storage, task.id)
        assert (result.id, result.fate) == (task.id, Fate.CREATED)
        assert (result.state, result.seq) == (State.NEW, 1)
        assert (record.id, record.lane, record.spec) == (task.id, LANE, task.spec)
        assert (record.state, record.seq, record.attempt) == (State.NEW, 1, 0)
        assert (record.priority, record.keep, record.max_losses) == (-7, 5.0, 9)
        assert record.group == "g"
        assert record.created == result.time > 0.0

    async def test_an_empty_batch_is_fine(self, storage: Storage) -> None:
        assert await storage.submit([]) == []

    async def test_a_large_batch_is_answered_in_order(self, storage: Storage) -> None:
        tasks = [a_task() for _ in range(4096)]
        results = await storage.submit(tasks)
        assert [result.id for result in results] == [task.id for task in tasks]
        assert {result.fate for result in results} == {Fate.CREATED}

    async def test_it_survives_reopening(self, rig: StorageRig) -> None:
        async with rig.handle() as storage:
            await submitted(storage, first := a_task(), second := a_task(key="k"))
            await submitted(storage, later := a_task(delay=60.0))
            await connected(storage)
            (held,) = await storage.lease(a_request(limit=1))
            await storage.pause(APP, "other", paused=True)
            await storage.put("space", {"name": b"value"})
        async with rig.handle() as storage:
            assert held.id == first.id
            assert (await the_record(storage, first.id)).session == "session-1"
            assert (await the_record(storage, later.id)).state is State.SCHEDULED
            (again,) = await storage.submit([a_task(key="k")])
            assert (again.id, again.fate) == (second.id, Fate.EXISTING)
            assert [each.id for each in await storage.sessions(APP)] == ["session-1"]
            (settled,) = await storage.settle([success(held)])
            assert settled.accepted
            await connected(storage)
            (granted,) = await storage.lease(a_request())
            assert granted.id == second.id
            figures = {each.queue: each for each in await storage.queues(APP)}
            assert figures["other"].paused
            assert figures["default"].submitted == 3
            assert figures["default"].success == 1
            assert (figures["default"].running, figures["default"].scheduled) == (1, 1)
            assert await storage.fetch("space") == {"name": b"value"}

    async def test_events_survive_reopening(self, rig: StorageRig) -> None:
        async with rig.handle() as storage:
            record = await leased(storage)
            await storage.settle([success(record)])
            before = await the_log(storage, record.id)
        async with rig.handle() as storage:
            assert await the_log(storage, record.id) == before

    # -- the same again -----------------------------------------------------------

    async def test_the_same_id_and_spec_is_the_same_task(
        self, storage: Storage
    ) -> None:
        task = a_task()
        await storage.submit([task])
        (again,) = await storage.submit([a_task(id=task.id)])
        assert (again.id, again.fate, again.seq) == (task.id, Fate.EXISTING, 1)
        assert len(await _all_ready(storage)) == 1

    async def test_the_same_id_with_another_spec_is_a_conflict(
        self, storage: Storage
    ) -> None:
        task = a_task()
        await storage.submit([task])
        (other,) = await storage.submit([a_task(id=task.id, spec=b"other")])
        assert (other.id, other.fate) == (task.id, Fate.CONFLICT)
        assert (await the_record(storage, task.id)).spec == b"spec"

    async def test_a_key_names_the_first_task(self, storage: Storage) -> None:
        first, second = a_task(key="k", spec=b"1"), a_task(key="k", spec=b"2")
        results = await storage.submit([first, second])
        assert [result.fate for result in results] == [Fate.CREATED, Fate.EXISTING]
        assert [result.id for result in results] == [first.id, first.id]
        assert await storage.get([second.id]) == [None]

    async def test_a_key_counts_after_the_end(self, storage: Storage) -> None:
        record = await leased(storage, a_task(key="k"))
        await storage.settle([success(record)])
        (again,) = await storage.submit([a_task(key="k")])
        assert (again.id, again.state) == (record.id, State.SUCCESS)

    async def test_a_key_counts_within_its_app(self, storage: Storage) -> None:
        elsewhere = Lane("another", LANE.queue, LANE.name)
        results = await storage.submit(
            [a_task(key="k"), a_task(key="k", lane=elsewhere)]
        )
        assert [result.fate for result in results] == [Fate.CREATED] * 2

    async def test_a_key_is_free_once_its_task_is_deleted(
        self, storage: Storage
    ) -> None:
        (first,) = await submitted(storage, a_task(key="k"))
        await storage.delete([first])
        (second,) = await storage.submit([a_task(key="k")])
        assert second.fate is Fate.CREATED

    async def test_no_key_is_no_key(self, storage: Storage) -> None:
        results = await storage.submit([a_task(), a_task()])
        assert [result.fate for result in results] == [Fate.CREATED] * 2

    # -- time -----------------------------------------------------------------------

    async def test_a_delay_schedules(self, storage: Storage) -> None:
        (result,) = await storage.submit([a_task(delay=60.0)])
        assert (result.state, result.seq) == (State.SCHEDULED, 1)
        assert result.due == result.time + 60.0
        assert await _all_ready(storage) == []

    async def test_a_start_schedules(self, storage: Storage) -> None:
        (now,) = await storage.submit([a_task()])
        (result,) = await storage.submit([a_task(start=now.time + 60.0)])
        assert (result.state, result.due) == (State.SCHEDULED, now.time + 60.0)

    async def test_a_start_that_has_passed_is_now(self, storage: Storage) -> None:
        (result,) = await storage.submit([a_task(start=1.0)])
        assert result.state is State.NEW

    async def test_an_expiry_that_has_passed_cancels(self, storage: Storage) -> None:
        (result,) = await storage.submit([a_task(expires=1.0)])
        record = await the_record(storage, result.id)
        assert (result.state, result.seq) == (State.CANCEL, 2)
        assert (record.state, record.outcome) == (State.CANCEL, b"expired")
        log = await the_log(storage, result.id)
        assert states(log.entries) == [State.NEW, State.CANCEL]
        assert await _all_ready(storage) == []

    async def test_figures_follow_a_submit(self, storage: Storage) -> None:
        other = Lane(APP, LANE.queue, "other")
        await submitted(
            storage,
            a_task(),
            a_task(),
            a_task(lane=other),
            a_task(delay=9.0),
            a_task(expires=1.0),
        )
        (figures,) = await storage.queues(APP)
        assert (figures.app, figures.queue) == (APP, LANE.queue)
        assert figures.backlog == {"work": 2, "other": 1}
        assert (figures.scheduled, figures.submitted, figures.cancel) == (1, 5, 1)


async def _all_ready(storage: Storage) -> list[str]:
    await connected(storage)
    return [record.id for record in await storage.lease(a_request())]
