"""What is promised to those who follow a task."""

import anyio
import pytest

from qtasks import errors, v1
from qtasks.abc.broker import Broker
from qtasks.engine.admission import new_id
from qtasks.testing.broker_suite.case import (
    BrokerCase,
    connected,
    ended,
    kinds,
    status,
    submit_one,
    task,
    watched,
)


class FollowPromises(BrokerCase):
    """What is promised to those who follow a task."""

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

        async def run() -> None:
            async with broker.run(v1.RunRequest(task=bad)) as responses:
                async for _ in responses:
                    pytest.fail("it runs")

        with pytest.raises(errors.OutOfRange) as refused:
            await run()
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

        async def watch_and_delete() -> None:
            async with broker.watch(v1.WatchRequest(id=task_id)) as responses:
                async for _ in responses:
                    await broker.delete(v1.DeleteRequest(ids=[task_id]))

        with pytest.raises(errors.TaskNotFound):
            await watch_and_delete()

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

    async def test_watch_beyond_the_end_ends_with_the_task(
        self, broker: Broker
    ) -> None:
        task_id = await submit_one(broker)
        async with connected(broker, "job") as worker, anyio.create_task_group() as tg:
            (assign,) = await worker.take()
            tg.start_soon(worker.succeed, assign)
            assert await watched(broker, task_id, 1_000_000) == []

    async def test_the_end_is_the_same_live_and_later(self, broker: Broker) -> None:
        task_id = await submit_one(broker)
        async with (
            connected(broker, "job") as worker,
            broker.watch(v1.WatchRequest(id=task_id)) as responses,
        ):
            (assign,) = await worker.take()
            await broker.cancel(v1.CancelRequest(ids=[task_id]))
            await worker.succeed(assign, '"anyway"')
            live = [event async for one in responses for event in one.events]
        assert live == await watched(broker, task_id)
