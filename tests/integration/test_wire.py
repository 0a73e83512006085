"""The broker service on a real socket: statuses, bad input, health, reflection."""

import os
import re
import signal
import socket

import anyio
import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status

from qtasks import v1
from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker
from qtasks.client.submitter import Submitter
from qtasks.engine.admission import new_id
from qtasks.engine.settings import EngineSettings
from qtasks.errors import (
    BrokerDraining,
    BrokerUnavailable,
    SettingsError,
    StorageUnavailable,
    TaskUnserved,
)
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite.case import (
    FAST,
    connected,
    submit,
    submit_one,
    task,
)
from qtasks.v1.task_service_pb2_grpc import TaskServiceStub
from qtasks.v1.worker_service_pb2_grpc import WorkerServiceStub
from qtasks_broker.server import serving
from tests.integration.command_line import CommandLine, line_of
from tests.tools import cannot_run

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server():
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
    ):
        yield server


@pytest.fixture
async def channel(server):
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


@pytest.fixture
async def broker(server):
    async with GrpcBroker(f"grpc://127.0.0.1:{server.port}") as broker:
        yield broker


def details_of(error):
    found = {}
    for detail in rpc_status.from_call(error).details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest):
            if detail.Is(kind.DESCRIPTOR):
                found[kind.__name__] = kind.FromString(detail.value)
    return found


async def test_a_refusal_carries_reason_and_field(channel):
    stub = TaskServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async for _ in stub.Run(v1.RunRequest(task=task(priority=99_999))):
            pass
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    details = details_of(refused.value)
    assert details["ErrorInfo"].reason == "OUT_OF_RANGE"
    assert details["ErrorInfo"].domain == "qtasks"
    (violation,) = details["BadRequest"].field_violations
    assert violation.field == "task.priority"
    assert "-4096" in violation.description


async def test_an_unknown_id_is_not_found(channel):
    stub = TaskServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Get(v1.GetRequest(id=new_id()))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert details_of(refused.value)["ErrorInfo"].reason == "TASK_NOT_FOUND"


async def test_a_client_of_a_newer_minor_version_is_understood(channel):
    # Field 1000, a length-delimited one that this version does not know.
    unknown = b"\xc2\x3e\x05hello"
    call = channel.unary_unary(
        "/qtasks.v1.TaskService/Submit",
        request_serializer=lambda request: request.SerializeToString() + unknown,
        response_deserializer=v1.SubmitResponse.FromString,
    )
    (receipt,) = (await call(v1.SubmitRequest(tasks=[task()]))).receipts
    assert receipt.state == v1.TASK_STATE_NEW


async def test_unknown_fields_of_a_task_reach_its_worker(broker):
    newer = v1.TaskSubmit.FromString(task().SerializeToString() + b"\xc2\x3e\x02hi")
    (receipt,) = await submit(broker, newer)
    async with connected(broker, "job") as worker:
        (assign,) = await worker.take()
        assert assign.task.id == receipt.id
        assert b"\xc2\x3e\x02hi" in assign.task.SerializeToString()


async def test_bytes_that_are_no_message(channel):
    call = channel.unary_unary("/qtasks.v1.TaskService/Submit")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(b"\xff\xff\xff")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details_of(refused.value)["ErrorInfo"].reason == "INVALID_FIELD"
    stream = channel.stream_stream("/qtasks.v1.WorkerService/Connect")()
    await stream.write(b"\xff\xff\xff")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stream.read()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_invalid_utf8_is_refused(channel, broker):
    # `name` (field 3) with bytes that are not UTF-8, inside tasks[0] (field 1).
    call = channel.unary_unary("/qtasks.v1.TaskService/Submit")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(b"\x0a\x04\x1a\x02\xff\xfe")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    await submit_one(broker)


async def test_random_bytes_on_the_port(server, broker):
    for noise in (os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 10_000):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(noise)
    await submit_one(broker)


async def test_a_message_over_the_limit_is_refused_and_harms_nobody(channel, broker):
    stub = TaskServiceStub(channel)
    huge = task(args=v1.Payload(data=b"x" * 5_000_000))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Submit(v1.SubmitRequest(tasks=[huge]))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await submit_one(broker)


async def test_a_broken_rule_ends_the_stream_with_its_reason(channel):
    stub = WorkerServiceStub(channel)
    call = stub.Connect()
    await call.write(v1.ConnectRequest(credit=5))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call.read()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details_of(refused.value)["ErrorInfo"].reason == "PROTOCOL_VIOLATION"


async def all_of(call):
    return [answer async for answer in call]


async def test_a_rule_broken_while_the_broker_writes_is_told_too(channel):
    stub = WorkerServiceStub(channel)

    async def greet_twice():
        hello = v1.Hello(worker_id=new_id(), session=new_id(), protocol={"major": 1})
        call = stub.Connect()
        for _ in range(2):
            await call.write(v1.ConnectRequest(hello=hello))
        with pytest.raises(grpc.aio.AioRpcError, match="hello comes once"):
            await all_of(call)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(greet_twice)


async def test_a_worker_may_report_only_its_own_kinds_of_events(broker):
    await submit_one(broker)
    async with connected(broker, "job") as worker:
        (assign,) = await worker.take()
        forged = v1.TaskEvent(finished=v1.Finished())
        with pytest.raises(Exception, match="yielded, asked, log and progress"):
            await worker.report(assign, 1, forged)


