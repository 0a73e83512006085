"""What is promised to those who follow many tasks on one stream."""

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    kinds,
    seconds,
    submit_one,
    task,
)


class SubscribePromises(BrokerCase):
    """What is promised to those who follow many tasks on one stream."""

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

    async def test_one_subscriber_leaves_another_alone(
        self, broker: Broker, other: Broker
    ) -> None:
        task_id = await submit_one(broker)
        follow = v1.Follow(id=task_id, finished_only=True)
        async with broker.subscribe() as first, broker.subscribe() as second:
            for stream in (first, second):
                await stream.send(v1.SubscribeRequest(add=[follow]))
            async with connected(other, "job") as worker:
                (assign,) = await worker.take()
                mark = await submit_one(broker, name="mark")
                await broker.cancel(v1.CancelRequest(ids=[mark]))
                marker = v1.Follow(id=mark, finished_only=True)
                await first.send(v1.SubscribeRequest(remove=[task_id], add=[marker]))
                (event,) = (await first.receive()).events
                assert event.task_id == mark
                await worker.succeed(assign)
            (event,) = (await second.receive()).events
        assert event.task_id == task_id
