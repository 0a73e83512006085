"""What is promised to those who ask why a task does not run."""

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    eventually,
    seconds,
    status,
    submit,
    submit_one,
    task,
)


async def explained(broker: Broker, task_id: str) -> list[v1.Reason]:
    """Why a task does not run; each reason has its line."""
    answer = await broker.explain(v1.ExplainRequest(id=task_id))
    assert answer.status == await status(broker, task_id)
    assert all(reason.message for reason in answer.reasons)
    assert all("\n" not in reason.message for reason in answer.reasons)
    return list(answer.reasons)


def kinds(reasons: list[v1.Reason]) -> list[str]:
    """Reasons as words."""
    return [str(reason.WhichOneof("kind")) for reason in reasons]


class ExplainPromises(BrokerCase):
    """Whoever waits for a task can learn why, from any broker."""

    async def test_an_unknown_task_is_not_explained(self, broker: Broker) -> None:
        with pytest.raises(errors.TaskNotFound):
            await broker.explain(v1.ExplainRequest(id=new_id()))
        with pytest.raises(errors.InvalidField):
            await broker.explain(v1.ExplainRequest(id="nonsense"))

    async def test_an_ended_task(self, broker: Broker) -> None:
        task_id = await submit_one(broker, app="explain")
        async with connected(broker, "job", app="explain") as worker:
            (assign,) = await worker.take()
            await worker.fail(assign, "no\nluck")
        (reason,) = await explained(broker, task_id)
        assert reason.ended.state == v1.TASK_STATE_ERROR
        assert "Boom: no luck" in reason.message

    async def test_a_task_that_waits_for_others(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="explain") as worker:
            first, second = [await submit_one(broker, app="explain") for _ in range(2)]
            after = v1.After(task_ids=[first, second])
            task_id = await submit_one(broker, app="explain", after=after)
            (reason,) = await explained(other, task_id)
            found = reason.dependencies
            assert list(found.task_ids) == [first, second]
            assert (found.waiting, found.total) == (2, 2)
            await worker.succeed((await worker.take(2))[0])
            (reason,) = await explained(broker, task_id)
            found = reason.dependencies
            assert (list(found.task_ids), found.waiting) == ([second], 1)
            assert second in reason.message

    async def test_a_task_that_starts_later(self, broker: Broker) -> None:
        async with connected(broker, "job", app="explain"):
            task_id = await submit_one(broker, app="explain", delay=seconds(60))
            (reason,) = await explained(broker, task_id)
        found = reason.starts_later
        assert found.due_time == (await status(broker, task_id)).due_time
        assert 50 < found.wait.seconds <= 60
        assert not found.retry

    async def test_a_task_between_two_attempts(self, broker: Broker) -> None:
        policy = v1.RetryPolicy(max_attempts=2, initial_backoff=seconds(60))
        task_id = await submit_one(broker, app="explain", retry=policy)
        async with connected(broker, "job", app="explain") as worker:
            (assign,) = await worker.take()
            await worker.fail(assign)
            (reason,) = await explained(broker, task_id)
        assert reason.starts_later.retry
        assert "attempt 1 failed" in reason.message

    async def test_what_holds_a_task_up_later_is_told_too(
        self, broker: Broker, other: Broker
    ) -> None:
        request = v1.PauseQueueRequest(app="later", name="default")
        await broker.pause_queue(request)
        task_id = await submit_one(broker, app="later", delay=seconds(60))
        reasons = await explained(other, task_id)
        assert kinds(reasons) == ["starts_later", "queue_paused", "unserved"]
        assert reasons[1].queue_paused.queue == "default"
        assert "qtasks queues resume default --app-name later" in reasons[1].message

    async def test_a_name_that_nobody_knows(self, broker: Broker) -> None:
        async with connected(broker, "resize", app="names"):
            strange = await submit_one(broker, app="names", name="report")
            (reason,) = await explained(broker, strange)
            assert reason.unserved == v1.Unserved(name="report", queue="default")
            misspelt = await submit_one(broker, app="names", name="reszie")
            (reason,) = await explained(broker, misspelt)
        assert reason.unserved.similar_name == "resize"
        assert "did you mean 'resize'" in reason.message

    async def test_a_name_that_nobody_serves_now(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="gone") as worker:
            await worker.goodbye()

        async def left() -> bool:
            request = v1.ListWorkersRequest(app="gone")
            return not (await broker.list_workers(request)).workers

        await eventually(left)
        task_id = await submit_one(broker, app="gone")
        (reason,) = await explained(other, task_id)
        assert reason.unserved.registered
        assert not reason.unserved.served_queues
        assert "start one" in reason.message

    async def test_a_name_that_is_served_in_other_queues(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="elsewhere", queues=["a", "b"]):
            task_id = await submit_one(broker, app="elsewhere", queue="my mail")
            (reason,) = await explained(other, task_id)
        assert list(reason.unserved.served_queues) == ["a", "b"]
        assert reason.unserved.registered
        assert "--queues 'my mail'" in reason.message

    async def test_a_task_behind_others(self, broker: Broker, other: Broker) -> None:
        async with (
            connected(broker, "job", "other", app="line", credit=1) as worker,
            connected(other, "job", app="line", credit=1) as second,
        ):
            await submit(broker, *[task(app="line") for _ in range(2)])
            await worker.take()
            await second.take()
            await submit(
                broker,
                task(app="line"),
                task("other", app="line", priority=-1),
                task("nobody serves", app="line", priority=-2),
                task(app="line", queue="elsewhere", priority=-2),
            )
            task_id = await submit_one(broker, app="line")
            busy, behind = await explained(other, task_id)
        found = busy.workers_busy
        assert (found.workers, found.slots, found.running) == (2, 2, 2)
        assert (behind.behind.tasks, behind.behind.higher_priority) == (2, 1)

    async def test_a_task_that_is_next(self, broker: Broker) -> None:
        async with connected(broker, "job", app="next", credit=1) as worker:
            await submit_one(broker, app="next")
            await worker.take()
            task_id = await submit_one(broker, app="next")
            assert kinds(await explained(broker, task_id)) == ["workers_busy"]
            idle = connected(broker, "job", app="next", credit=0, worker_id="idle")
            async with idle:
                (reason,) = await explained(broker, task_id)
        assert reason.ready.workers == 2

    async def test_a_task_that_a_worker_has(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="have") as worker:
            task_id = await submit_one(broker, app="have")
            (assign,) = await worker.take()
            (reason,) = await explained(other, task_id)
            found = reason.leased
            assert (found.worker_id, found.attempt) == (worker.hello.worker_id, 1)
            assert (found.started, found.cancel_requested) == (False, False)
            assert found.HasField("expire_time")
            await worker.started(assign)
            (reason,) = await explained(other, task_id)
            assert reason.leased.started
            await other.cancel(v1.CancelRequest(ids=[task_id], reason="too slow"))
            (reason,) = await explained(other, task_id)
        assert reason.leased.cancel_requested
        assert "too slow" in reason.message

    async def test_a_task_whose_worker_is_lost(
        self, broker: Broker, other: Broker
    ) -> None:
        task_id = await submit_one(broker, app="lost")
        async with connected(broker, "job", app="lost") as worker:
            await worker.started(*await worker.take())

        async def taken_back() -> bool:
            answer = await other.explain(v1.ExplainRequest(id=task_id))
            (reason,) = answer.reasons
            if not reason.HasField("leased"):
                return reason.HasField("unserved")
            assert reason.leased.HasField("expire_time") or "is lost" in reason.message
            return False

        await eventually(taken_back)