async def test_health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", "qtasks.v1.TaskService", "qtasks.v1.WorkerService"):
        request = health_pb2.HealthCheckRequest(service=service)
        answer = await stub.Check(request)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_lists_the_services(channel, version):
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    answer = await call.read()
    names = {service.name for service in answer.list_services_response.service}
    assert {
        "qtasks.v1.TaskService",
        "qtasks.v1.WorkerService",
        "qtasks.v1.QueueService",
        "qtasks.v1.ScheduleService",
        "qtasks.v1.StatsService",
        "grpc.health.v1.Health",
        "grpc.channelz.v1.Channelz",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    } <= names
    # Not cancelled: what is still under way then would be told to a loop that is closed.
    await call.done_writing()
    assert await call.read() is grpc.aio.EOF


async def test_drain_sends_everybody_elsewhere(server, broker):
    task_id = await submit_one(broker)
    async with (
        connected(broker, "other") as worker,
        broker.watch(v1.WatchRequest(id=task_id)) as responses,
        anyio.create_task_group() as tasks,
    ):
        stream = aiter(responses)
        first = await anext(stream)
        tasks.start_soon(server.drain, 5.0)
        await worker.until("drained")
        await worker.goodbye(resuming=True)
        with pytest.raises(BrokerDraining):
            await anext(stream)
    assert [event.seq for event in first.events] == [1]


async def test_nobody_there():
    async with GrpcBroker("grpc://127.0.0.1:1") as broker:
        with pytest.raises(BrokerUnavailable, match="qtasks serve"):
            await submit_one(broker)


class AwayAtFirst(MemoryStorage):
    """A storage that is away for the first calls."""

    def __init__(self, failures):
        super().__init__()
        self.failures = failures
        self.calls = 0

    def _fail(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise StorageUnavailable("away")

    async def get(self, ids):
        self._fail()
        return await super().get(ids)

    async def submit(self, tasks):
        self._fail()
        return await super().submit(tasks)


@pytest.fixture
async def away():
    """A storage that is away for two calls, and a client of its broker."""
    storage = AwayAtFirst(2)
    async with (
        LocalBroker(storage, FAST) as local,
        serving(local, "127.0.0.1", 0) as server,
        GrpcBroker(f"grpc://127.0.0.1:{server.port}") as client,
    ):
        yield storage, client


async def test_a_call_is_not_repeated_on_a_storage_that_is_away(away):
    """Its broker has tried already: who calls is told at once, and may go on."""
    storage, client = away
    with pytest.raises(StorageUnavailable, match="away"):
        await client.get(v1.GetRequest(id=new_id()))
    assert storage.calls == 1


async def test_submits_outlast_a_storage_that_is_away(away):
    storage, client = away
    async with Submitter(client, patience=30) as submitter:
        (receipt,) = await submitter.submit([task(id=new_id())])
    assert not receipt.HasField("error")
    assert storage.calls == 3


async def test_strict_refuses_what_nobody_serves():
    settings = EngineSettings(strict=True)
    async with LocalBroker(MemoryStorage(), settings) as broker:
        (refused,) = await submit(broker, task("unknown"))
        assert refused.error.reason == TaskUnserved.reason
        assert "unknown" in refused.error.message
        async with connected(broker, "job"):
            await submit_one(broker)


@pytest.mark.parametrize(
    ("host", "shown", "reached"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost", "localhost"),
        ("0.0.0.0", "0.0.0.0", "127.0.0.1"),  # noqa: S104  # what is tested
        ("::1", "[::1]", "[::1]"),
        ("[::1]", "[::1]", "[::1]"),
        ("::", "[::]", "127.0.0.1"),
    ],
)
async def test_hosts_to_listen_on(host, shown, reached):
    if ":" in host and not listens_on_ipv6():
        cannot_run("this machine has no IPv6")
    async with (
        LocalBroker(MemoryStorage(), FAST) as broker,
        serving(broker, host, 0) as server,
        GrpcBroker(f"grpc://{reached}:{server.port}") as client,
    ):
        assert server.address == f"{shown}:{server.port}"
        await submit_one(client)


def listens_on_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def test_a_host_of_another_machine_is_refused_with_what_to_do():
    async with LocalBroker(MemoryStorage(), FAST) as broker:
        with pytest.raises(SettingsError, match=r"192\.0\.2\.1:0.*--host and --port"):
            async with serving(broker, "192.0.2.1", 0):
                pass


async def test_several_hosts_share_calls_and_stand_in_for_one_another():
    storage = MemoryStorage()
    async with (
        LocalBroker(storage, FAST) as one,
        LocalBroker(storage.replica(), FAST) as other,
        serving(one, "127.0.0.1", 0) as first,
        serving(other, "127.0.0.1", 0) as second,
        GrpcBroker(f"grpc://127.0.0.1:{first.port},127.0.0.1:{second.port}") as client,
    ):
        answered = set()
        with anyio.fail_after(10):
            while len(answered) < 2:
                answered.add(await answering(client))
        assert answered == {one.engine.id, other.engine.id}
        await first.drain(1.0)
        assert {await answering(client) for _ in range(4)} == {other.engine.id}


async def answering(client):
    return (await client.get_stats(v1.GetStatsRequest())).stats.broker_id


async def test_a_second_signal_stops_a_broker_at_once(tmp_path):
    with CommandLine(tmp_path).running(
        *("serve", "--port", "0", "--storage", "memory://", "--grace", "600s")
    ) as process:
        ready = re.match(r"qtasks broker on (\S+?),", line_of(process))
        async with (
            GrpcBroker(f"grpc://{ready[1]}") as client,
            connected(client, "job") as worker,
        ):
            process.send_signal(signal.SIGTERM)
            await worker.until("drained")
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            with anyio.fail_after(15):
                await anyio.to_thread.run_sync(process.wait)
        assert process.returncode == 0
