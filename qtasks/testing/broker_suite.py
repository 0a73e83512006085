"""BrokerSuite: what every `Broker` promises, as tests to inherit.

A new broker adds a subclass with one fixture::

    class TestMyBroker(BrokerSuite):
        @pytest.fixture
        async def brokers(self):
            async with MyBroker() as one, MyBroker() as another:
                yield one, another

`brokers` gives two brokers on the same storage (for a broker that can have no replica:
the same one twice), with the short lengths of `FAST`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest
from google.protobuf.duration_pb2 import Duration

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.engine.events import timestamp
from qtasks.engine.settings import EngineSettings
from qtasks.testing.scripted_worker import ScriptedWorker, json_payload

FAST = EngineSettings(
    lease=3.0, heartbeat=0.6, reconnect_grace=0.3, maintenance=0.2, max_losses=2
)
"""Engine settings under which the suite is quick."""

WITHIN = 10.0

connected = ScriptedWorker.connected


def task(name: str = "job", **fields: object) -> v1.TaskSubmit:
    """A task to submit."""
    return v1.TaskSubmit(name=name, **fields)  # type: ignore[arg-type]  # any field


def seconds(value: float) -> Duration:
    """A length for the wire."""
    duration = Duration()
    duration.FromMilliseconds(round(value * 1000))
    return duration


async def submit(broker: Broker, *tasks: v1.TaskSubmit) -> list[v1.Receipt]:
    """Submit tasks."""
    response = await broker.submit(v1.SubmitRequest(tasks=tasks))
    return list(response.receipts)


async def submit_one(broker: Broker, **fields: object) -> str:
    """Submit one task that is accepted; its id."""
    (receipt,) = await submit(broker, task(**fields))  # type: ignore[arg-type]
    assert not receipt.HasField("error"), receipt
    return receipt.id


async def status(broker: Broker, task_id: str) -> v1.TaskStatus:
    """How a task stands."""
    return (await broker.get(v1.GetRequest(id=task_id))).status


async def ended(broker: Broker, task_id: str) -> v1.TaskStatus:
    """How a task ended."""
    request = v1.GetRequest(id=task_id, wait=seconds(WITHIN))
    found = (await broker.get(request)).status
    assert found.HasField("finish_time"), found
    return found


async def watched(
    broker: Broker, task_id: str, after: int = 0, count: int | None = None
) -> list[v1.TaskEvent]:
    """The events of a task, to its end or to a number of them."""
    events: list[v1.TaskEvent] = []
    request = v1.WatchRequest(id=task_id, after_seq=after)
    async with broker.watch(request) as responses:
        async for response in responses:
            events += response.events
            if count is not None and len(events) >= count:
                break
    return events


def kinds(events: list[v1.TaskEvent]) -> list[str]:
    """Events as words."""
    words = []
    for event in events:
        kind = str(event.WhichOneof("event"))
        if kind == "state_changed":
            kind = v1.TaskState.Name(event.state_changed.state)[11:].lower()
        words.append(kind)
    return words


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that is told to nobody."""
    while not await condition():
        await anyio.sleep(0.01)


