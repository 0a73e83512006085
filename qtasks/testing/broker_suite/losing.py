"""What becomes of the tasks of workers that are lost, or come back."""

import anyio
import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker, WorkerChannel
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    FAST,
    BrokerCase,
    connected,
    ended,
    status,
    submit_one,
)


async def _first(channel: WorkerChannel, frame: v1.ConnectRequest) -> None:
    """Send the first frame of a stream; a refusal comes with it or with the answer."""
    await channel.send(frame)
    await channel.receive()


class LossPromises(BrokerCase):
    """What becomes of the tasks of workers that are lost, or come back."""

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
                await _first(channel, v1.ConnectRequest(hello=hello))

    async def test_hello_comes_first(self, broker: Broker) -> None:
        async with broker.connect() as channel:
            with pytest.raises(errors.ProtocolViolation):
                await _first(channel, v1.ConnectRequest(credit=1))

    async def test_a_task_that_kills_its_worker_takes_down_no_other(
        self, broker: Broker
    ) -> None:
        """With `max_losses` of 2: after one loss the tasks come one at a time."""
        ids = [await submit_one(broker, priority=place) for place in range(3)]
        async with connected(broker, "job") as worker:
            await worker.started(*await worker.take(3))
        async with connected(broker, "job") as worker:
            (killer,) = await worker.take()
            assert killer.task.id == ids[0]
            assert await worker.silent(0.2) == []
            await worker.started(killer)
        async with connected(broker, "job") as worker:
            for task_id in ids[1:]:
                (assign,) = await worker.take()
                assert assign.task.id == task_id
                await worker.started(assign)
                await worker.succeed(assign)
        assert (await ended(broker, ids[0])).state == v1.TASK_STATE_ERROR
        for task_id in ids[1:]:
            assert (await ended(broker, task_id)).losses == 1
