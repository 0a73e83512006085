"""What becomes of what workers report."""

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    kinds,
    seconds,
    status,
    submit_one,
    watched,
)
from qtasks.testing.scripted_worker import json_payload


class SettlePromises(BrokerCase):
    """What becomes of what workers report."""

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

    async def test_settling_what_another_holds(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with (
            connected(broker, "job") as worker,
            connected(broker, "other") as rogue,
        ):
            (assign,) = await worker.take()
            await rogue.succeed(assign, '"forged"')
            assert rogue.lost == [assign.lease]
            await worker.succeed(assign, '"right"')
        assert (await ended(broker, task_id)).result.json == '"right"'

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

    async def test_a_backoff_is_as_long_as_asked(self, broker: Broker) -> None:
        policy = v1.RetryPolicy(max_attempts=2, initial_backoff=seconds(0.3), jitter=0)
        task_id = await submit_one(broker, retry=policy)
        async with connected(broker, "job") as worker:
            await worker.fail((await worker.take())[0])
            await worker.take()
        retry, ready = (await watched(broker, task_id, 2, 2))[:2]
        waited = ready.time.ToNanoseconds() - retry.time.ToNanoseconds()
        assert 0.3 <= waited / 1e9 <= 0.4

    async def test_long_failures_are_cut(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker:
            await worker.fail((await worker.take())[0], "x" * 1_000_000)
        found = await ended(broker, task_id)
        assert len(found.failure.message) == 1000
        assert found.failure.details["cut"]

    async def test_reports_that_can_be_none_harm_nobody(self, broker: Broker) -> None:
        await submit_one(broker)
        async with connected(broker, "job") as worker:
            (assign,) = await worker.take()
            await worker.report(assign, 1)
            for bad in (
                v1.ConnectRequest(started=[v1.Lease(task_id=assign.task.id)]),
                v1.ConnectRequest(
                    settles=[
                        v1.Settle(
                            lease=v1.Lease(task_id=assign.task.id, lease_id=2**40),
                            cancelled="x",
                        )
                    ]
                ),
                v1.ConnectRequest(
                    events=[
                        v1.LeaseEvents(
                            lease=assign.lease,
                            first=1,
                            events=[v1.TaskEvent(asked=v1.Asked(ask_id="x" * 70_000))],
                        )
                    ]
                ),
            ):
                async with connected(broker, "other") as rogue:
                    with pytest.raises((errors.ProtocolViolation, errors.InvalidField)):
                        await rogue.send(bad)
            await worker.succeed(assign)
