"""What is promised of tasks that wait for others: somebody always knows of them."""

from qtasks.abc import Storage
from qtasks.core.records import Change, NewTask
from qtasks.core.signals import Pending
from qtasks.core.states import State
from qtasks.core.waiting import (
    SUBMIT_GRACE,
    Follower,
    Following,
    Release,
    first_cursor,
)
from qtasks.testing.storage_suite.rig import (
    APP,
    FAILURE,
    LANE,
    QUEUE,
    RETRY,
    TTL,
    StorageCase,
    StorageRig,
    a_request,
    a_task,
    connected,
    leased,
    next_signal,
    states,
    submitted,
    success,
    the_log,
    the_record,
    token,
)


def a_held_task(**fields: object) -> NewTask:
    """A task that waits for others."""
    task = a_task(**fields)  # type: ignore[arg-type]  # any field
    task.held = True
    return task


async def held(storage: Storage, **fields: object) -> str:
    """Submit a task that waits for others, and take its first turn; its id."""
    (task_id,) = await submitted(storage, a_held_task(**fields))
    await storage.dismiss([Follower(task_id, first_cursor(1))])
    return task_id


async def turns(storage: Storage) -> set[tuple[str, int]]:
    """Whose turn has come, and where they go on."""
    return {(one.child, one.cursor) for one in await storage.pending(100)}


