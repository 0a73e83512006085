"""What is promised to those who drain a worker."""

import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    eventually,
    submit_one,
)


async def drained(broker: Broker, worker_id: str, app: str = "drain") -> int:
    """Drain a worker; how many tasks it still has."""
    request = v1.DrainWorkerRequest(app=app, worker_id=worker_id)
    return (await broker.drain_worker(request)).running


async def draining(broker: Broker) -> dict[str, bool]:
    """Which workers there are, and whether they drain."""
    answer = await broker.list_workers(v1.ListWorkersRequest(app="drain"))
    return {worker.worker_id: worker.draining for worker in answer.workers}


async def gone(broker: Broker, worker_id: str) -> None:
    """Wait until a worker is not there any more: a goodbye is answered before that."""

    async def left() -> bool:
        return worker_id not in await draining(broker)

    await eventually(left)


class DrainPromises(BrokerCase):
    """A worker that is drained finishes what it has and takes no more."""

    async def test_a_worker_that_is_not_there(self, broker: Broker) -> None:
        with pytest.raises(errors.WorkerNotFound) as refused:
            await drained(broker, "nobody")
        assert refused.value.facts["worker_id"] == "nobody"
        with pytest.raises(errors.InvalidField):
            await drained(broker, "")
        async with connected(broker, "job", app="drain", worker_id="w") as worker:
            with pytest.raises(errors.WorkerNotFound):
                await drained(broker, "w", app="another")
            await worker.goodbye()
        await gone(broker, "w")
        with pytest.raises(errors.WorkerNotFound):
            await drained(broker, "w")

    async def test_it_takes_no_more_and_finishes_what_it_has(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="drain", worker_id="old") as worker:
            first = await submit_one(broker, app="drain")
            (assign,) = await worker.take()
            await worker.started(assign)
            assert await drained(other, "old") == 1
            await worker.until("told_to_leave")
            assert await draining(other) == {"old": True}
            second = await submit_one(other, app="drain")
            assert await worker.silent(0.2) == []
            async with connected(
                other, "job", app="drain", worker_id="new"
            ) as next_one:
                (again,) = await next_one.take()
                assert again.task.id == second
                assert await draining(broker) == {"new": False, "old": True}
            await worker.succeed(assign, "1", credit=1)
            assert (await ended(broker, first)).state == v1.TASK_STATE_SUCCESS
            assert await drained(other, "old") == 0
            await worker.goodbye()
        await gone(broker, "old")

    async def test_it_is_told_again_wherever_it_connects(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="drain", worker_id="w") as worker:
            await worker.goodbye(resuming=True)
        assert await drained(other, "w") == 0
        session = worker.hello.session
        again = connected(other, "job", app="drain", worker_id="w", session=session)
        async with again as moved:
            await moved.until("told_to_leave")
            await submit_one(broker, app="drain")
            assert await moved.silent(0.2) == []
            await moved.goodbye()

    async def test_its_next_life_is_not_drained(self, broker: Broker) -> None:
        async with connected(broker, "job", app="drain", worker_id="w") as worker:
            await drained(broker, "w")
            await worker.until("told_to_leave")
            await worker.goodbye()
        await gone(broker, "w")
        async with connected(broker, "job", app="drain", worker_id="w") as worker:
            task_id = await submit_one(broker, app="drain")
            (assign,) = await worker.take()
            assert assign.task.id == task_id
            assert not worker.told_to_leave

    async def test_one_that_drains_serves_no_new_task(
        self, broker: Broker, other: Broker
    ) -> None:
        async with connected(broker, "job", app="drain", worker_id="w") as worker:
            await drained(other, "w")
            await worker.until("told_to_leave")
            task_id = await submit_one(other, app="drain")
            answer = await broker.explain(v1.ExplainRequest(id=task_id))
            assert [one.WhichOneof("kind") for one in answer.reasons] == ["unserved"]

            async def unserved() -> bool:
                found = await other.get(v1.GetRequest(id=task_id))
                return found.status.unserved

            await eventually(unserved)
