"""What a broker service says at its limits: large errors, failures of its own, drains."""

import logging

import anyio
import grpc
import pytest

from qtasks import errors, v1
from qtasks.asyncio import QueueTasks
from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker
from qtasks.engine.admission import new_id
from qtasks.errors import (
    BrokerDraining,
    InvalidField,
    PayloadTooLarge,
    QtasksError,
    SubmitRefused,
    TaskNotFound,
)
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite.case import FAST, ended, seconds, submit_one, task
from qtasks.transport.options import MAX_MESSAGE_BYTES
from qtasks.transport.status import STATUS_TEXT, item_error
from qtasks.v1.task_service_pb2_grpc import TaskServiceStub
from qtasks_broker.server import serving

pytestmark = pytest.mark.anyio

MOST_TASKS = 4096


class Failing(LocalBroker):
    """A broker whose figures fail as told."""

    def __init__(self, error):
        super().__init__(MemoryStorage(), FAST)
        self.error = error

    async def get_stats(self, _):
        raise self.error


async def failure_of(error):
    """What a client sees of an error of the broker."""
    async with (
        Failing(error) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        GrpcBroker(f"grpc://127.0.0.1:{server.port}") as client,
    ):
        with pytest.raises(QtasksError) as caught:
            await client.get_stats(v1.GetStatsRequest())
    return caught.value


@pytest.mark.parametrize("character", ["x", "ж", "漢", "🦀", "\n", "%"])
async def test_a_large_error_keeps_its_meaning(character):
    text = character * 100_000
    error = InvalidField(text, field=text, task_id=text, name=text)
    seen = await failure_of(error)
    assert type(seen) is InvalidField
    assert seen.message.startswith(character * 100)
    assert seen.message.endswith("…")
    assert len(seen.message.encode()) <= STATUS_TEXT
    assert set(seen.facts) == {"field", "task_id", "name"}
    assert all(fact.startswith(character * 10) for fact in seen.facts.values())


async def test_text_that_no_wire_takes_is_still_an_error():
    seen = await failure_of(InvalidField("half a pair: \ud83e"))
    assert (type(seen), seen.message) == (InvalidField, "half a pair: ?")


async def test_a_failure_of_the_broker_is_told_by_its_log_only(caplog):
    with caplog.at_level(logging.ERROR, "qtasks_broker"):
        seen = await failure_of(KeyError("redis://ann:secret@host"))
    assert type(seen) is QtasksError
    assert "secret" not in f"{seen.message} {seen.facts}"
    (record,) = [one for one in caplog.records if one.message == "call failed"]
    assert record.failure == seen.facts["failure"]
    assert record.failure in seen.message
    assert record.rpc == "GetStats"
    assert "secret" in caplog.text


async def test_a_refusal_of_every_task_of_a_batch_fits_one_message():
    name = "n" * 800
    refused = [task(name=name, queue="q" * 100) for _ in range(MOST_TASKS)]
    request = v1.SubmitRequest(tasks=refused)
    assert request.ByteSize() < MAX_MESSAGE_BYTES
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        GrpcBroker(f"grpc://127.0.0.1:{server.port}") as client,
    ):
        receipts = (await client.submit(request)).receipts
    assert {one.error.reason for one in receipts} == {InvalidField.reason}
    assert len(receipts) == MOST_TASKS


def test_the_largest_error_of_an_item_fits_as_often_as_there_are_items():
    text = "x" * 10_000
    error = errors.TaskConflict(text, field=text, task_id=text)
    receipt = v1.Receipt(id=new_id(), error=item_error(error))
    response = v1.SubmitResponse(receipts=[receipt] * MOST_TASKS)
    assert response.ByteSize() < MAX_MESSAGE_BYTES


async def test_a_get_that_waits_is_sent_elsewhere_by_a_drain():
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        grpc.aio.insecure_channel(
            f"127.0.0.1:{server.port}", options=[("grpc.enable_retries", 0)]
        ) as channel,
        anyio.create_task_group() as tasks,
    ):
        stub = TaskServiceStub(channel)
        (receipt,) = (await stub.Submit(v1.SubmitRequest(tasks=[task()]))).receipts
        call = stub.Get(v1.GetRequest(id=receipt.id, wait=seconds(600)))
        # One connection: when the second call is answered, the first has arrived.
        await stub.Get(v1.GetRequest(id=receipt.id))
        with anyio.fail_after(10):
            tasks.start_soon(server.drain, 5.0)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert refused.value.details() == BrokerDraining().message


async def test_a_get_that_waits_goes_on_with_another_broker():
    storage = MemoryStorage()
    async with (
        LocalBroker(storage, FAST) as one,
        LocalBroker(storage.replica(), FAST) as other,
        serving(one, "127.0.0.1", 0) as first,
        serving(other, "127.0.0.1", 0) as second,
        GrpcBroker(f"grpc://127.0.0.1:{first.port},127.0.0.1:{second.port}") as client,
    ):
        task_id = await submit_one(client)
        seen = []

        async def wait():
            seen.append(await ended(client, task_id))

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
                await first.drain(1.0)
                await client.cancel(v1.CancelRequest(ids=[task_id]))
    assert [one.state for one in seen] == [v1.TASK_STATE_CANCEL] * 4


async def test_submits_without_ids_are_given_one_before_they_are_sent():
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        GrpcBroker(f"grpc://127.0.0.1:{server.port}") as client,
    ):
        request = v1.SubmitRequest(tasks=[task(), task(id=new_id())])
        receipts = (await client.submit(request)).receipts
        assert [one.id for one in receipts] == [one.id for one in request.tasks]
        again = (await client.submit(request)).receipts
        assert all(one.existing for one in again)
        run = v1.RunRequest(task=task())
        async with client.run(run) as responses:
            first = await anext(aiter(responses))
        assert first.events[0].task_id == run.task.id != ""


async def test_a_task_too_large_to_be_sent_takes_no_other_down():
    """They would share a request, or the stream on which results are waited for."""
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        QueueTasks(broker_url=f"grpc://127.0.0.1:{server.port}") as app,
    ):
        app.task("echo")(echo)
        huge = "x" * 2 * MAX_MESSAGE_BYTES
        calls = [app.call("echo", (one,), {}) for one in ("first", huge, "last")]
        with pytest.raises(SubmitRefused) as refused:
            await app.add_tasks(calls)
        assert {place: one.reason for place, one in refused.value.errors.items()} == {
            1: "PAYLOAD_TOO_LARGE"
        }
        async with app.worker(), anyio.create_task_group() as tasks:
            tasks.start_soon(_is_too_large, app, huge)
            handle = await app.add_task("echo", "beside it", timeout=10)
            assert handle.returning == "beside it"
            for stored in refused.value.stored:
                assert await stored.result() in ("first", "last")


async def echo(value):
    return value


async def _is_too_large(app, value):
    with pytest.raises(PayloadTooLarge):
        await app.add_task("echo", value, timeout=10)


async def test_what_may_not_be_done_twice_is_not_repeated():
    class Counting(LocalBroker):
        calls = 0

        async def delete(self, _):
            self.calls += 1
            raise BrokerDraining

    async with (
        Counting(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        GrpcBroker(f"grpc://127.0.0.1:{server.port}") as client,
    ):
        with pytest.raises(BrokerDraining):
            await client.delete(v1.DeleteRequest(ids=[new_id()]))
        assert broker.calls == 1
        with pytest.raises(TaskNotFound):
            await client.get(v1.GetRequest(id=new_id()))