class WaitPromises(StorageCase):
    """Held tasks: SCHEDULED until they are released."""

    async def test_a_held_task_is_scheduled_and_never_due(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_held_task(delay=5.0))
        record = await the_record(storage, task_id)
        assert (record.state, record.due, record.held) == (State.SCHEDULED, 0.0, True)
        rig.advance(1_000_000.0)
        promoted = await storage.promote(10)
        assert (promoted.changes, promoted.next_due_in) == ([], 0.0)
        (figures,) = await storage.queues(APP)
        assert (figures.scheduled, figures.backlog) == (1, {})
        await connected(storage)
        assert await storage.lease(a_request()) == []

    async def test_others_are_due_beside_held_ones(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await submitted(storage, a_held_task())
        (task_id,) = await submitted(storage, a_task(delay=5.0))
        assert 4.0 < (await storage.promote(10)).next_due_in <= 5.0
        rig.advance(6.0)
        promoted = await storage.promote(10)
        assert [change.id for change in promoted.changes] == [task_id]
        assert promoted.next_due_in == 0.0

    async def test_it_is_pending_from_the_start_but_others_keep_off_for_a_while(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        (task_id,) = await submitted(storage, a_held_task())
        assert await storage.pending(10) == []
        rig.advance(SUBMIT_GRACE + 1)
        (turn,) = await storage.pending(10)
        assert (turn.child, turn.cursor) == (task_id, first_cursor(1))
        assert await storage.pending(10) == [turn]
        await storage.dismiss([turn])
        await storage.dismiss([turn])
        assert await storage.pending(10) == []

    async def test_a_turn_taken_early_does_not_come_again(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        await held(storage)
        rig.advance(SUBMIT_GRACE + 1)
        assert await storage.pending(10) == []

    async def test_the_same_again_is_the_same(self, storage: Storage) -> None:
        task = a_held_task()
        (first,) = await storage.submit([task])
        await storage.release([Release(task.id, inputs=b"inputs")])
        (again,) = await storage.submit([task])
        assert (again.id, again.fate.value) == (first.id, "existing")
        assert again.state is State.NEW

    # -- following --------------------------------------------------------------

    async def test_the_end_of_a_task_is_the_turn_of_its_followers(
        self, storage: Storage
    ) -> None:
        parent = await leased(storage)
        one, other = await held(storage), await held(storage)
        following = [Following(parent.id, one, 7), Following(parent.id, other, 8)]
        assert await storage.follow(following) == [True, True]
        assert await storage.follow(following) == [True, True]
        assert await storage.pending(10) == []
        async with storage.signals() as heard:
            await storage.settle([success(parent)])
            assert await next_signal(heard) == Pending()
        assert await turns(storage) == {(one, 7), (other, 8)}
        assert len(await storage.pending(1)) == 1
        await storage.dismiss(await storage.pending(10))
        assert await storage.pending(10) == []

    async def test_what_has_ended_or_is_not_there_is_not_followed(
        self, storage: Storage
    ) -> None:
        parent = await leased(storage)
        await storage.settle([success(parent)])
        child = await held(storage)
        unknown = a_task().id
        following = [Following(parent.id, child, 1), Following(unknown, child, 1)]
        assert await storage.follow(following) == [False, False]

    async def test_retries_are_no_end(self, storage: Storage) -> None:
        parent = await leased(storage)
        child = await held(storage)
        await storage.follow([Following(parent.id, child, 1)])
        await storage.end_session("session-1", 0.0)
        await storage.reclaim(10, retry=RETRY, failure=FAILURE)
        assert await storage.pending(10) == []
        await storage.cancel([parent.id], "enough", b"chunk")
        assert await turns(storage) == {(child, 1)}

    async def test_every_way_to_end_is_one(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        cancelled, purged, swept, deleted, late, lost = await submitted(
            storage,
            a_task(),
            a_task(lane=LANE._replace(queue="purged")),
            a_task(lane=LANE._replace(queue="else"), expires=await storage.now() + 5),
            a_task(delay=1_000_000.0),
            a_task(lane=LANE._replace(queue="late"), expires=await storage.now() + 50),
            a_task(lane=LANE._replace(queue="lost"), max_losses=1),
        )
        parents = [cancelled, purged, swept, deleted, late, lost]
        child = await held(storage)
        await storage.follow(
            [Following(parent, child, n) for n, parent in enumerate(parents)]
        )
        await storage.cancel([cancelled], "enough", b"chunk")
        assert await turns(storage) == {(child, 0)}
        await storage.purge(APP, "purged", 10, "purged")
        assert await turns(storage) == {(child, 0), (child, 1)}
        rig.advance(6.0)
        await storage.sweep(10)
        assert await turns(storage) == {(child, n) for n in range(3)}
        await storage.delete([deleted])
        assert await turns(storage) == {(child, n) for n in range(4)}
        rig.advance(50.0)
        await connected(storage)
        assert await storage.lease(a_request(queues=["late"])) == []
        assert await turns(storage) == {(child, n) for n in range(5)}
        (record,) = await storage.lease(a_request(queues=["lost"]))
        await storage.begin([token(record)])
        rig.advance(TTL + 1)
        await storage.reclaim(10, retry=RETRY, failure=FAILURE)
        assert await turns(storage) == {(child, n) for n in range(6)}

    # -- releasing --------------------------------------------------------------

    async def test_a_released_task_is_ready_with_its_inputs(
        self, storage: Storage
    ) -> None:
        first = await held(storage)
        (change,) = await storage.release([Release(first, inputs=b"inputs")])
        assert change == Change(first, LANE, State.NEW, 2)
        assert await storage.release([Release(first, refusal="no")]) == [None]
        await connected(storage)
        (record,) = await storage.lease(a_request())
        assert (record.spec, record.inputs, record.held) == (b"spec", b"inputs", False)
        await storage.settle([success(record)])
        assert await storage.release([Release(first)]) == [None]
        (moved,) = await storage.requeue([first])
        assert moved.state is State.NEW
        assert (await the_record(storage, first)).inputs == b"inputs"

    async def test_released_tasks_keep_the_order_of_their_release(
        self, storage: Storage
    ) -> None:
        one, other = await held(storage), await held(storage)
        (between,) = await submitted(storage, a_task())
        await storage.release([Release(other), Release(one)])
        await connected(storage)
        granted = await storage.lease(a_request())
        assert [record.id for record in granted] == [between, other, one]

    async def test_a_task_may_be_released_to_start_later(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        child = await held(storage)
        due = await storage.now() + 10.0
        (change,) = await storage.release([Release(child, inputs=b"in", due=due)])
        assert change == Change(child, LANE, State.SCHEDULED, 2)
        record = await the_record(storage, child)
        assert (record.due, record.held, record.inputs) == (due, False, b"in")
        assert await storage.release([Release(child)]) == [None]
        (figures,) = await storage.queues(APP)
        assert figures.scheduled == 1
        assert 9.0 < (await storage.promote(10)).next_due_in <= 10.0
        rig.advance(11.0)
        promoted = await storage.promote(10)
        assert promoted.changes == [Change(child, LANE, State.NEW, 3)]
        log = await the_log(storage, child)
        assert states(log.entries) == [State.SCHEDULED, State.SCHEDULED, State.NEW]

    async def test_a_refused_task_is_cancelled_and_so_an_end(
        self, storage: Storage
    ) -> None:
        child, grandchild = await held(storage), await held(storage)
        await storage.follow([Following(child, grandchild, 1)])
        (change,) = await storage.release([Release(child, refusal="why")])
        assert change == Change(child, LANE, State.CANCEL, 2)
        assert (await the_record(storage, child)).outcome == b"why"
        assert await turns(storage) == {(grandchild, 1)}
        (figures,) = await storage.queues(APP)
        assert (figures.cancel, figures.scheduled) == (1, 1)

    async def test_unknown_tasks_are_not_released(self, storage: Storage) -> None:
        assert await storage.release([Release(a_task().id)]) == [None]
        (plain,) = await submitted(storage, a_task(delay=10.0))
        assert await storage.release([Release(plain)]) == [None]

    async def test_inputs_count_among_the_bytes_of_a_grant(
        self, storage: Storage
    ) -> None:
        children = [await held(storage, spec=b"x" * 50) for _ in range(3)]
        await storage.release([Release(one, inputs=b"y" * 100) for one in children])
        await connected(storage)
        granted = await storage.lease(a_request(max_bytes=320))
        assert {one.id for one in granted} == set(children[:2])
        assert [one.size for one in granted] == [150, 150]
        assert await storage.lease(a_request()) != []

    # -- everything else ----------------------------------------------------------

    async def test_held_tasks_are_cancelled_purged_deleted_and_expire(
        self, rig: StorageRig, storage: Storage
    ) -> None:
        expires = await storage.now() + 5.0
        cancelled, deleted = await held(storage), await held(storage)
        late = await held(storage, expires=expires)
        purged = await held(storage)
        (moved,) = await storage.cancel([cancelled], "enough", b"chunk")
        assert moved.state is State.CANCEL
        assert (await storage.delete([deleted]))[0].refusal is None
        rig.advance(6.0)
        assert [one.id for one in (await storage.sweep(10)).changes] == [late]
        changes = await storage.purge(APP, QUEUE, 10, "purged")
        assert [change.id for change in changes] == [purged]
        (figures,) = await storage.queues(APP)
        assert (figures.scheduled, figures.cancel) == (0, 3)

    async def test_one_cancelled_while_held_waits_again_when_requeued(
        self, storage: Storage
    ) -> None:
        child = await held(storage)
        await storage.cancel([child], "enough", b"chunk")
        assert (await storage.requeue([child]))[0].state is State.SCHEDULED
        assert await turns(storage) == {(child, first_cursor(3))}
        record = await the_record(storage, child)
        assert (record.held, record.due, record.outcome) == (True, 0.0, b"")
        (change,) = await storage.release([Release(child)])
        assert change == Change(child, LANE, State.NEW, 4)