@pytest.mark.anyio
class BrokerSuite:
    """What every `Broker` promises."""

    @pytest.fixture
    async def brokers(self) -> AsyncIterator[tuple[Broker, Broker]]:
        """Two brokers on one storage."""
        raise NotImplementedError
        yield

    @pytest.fixture
    def broker(self, brokers: tuple[Broker, Broker]) -> Broker:
        """The broker most tests talk to."""
        return brokers[0]

    @pytest.fixture
    def other(self, brokers: tuple[Broker, Broker]) -> Broker:
        """Its replica."""
        return brokers[1]

    @pytest.fixture(autouse=True)
    async def in_time(self) -> AsyncIterator[None]:
        """No test hangs."""
        with anyio.fail_after(WITHIN * 2):
            yield

    # -- submit -------------------------------------------------------------------

    async def test_submit_gives_a_receipt_for_each(self, broker: Broker) -> None:
        good, bad, late = await submit(
            broker, task(), task(""), task(delay=seconds(60))
        )
        assert good.state == v1.TASK_STATE_NEW
        assert good.seq == 1
        assert bad.error.reason == "INVALID_FIELD"
        assert bad.error.field == "tasks[1].name"
        assert late.state == v1.TASK_STATE_SCHEDULED
        assert (await status(broker, good.id)).name == "job"

    async def test_same_id_and_content_is_the_same_task(self, broker: Broker) -> None:
        first = task(id=new_id())
        (one,) = await submit(broker, first)
        (again,) = await submit(broker, first)
        assert (one.id, one.existing) == (first.id, False)
        assert (again.id, again.existing) == (first.id, True)

    async def test_same_id_with_other_content_is_refused(self, broker: Broker) -> None:
        task_id = new_id()
        await submit(broker, task(id=task_id))
        (refused,) = await submit(broker, task("other", id=task_id))
        assert refused.error.reason == "TASK_ID_CONFLICT"
        assert (await status(broker, task_id)).name == "job"

    async def test_idempotency_key_returns_the_first(self, broker: Broker) -> None:
        first = await submit_one(broker, idempotency_key="k")
        (second,) = await submit(broker, task("other", idempotency_key="k"))
        (elsewhere,) = await submit(broker, task(idempotency_key="k", app="another"))
        assert (second.id, second.existing) == (first, True)
        assert elsewhere.id != first

    async def test_one_batch_with_the_same_id_twice(self, broker: Broker) -> None:
        twin = task(id=new_id())
        receipts = await submit(broker, twin, twin)
        assert [receipt.existing for receipt in receipts] == [False, True]

    async def test_too_many_tasks_are_refused(self, broker: Broker) -> None:
        with pytest.raises(errors.TooMany):
            await submit(broker, *[task()] * 4097)

    async def test_unserved_names_are_accepted_and_shown(self, broker: Broker) -> None:
        task_id = await submit_one(broker, name="nobody")
        assert (await status(broker, task_id)).unserved
        async with connected(broker, "nobody") as worker:
            assert (await worker.take())[0].task.id == task_id

    # -- looking --------------------------------------------------------------------

    async def test_get_unknown(self, broker: Broker) -> None:
        with pytest.raises(errors.TaskNotFound):
            await status(broker, new_id())
        with pytest.raises(errors.InvalidField):
            await status(broker, "nonsense")

    async def test_get_waits_for_the_end(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker, anyio.create_task_group() as tg:

            async def end() -> None:
                (assign,) = await worker.take()
                await worker.succeed(assign, "42")

            tg.start_soon(end)
            found = await ended(broker, task_id)
        assert found.result.json == "42"
        assert found.worker_id == worker.hello.worker_id

    async def test_get_wait_that_runs_out_says_how_it_stands(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        request = v1.GetRequest(id=task_id, wait=seconds(0.05))
        found = (await broker.get(request)).status
        assert found.state == v1.TASK_STATE_NEW

    async def test_list_filters_and_pages(self, broker: Broker) -> None:
        app = "listing"
        wanted = [
            await submit_one(broker, app=app, group="g", tags=["red"], queue="q")
            for _ in range(5)
        ]
        await submit_one(broker, app=app, name="other")
        which = v1.TaskFilter(app=app, group="g")
        found: list[str] = []
        token = ""
        while True:
            request = v1.ListRequest(filter=which, page_size=2, page_token=token)
            page = await broker.list(request)
            found += [one.id for one in page.tasks]
            token = page.next_page_token
            if not token:
                break
        assert found == wanted[::-1]
        for narrow, count in (
            (v1.TaskFilter(app=app), 6),
            (v1.TaskFilter(app=app, name="other"), 1),
            (v1.TaskFilter(app=app, queue="q"), 5),
            (v1.TaskFilter(app=app, tag="red"), 5),
            (v1.TaskFilter(app=app, states=[v1.TASK_STATE_SUCCESS]), 0),
            (v1.TaskFilter(app="nowhere"), 0),
        ):
            page = await broker.list(v1.ListRequest(filter=narrow))
            assert len(page.tasks) == count, narrow

    async def test_list_refuses_nonsense(self, broker: Broker) -> None:
        with pytest.raises(errors.InvalidField):
            await broker.list(v1.ListRequest(page_token="nonsense"))
        with pytest.raises(errors.OutOfRange):
            await broker.list(v1.ListRequest(page_size=-1))

    async def test_registry_outlives_the_worker(self, broker: Broker) -> None:
        async with connected(broker, "kept", app="registry") as worker:
            request = v1.ListWorkersRequest(app="registry")
            (live,) = (await broker.list_workers(request)).workers
            assert live.worker_id == worker.hello.worker_id
            assert live.tasks == ["kept"]
            await worker.goodbye()
        inspected = await broker.inspect_task(
            v1.InspectTaskRequest(app="registry", name="kept")
        )
        assert inspected.task.name == "kept"
        app = await broker.inspect_app(v1.InspectAppRequest(app="registry"))
        assert app.tasks == ["kept"]
        tasks = await broker.inspect_tasks(
            v1.InspectTasksRequest(app="registry", names=["kept", "unknown"])
        )
        assert [one.name for one in tasks.tasks] == ["kept"]
        with pytest.raises(errors.TaskNameUnknown):
            await broker.inspect_task(
                v1.InspectTaskRequest(app="registry", name="unknown")
            )

    async def test_stats_count(self, broker: Broker) -> None:
        async with connected(broker, "job", app="figures") as worker:
            await submit(
                broker, *[task(app="figures", queue="default") for _ in range(3)]
            )
            first, second, _ = await worker.take(3)
            await worker.succeed(first)
            await worker.fail(second)
            stats = (await broker.get_stats(v1.GetStatsRequest(app="figures"))).stats
            (queue,) = stats.queues
            assert (queue.submitted_total, queue.running, queue.ready) == (3, 1, 0)
            assert (queue.success_total, queue.error_total) == (1, 1)
            assert (stats.workers, stats.slots, stats.tasks) == (1, 10, 1)

    # -- following --------------------------------------------------------------------

    async def test_run_streams_to_the_end(self, broker: Broker) -> None:
        async with connected(broker, "job") as worker, anyio.create_task_group() as tg:

            async def play() -> None:
                (assign,) = await worker.take()
                await worker.started(assign)
                await worker.yields(assign, 1, '"a"', '"b"')
                await worker.succeed(assign, '"done"')

            tg.start_soon(play)
            events: list[v1.TaskEvent] = []
            async with broker.run(v1.RunRequest(task=task())) as responses:
                async for response in responses:
                    events += response.events
        assert kinds(events) == ["new", "process", "yielded", "yielded", "finished"]
        assert [event.seq for event in events] == [1, 2, 3, 4, 5]
        last = events[-1].finished.status
        assert last.result.json == '"done"'
        assert last.last_seq == 5
        assert events[2].yielded.value.json == '"a"'
        assert all(event.task_id == last.id for event in events)
        assert all(event.time.seconds for event in events)

    async def test_run_refused(self, broker: Broker) -> None:
        bad = task(priority=99_999)
        with pytest.raises(errors.OutOfRange) as refused:
            async with broker.run(v1.RunRequest(task=bad)) as responses:
                async for _ in responses:
                    pass
        assert refused.value.field == "task.priority"

    async def test_run_cancels_when_the_caller_leaves(self, broker: Broker) -> None:
        request = v1.RunRequest(task=task(id=new_id()), cancel_on_disconnect=True)
        async with broker.run(request) as responses:
            async for _ in responses:
                break
        found = await ended(broker, request.task.id)
        assert found.state == v1.TASK_STATE_CANCEL

    async def test_watch_resumes_anywhere(self, broker: Broker, other: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            (assign,) = await worker.take()
            await worker.yields(assign, 1, "1", "2", "3")
            await worker.succeed(assign)
        whole = await watched(broker, task_id)
        assert [event.seq for event in whole] == list(range(1, 7))
        for after in range(6):
            assert await watched(other, task_id, after) == whole[after:]

    async def test_watch_of_an_ended_task_from_its_end_ends(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        await broker.cancel(v1.CancelRequest(ids=[task_id]))
        last = (await status(broker, task_id)).last_seq
        assert await watched(broker, task_id, last) == []
        assert await watched(broker, task_id, 1_000_000) == []

    async def test_watch_from_the_future_waits(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker, anyio.create_task_group() as tg:
            (assign,) = await worker.take()

            async def play() -> None:
                await worker.yields(assign, 1, "1", "2", "3")
                await worker.succeed(assign)

            tg.start_soon(play)
            events = await watched(broker, task_id, 4)
        assert [event.seq for event in events] == [5, 6]

    async def test_watch_unknown(self, broker: Broker) -> None:
        with pytest.raises(errors.TaskNotFound):
            await watched(broker, new_id())
        with pytest.raises(errors.OutOfRange):
            await watched(broker, new_id(), -1)

    async def test_watch_of_a_deleted_task_ends(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        with pytest.raises(errors.TaskNotFound):
            async with broker.watch(v1.WatchRequest(id=task_id)) as responses:
                async for _ in responses:
                    await broker.delete(v1.DeleteRequest(ids=[task_id]))

    async def test_slow_watcher_misses_nothing(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        total = 5000
        async with (
            connected(broker, "job") as worker,
            broker.watch(v1.WatchRequest(id=task_id)) as responses,
        ):
            stream = aiter(responses)
            events = list((await anext(stream)).events)
            (assign,) = await worker.take()
            for start in range(0, total, 100):
                values = [str(number) for number in range(start, start + 100)]
                await worker.yields(assign, start + 1, *values)
            await worker.succeed(assign)
            async for response in stream:
                events += response.events
        assert [event.seq for event in events] == list(range(1, total + 4))
        values = [
            event.yielded.value.json for event in events if event.HasField("yielded")
        ]
        assert values == [str(number) for number in range(total)]

    async def test_watchers_on_every_replica_see_it_live(
        self, broker: Broker, other: Broker
    ) -> None:
        task_id = await submit_one(broker)
        seen: dict[int, list[int]] = {0: [], 1: []}
        ready = [anyio.Event(), anyio.Event()]

        async def follow(place: int, where: Broker) -> None:
            async with where.watch(v1.WatchRequest(id=task_id)) as responses:
                async for response in responses:
                    seen[place] += [event.seq for event in response.events]
                    ready[place].set()

        async with connected(broker, "job") as worker, anyio.create_task_group() as tg:
            tg.start_soon(follow, 0, broker)
            tg.start_soon(follow, 1, other)
            for event in ready:
                await event.wait()
            (assign,) = await worker.take()
            for number in range(1, 20):
                await worker.yields(assign, number, str(number))
            await worker.succeed(assign)
        assert seen[0] == seen[1] == list(range(1, 23))

    # -- subscribe --------------------------------------------------------------------

    async def test_subscribe_submits_and_follows(self, broker: Broker) -> None:
        brief, whole, bad = (task(id=new_id()) for _ in range(3))
        bad.priority = 99_999
        async with connected(broker, "job") as worker, broker.subscribe() as stream:
            await stream.send(
                v1.SubscribeRequest(
                    submit=[
                        v1.FollowSubmit(task=brief, finished_only=True),
                        v1.FollowSubmit(task=whole),
                        v1.FollowSubmit(task=bad),
                    ]
                )
            )
            for assign in await worker.take(2):
                await worker.succeed(assign)
            events: dict[str, list[v1.TaskEvent]] = {brief.id: [], whole.id: []}
            refused: list[v1.FollowError] = []
            receipts: list[v1.FollowReceipt] = []
            while sum(len(part) for part in events.values()) < 4:
                response = await stream.receive()
                for event in response.events:
                    events[event.task_id].append(event)
                refused += response.errors
                receipts += response.receipts
        assert kinds(events[brief.id]) == ["finished"]
        assert kinds(events[whole.id]) == ["new", "process", "finished"]
        assert [(one.id, one.error.reason) for one in refused] == [
            (bad.id, "OUT_OF_RANGE")
        ]
        assert [one.submitted_id for one in receipts] == [whole.id]

    async def test_subscribe_adds_and_removes(self, broker: Broker) -> None:
        done, waiting = await submit_one(broker), await submit_one(broker, name="later")
        unknown = new_id()
        await broker.cancel(v1.CancelRequest(ids=[done]))
        async with broker.subscribe() as stream:
            add = [
                v1.Follow(id=task_id, finished_only=True)
                for task_id in (done, waiting, unknown)
            ]
            await stream.send(v1.SubscribeRequest(add=add))
            events: list[v1.TaskEvent] = []
            refused: list[str] = []
            while not (events and refused):
                response = await stream.receive()
                events += response.events
                refused += [one.id for one in response.errors]
            assert [event.task_id for event in events] == [done]
            assert refused == [unknown]
            last = await submit_one(broker, name="later")
            await stream.send(
                v1.SubscribeRequest(
                    remove=[waiting], add=[v1.Follow(id=last, finished_only=True)]
                )
            )
            # The stream is answered in order: once `last` shows, so would `waiting`.
            await broker.get(v1.GetRequest(id=last, wait=seconds(0.05)))
            await broker.cancel(v1.CancelRequest(ids=[waiting, last]))
            response = await stream.receive()
        assert [event.task_id for event in response.events] == [last]

    async def test_subscribe_follows_the_task_of_a_known_key(
        self, broker: Broker
    ) -> None:
        first = await submit_one(broker, idempotency_key="twice")
        again = task(id=new_id(), idempotency_key="twice")
        async with broker.subscribe() as stream:
            follow = v1.FollowSubmit(task=again, finished_only=True)
            await stream.send(v1.SubscribeRequest(submit=[follow]))
            (receipt,) = (await stream.receive()).receipts
            assert (receipt.submitted_id, receipt.receipt.id) == (again.id, first)
            await broker.cancel(v1.CancelRequest(ids=[first]))
            (event,) = (await stream.receive()).events
        assert event.task_id == first

    # -- workers: order and credit -------------------------------------------------------

    async def test_priority_then_order(self, broker: Broker) -> None:
        for priority, name in ((5, "a"), (-1, "b"), (5, "b"), (0, "a"), (-1, "a")):
            args = json_payload(f'["{name}{priority}"]')
            await submit_one(broker, name=name, priority=priority, args=args)
        async with connected(broker, "a", "b") as worker:
            order = [assign.task.args.json for assign in await worker.take(5)]
        assert order == ['["b-1"]', '["a-1"]', '["a0"]', '["a5"]', '["b5"]']

    async def test_never_more_than_credit(self, broker: Broker) -> None:
        await submit(broker, *[task() for _ in range(10)])
        async with connected(broker, "job", credit=3) as worker:
            first = await worker.take(3)
            assert await worker.silent(0.2) == []
            await worker.succeed(first[0], credit=1)
            await worker.take(1)
            assert await worker.silent(0.1) == []

    async def test_only_names_queues_and_apps_it_serves(self, broker: Broker) -> None:
        await submit(broker, task("x"), task("job", queue="q2"), task(app="other"))
        mine = await submit_one(broker)
        async with connected(broker, "job") as worker:
            assert [one.task.id for one in await worker.take()] == [mine]
            assert await worker.silent(0.2) == []

    async def test_work_reaches_workers_of_every_replica(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(other, "job") as worker:
            await anyio.sleep(0)
            task_id = await submit_one(broker)
            assert (await worker.take())[0].task.id == task_id

    async def test_delayed_task_comes_when_due(self, broker: Broker) -> None:
        async with connected(broker, "job") as worker:
            task_id = await submit_one(broker, delay=seconds(0.3))
            (assign,) = await worker.take()
            found = await status(broker, task_id)
        assert assign.task.id == task_id
        waited = found.start_time.ToNanoseconds() - found.create_time.ToNanoseconds()
        assert 0.3 <= waited / 1e9 <= 0.4

    async def test_start_time_in_the_past_is_now(self, broker: Broker) -> None:
        (receipt,) = await submit(broker, task(start_time=timestamp(1.0)))
        assert receipt.state == v1.TASK_STATE_NEW

    async def test_expired_before_the_start(self, broker: Broker) -> None:
        task_id = await submit_one(broker, expire_time=timestamp(1.0))
        found = await ended(broker, task_id)
        assert found.state == v1.TASK_STATE_CANCEL
        assert found.cancel_reason == "expired"
        deadline = await submit_one(broker, deadline=timestamp(1.0))
        assert (await ended(broker, deadline)).cancel_reason == "expired"

    async def test_pause_resume_purge(self, broker: Broker) -> None:
        app = "pausing"
        await broker.pause_queue(v1.PauseQueueRequest(app=app, name="default"))
        async with connected(broker, "job", app=app) as worker:
            await submit_one(broker, app=app)
            assert await worker.silent(0.2) == []
            request = v1.ResumeQueueRequest(app=app, name="default")
            await broker.resume_queue(request)
            await worker.take()
        await broker.pause_queue(v1.PauseQueueRequest(app=app, name="default"))
        await submit(
            broker, *[task(app=app) for _ in range(3)], task(app=app, delay=seconds(9))
        )
        purged = await broker.purge_queue(
            v1.PurgeQueueRequest(app=app, name="default")
        )
        assert purged.cancelled >= 4
        (queue,) = (await broker.list_queues(v1.ListQueuesRequest(app=app))).queues
        assert (queue.paused, queue.ready, queue.scheduled) == (True, 0, 0)

    # -- workers: ends ---------------------------------------------------------------------

    async def test_failure_without_retry_is_an_error(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.fail((await worker.take())[0], "why")
        found = await ended(broker, task_id)
        assert found.state == v1.TASK_STATE_ERROR
        assert (found.failure.kind, found.failure.message) == ("Boom", "why")

    async def test_failure_is_retried_with_backoff(self, broker: Broker) -> None:
        policy = v1.RetryPolicy(max_attempts=2, initial_backoff=seconds(0.05), jitter=0)
        task_id = await submit_one(broker, retry=policy)
        async with connected(broker, "job") as worker:
            (first,) = await worker.take()
            await worker.fail(first, "once")
            (second,) = await worker.take()
            assert (first.attempt, second.attempt) == (1, 2)
            assert second.lease.lease_id > first.lease.lease_id
            await worker.succeed(second)
        events = await watched(broker, task_id)
        assert kinds(events) == [
            "new",
            "process",
            "retry",
            "new",
            "process",
            "finished",
        ]
        assert events[2].state_changed.failure.message == "once"
        assert events[-1].finished.status.attempt == 2

    async def test_a_failure_that_is_not_retryable_is_final(
        self, broker: Broker
    ) -> None:
        policy = v1.RetryPolicy(max_attempts=5, initial_backoff=seconds(0))
        task_id = await submit_one(broker, retry=policy)
        async with connected(broker, "job") as worker:
            await worker.fail((await worker.take())[0], retryable=False)
        assert (await ended(broker, task_id)).attempt == 1

    async def test_given_back_burns_no_attempt(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job", credit=1) as worker:
            (first,) = await worker.take()
            settle = v1.Settle(lease=first.lease, given_back=v1.GivenBack())
            await worker.send(v1.ConnectRequest(settles=[settle], credit=1))
            (second,) = await worker.take()
            assert second.task.id == task_id
            assert (first.attempt, second.attempt) == (1, 1)

    async def test_late_settle_is_refused_and_counted(self, broker: Broker) -> None:
        task_id = await submit_one(broker, app="late")
        async with connected(broker, "job", app="late", credit=2) as worker:
            (first,) = await worker.take()
            settle = v1.Settle(lease=first.lease, given_back=v1.GivenBack())
            await worker.send(v1.ConnectRequest(settles=[settle]))
            (second,) = await worker.take()
            await worker.succeed(first, '"late"')
            assert worker.lost == [first.lease]
            await worker.succeed(second, '"right"')
        assert (await ended(broker, task_id)).result.json == '"right"'
        (queue,) = (await broker.list_queues(v1.ListQueuesRequest(app="late"))).queues
        assert queue.refused_total == 1

    async def test_settling_what_it_never_held(self, broker: Broker) -> None:
        task_id = await submit_one(broker, name="unserved")
        async with connected(broker, "job") as worker:
            lease = v1.Lease(task_id=task_id, lease_id=1)
            settle = v1.Settle(lease=lease, result=json_payload("1"))
            await worker.send(v1.ConnectRequest(settles=[settle]))
            assert worker.lost == [lease]
        assert (await status(broker, task_id)).state == v1.TASK_STATE_NEW

    async def test_repeated_frames_change_nothing(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            (assign,) = await worker.take()
            await worker.yields(assign, 1, "1", "2")
            await worker.yields(assign, 1, "1", "2")
            await worker.yields(assign, 2, "2", "3")
            await worker.succeed(assign, "1")
            await worker.succeed(assign, "2")
            assert worker.lost == []
        events = await watched(broker, task_id)
        values = [
            event.yielded.value.json for event in events if event.HasField("yielded")
        ]
        assert values == ["1", "2", "3"]
        assert events[-1].finished.status.result.json == "1"

    # -- workers: loss -----------------------------------------------------------------------

    async def test_crash_gives_tasks_to_others(self, broker: Broker) -> None:
        begun, waiting = [await submit_one(broker) for _ in range(2)]
        async with connected(broker, "job") as worker:
            assigns = await worker.take(2)
            assert [one.task.id for one in assigns] == [begun, waiting]
            await worker.started(assigns[0])
        with anyio.fail_after(2):
            async with connected(broker, "job") as rescuer:
                again = {one.task.id: one for one in await rescuer.take(2)}
        assert again[begun].attempt == 2
        assert again[waiting].attempt == 1
        assert (await status(broker, begun)).losses == 1
        assert (await status(broker, waiting)).losses == 0

    async def test_losing_too_many_workers_ends_the_task(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        for _ in range(2):
            async with connected(broker, "job") as worker:
                await worker.started(*await worker.take())
        found = await ended(broker, task_id)
        assert found.state == v1.TASK_STATE_ERROR
        assert found.failure.reason == v1.FAILURE_REASON_WORKER_LOST

    async def test_goodbye_gives_back_at_once(self, broker: Broker) -> None:
        await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.take()
            await worker.goodbye()
            async with connected(broker, "job") as other:
                assert (await other.take())[0].attempt == 1

    @pytest.mark.parametrize("place", [0, 1])
    async def test_leases_are_held_over_a_reconnect(
        self, brokers: tuple[Broker, Broker], place: int
    ) -> None:
        held_id, unknown_id = [await submit_one(brokers[0]) for _ in range(2)]
        session = new_id()
        async with connected(
            brokers[0], "job", session=session, worker_id="steady"
        ) as worker:
            (assign, _) = await worker.take(2)
            await worker.started(assign)
        held = v1.HeldLease(lease=assign.lease, started=True)
        async with connected(
            brokers[place], "job", session=session, worker_id="steady", held=[held]
        ) as worker:
            assert list(worker.welcome.standing) == [assign.lease]
            # What never arrived comes again, under a new lease.
            (again,) = await worker.take()
            assert (again.task.id, again.attempt) == (unknown_id, 1)
            await anyio.sleep(FAST.reconnect_grace * 2)
            await worker.succeed(assign, '"kept"')
        found = await ended(brokers[0], held_id)
        assert (found.result.json, found.losses) == ('"kept"', 0)

    async def test_a_lease_lost_meanwhile_does_not_stand(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        session = new_id()
        async with connected(broker, "job", session=session) as worker:
            (assign,) = await worker.take()
            await worker.started(assign)
        async with connected(broker, "job") as thief:
            await thief.take()
            held = v1.HeldLease(lease=assign.lease, started=True)
            async with connected(broker, "job", session=session, held=[held]) as late:
                assert list(late.welcome.standing) == []
        assert (await status(broker, task_id)).losses == 1

    async def test_two_workers_with_one_id(self, broker: Broker) -> None:
        async with connected(broker, "job", worker_id="one"):
            with pytest.raises(errors.WorkerIdInUse):
                async with connected(broker, "job", worker_id="one"):
                    pass

    async def test_wrong_protocol_is_told_in_words(self, broker: Broker) -> None:
        async with broker.connect() as channel:
            hello = v1.Hello(
                worker_id="old",
                session=new_id(),
                protocol=v1.ProtocolVersion(major=99),
            )
            with pytest.raises(errors.ProtocolMismatch):
                await channel.send(v1.ConnectRequest(hello=hello))
                await channel.receive()

    async def test_hello_comes_first(self, broker: Broker) -> None:
        async with broker.connect() as channel:
            with pytest.raises(errors.ProtocolViolation):
                await channel.send(v1.ConnectRequest(credit=1))
                await channel.receive()

    # -- steering ------------------------------------------------------------------------------

    async def test_cancel_waiting_running_ended(
        self, broker: Broker, other: Broker
    ) -> None:
        waiting = await submit_one(broker, name="unserved")
        running = await submit_one(broker)
        async with connected(broker, "job") as worker:
            (assign,) = await worker.take()
            request = v1.CancelRequest(
                ids=[waiting, running, new_id(), "nonsense"], reason="enough"
            )
            results = (await other.cancel(request)).results
            assert [one.state for one in results[:2]] == [
                v1.TASK_STATE_CANCEL,
                v1.TASK_STATE_PROCESS,
            ]
            assert [one.error.reason for one in results[2:]] == [
                "TASK_NOT_FOUND",
                "INVALID_FIELD",
            ]
            await worker.until("cancels")
            assert worker.cancels[0].lease == assign.lease
            assert worker.cancels[0].reason == "enough"
            assert (await status(broker, running)).cancel_requested
            settle = v1.Settle(lease=assign.lease, cancelled="enough")
            await worker.send(v1.ConnectRequest(settles=[settle]))
        found = await ended(broker, running)
        assert found.state == v1.TASK_STATE_CANCEL
        assert found.cancel_reason == "enough"
        again = await broker.cancel(v1.CancelRequest(ids=[running]))
        assert again.results[0].error.reason == "TASK_ENDED"
        assert "cancel_requested" in kinds(await watched(broker, running))

    async def test_cancel_while_disconnected_is_told_on_return(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        session = new_id()
        async with connected(broker, "job", session=session) as worker:
            (assign,) = await worker.take()
            await worker.started(assign)
            await worker.goodbye(resuming=True)
        await broker.cancel(v1.CancelRequest(ids=[task_id], reason="away"))
        held = v1.HeldLease(lease=assign.lease, started=True)
        async with connected(broker, "job", session=session, held=[held]) as worker:
            if not worker.cancels:
                await worker.until("cancels")
        assert worker.cancels[0].reason == "away"

    async def test_ask_and_reply(self, broker: Broker, other: Broker) -> None:
        task_id = await submit_one(broker)
        session = new_id()
        asked = v1.TaskEvent(asked=v1.Asked(ask_id="q1", prompt=json_payload('"ok?"')))
        later = v1.TaskEvent(asked=v1.Asked(ask_id="q2"))
        async with connected(broker, "job", session=session) as worker:
            (assign,) = await worker.take()
            await worker.started(assign)
            await worker.report(assign, 1, asked)
            await worker.report(assign, 2, later)
            reply = v1.ReplyRequest(id=task_id, ask_id="q1", value=json_payload("1"))
            await other.reply(reply)
            await worker.until("answers")
            assert worker.answers[0].value.json == "1"
            with pytest.raises(errors.AskAnswered):
                await broker.reply(reply)
            with pytest.raises(errors.AskNotFound):
                await broker.reply(v1.ReplyRequest(id=task_id, ask_id="q9"))
            with pytest.raises(errors.TaskNotFound):
                await broker.reply(v1.ReplyRequest(id=new_id(), ask_id="q1"))
            await worker.goodbye(resuming=True)
        # Answered while its worker is away: found again on return.
        await broker.reply(
            v1.ReplyRequest(id=task_id, ask_id="q2", value=json_payload("2"))
        )
        held = v1.HeldLease(lease=assign.lease, started=True, ask_ids=["q2"])
        async with connected(other, "job", session=session, held=[held]) as worker:
            while not any(answer.ask_id == "q2" for answer in worker.answers):
                await worker.receive()
            await worker.succeed(assign)
        assert kinds(await watched(broker, task_id))[2:] == [
            "asked",
            "asked",
            "answered",
            "answered",
            "finished",
        ]

    async def test_requeue_runs_again(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.fail((await worker.take())[0])
            first_end = (await ended(broker, task_id)).last_seq
            request = v1.RequeueRequest(ids=[task_id, new_id()])
            results = (await broker.requeue(request)).results
            assert results[0].state == v1.TASK_STATE_NEW
            assert results[1].error.reason == "TASK_NOT_FOUND"
            (again,) = await worker.take()
            assert again.attempt == 1
            refused = (await broker.requeue(v1.RequeueRequest(ids=[task_id]))).results
            assert refused[0].error.reason == "TASK_NOT_ENDED"
            await worker.succeed(again, '"second"')
        events = await watched(broker, task_id, first_end)
        assert kinds(events) == ["new", "process", "finished"]
        assert (await ended(broker, task_id)).result.json == '"second"'

    async def test_delete(self, broker: Broker) -> None:
        waiting = await submit_one(broker, name="unserved")
        running = await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.take()
            request = v1.DeleteRequest(ids=[waiting, running])
            results = (await broker.delete(request)).results
        assert not results[0].HasField("error")
        assert results[1].error.reason == "TASK_RUNNING"
        with pytest.raises(errors.TaskNotFound):
            await status(broker, waiting)

    async def test_results_are_kept_as_long_as_asked(self, broker: Broker) -> None:
        gone = await submit_one(broker, keep_result=seconds(0))
        kept = await submit_one(broker)
        await broker.cancel(v1.CancelRequest(ids=[gone, kept]))

        async def forgotten() -> bool:
            try:
                await status(broker, gone)
            except errors.TaskNotFound:
                return True
            return False

        await eventually(forgotten)
        await status(broker, kept)
