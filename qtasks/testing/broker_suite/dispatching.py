"""In which order, to whom and when tasks are given."""

import anyio
import anyio.lowlevel

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.engine.events import timestamp
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    seconds,
    status,
    submit,
    submit_one,
    task,
)
from qtasks.testing.scripted_worker import json_payload


class DispatchPromises(BrokerCase):
    """In which order, to whom and when tasks are given."""

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
            await anyio.lowlevel.checkpoint()
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
        purged = await broker.purge_queue(v1.PurgeQueueRequest(app=app, name="default"))
        assert purged.cancelled >= 4
        (queue,) = (await broker.list_queues(v1.ListQueuesRequest(app=app))).queues
        assert (queue.paused, queue.ready, queue.scheduled) == (True, 0, 0)

    async def test_a_batch_wakes_as_many_workers_as_it_needs(
        self, broker: Broker, other: Broker
    ) -> None:
        async with (
            connected(other, "job", credit=2) as first,
            connected(other, "job", credit=2) as second,
            connected(other, "job", credit=2) as third,
        ):
            await anyio.wait_all_tasks_blocked()
            with anyio.fail_after(2):
                await submit(broker, *[task() for _ in range(6)])
                for worker in (first, second, third):
                    await worker.take(2)

    async def test_tasks_as_large_as_allowed_reach_their_worker(
        self, broker: Broker
    ) -> None:
        large = v1.Payload(data=b"x" * (1024 * 1024 - 100), encoding="raw")
        ids = [await submit_one(broker, args=large) for _ in range(4)]
        async with connected(broker, "job") as worker:
            assigns = await worker.take(4)
            assert [one.task.id for one in assigns] == ids
            settle = v1.Settle(lease=assigns[0].lease, result=large)
            await worker.send(v1.ConnectRequest(settles=[settle]))
            found = await ended(broker, ids[0])
            assert (found.args, found.result) == (large, large)
        page = await broker.list(v1.ListRequest())
        assert page.tasks

    async def test_a_task_too_large_in_all_is_refused(self, broker: Broker) -> None:
        large = v1.Payload(data=b"x" * 1_000_000)
        (refused,) = await submit(broker, task(args=large, kwargs=large))
        assert refused.error.reason == "PAYLOAD_TOO_LARGE"
