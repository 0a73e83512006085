"""Typed services where registrations change, brokers are many, and callers are odd."""

import json
from contextlib import asynccontextmanager
from unittest.mock import AsyncMock

import anyio
import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from qtasks import v1
from qtasks.brokers.local import LocalBroker
from qtasks.errors import StorageUnavailable
from qtasks.storages.memory import MemoryStorage
from qtasks.storages.redis import RedisStorage
from qtasks.storages.sqlite import SqliteStorage
from qtasks.testing.broker_suite.case import FAST, connected, eventually
from qtasks_broker.server import serving
from tests.servers import RedisServer
from tests.unit.typed.typed_rig import INTEGER, STRING, registered

pytestmark = pytest.mark.anyio

V1 = "grpc.reflection.v1.ServerReflection"


class Client:
    """A program that knows nothing but the address, and asks reflection for the rest."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel

    async def reflect(self, *requests, service=reflection_pb2_grpc):
        """The answers of one stream."""
        if service is V1:
            call = self.channel.stream_stream(
                f"/{V1}/ServerReflectionInfo",
                request_serializer=lambda one: one.SerializeToString(),
                response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
            )
        else:
            stub = reflection_pb2_grpc.ServerReflectionStub(self.channel)
            call = stub.ServerReflectionInfo
        asked = [reflection_pb2.ServerReflectionRequest(**one) for one in requests]
        return [answer async for answer in call(iter(asked))]

    async def services(self, **options) -> set[str]:
        """The services of tasks."""
        (answer,) = await self.reflect({"list_services": ""}, **options)
        names = {one.name for one in answer.list_services_response.service}
        assert "qtasks.v1.TaskService" in names
        return {name for name in names if ".tasks.v1." in name}

    async def file(self, symbol: str) -> descriptor_pb2.FileDescriptorProto:
        """The file that something is in."""
        (answer,) = await self.reflect({"file_containing_symbol": symbol})
        (data,) = answer.file_descriptor_response.file_descriptor_proto
        return descriptor_pb2.FileDescriptorProto.FromString(data)

    async def numbers(self, message: str) -> dict[str, int]:
        """The numbers of a message's fields, by name."""
        file = await self.file(message)
        name = message.rpartition(".")[2]
        (found,) = [one for one in file.message_type if one.name == name]
        return {one.name: one.number for one in found.field}

    async def message(self, name: str, value: object = None):
        """A message as it is described, with its pool."""
        pool = descriptor_pool.DescriptorPool()
        waiting, seen = [await self.file(name)], []
        while waiting:
            file = waiting.pop()
            seen = [one for one in seen if one.name != file.name] + [file]
            for needed in file.dependency:
                (answer,) = await self.reflect({"file_by_filename": needed})
                data = answer.file_descriptor_response.file_descriptor_proto
                files = map(descriptor_pb2.FileDescriptorProto.FromString, data)
                waiting += [one for one in files if one.name == needed]
        for file in reversed(seen):
            pool.Add(file)
        made = GetMessageClass(pool.FindMessageTypeByName(name))()
        return json_format.ParseDict(value or {}, made, descriptor_pool=pool)

    def call(self, path: str, request: bytes = b"", headers=()):
        """Call something with bytes."""
        return self.channel.unary_unary(path)(request, metadata=headers)


@asynccontextmanager
async def served(storage):
    """A broker on a storage, and a client of it."""
    async with (
        LocalBroker(storage, FAST) as broker,
        serving(broker, "127.0.0.1", 0) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield broker, Client(channel)


async def registers(broker, *infos, app=""):
    """A worker that tells its tasks and leaves."""
    async with connected(broker, *infos, app=app) as worker:
        await worker.goodbye()


async def refusal(call):
    """The code, the message and the details of a call that fails."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    details = {}
    for detail in rpc_status.from_call(caught.value).details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest):
            if detail.Is(kind.DESCRIPTOR):
                details[kind.__name__] = kind.FromString(detail.value)
    return caught.value.code(), caught.value.details(), details


@pytest.fixture
async def rig():
    async with served(MemoryStorage()) as rig:
        yield rig


@pytest.fixture
def broker(rig):
    return rig[0]


@pytest.fixture
def client(rig):
    return rig[1]


@pytest.fixture(autouse=True)
async def in_time():
    with anyio.fail_after(30):
        yield


# -- what there is ------------------------------------------------------------------


async def test_new_tasks_are_there_at_once_in_both_versions(broker, client):
    assert await client.services() == set()
    await registers(broker, registered("job"), registered("mail.send", router="mail"))
    expected = {"queue_tasks.tasks.v1.Tasks", "queue_tasks.tasks.v1.Mail"}
    assert await client.services() == expected
    assert await client.services(service=V1) == expected
    await registers(broker, registered("other"), app="Second App")
    assert await client.services() == expected | {"second_app.tasks.v1.Tasks"}


@pytest.mark.parametrize(
    "symbol",
    [
        "queue_tasks.tasks.v1.Tasks",
        "queue_tasks.tasks.v1.Tasks.Job",
        "queue_tasks.tasks.v1.Tasks.JobStream",
        "queue_tasks.tasks.v1.JobRequest",
        "queue_tasks.tasks.v1.JobStreamResponse.Yielded",
    ],
)
async def test_everything_is_found_by_its_name(broker, client, symbol):
    await registers(broker, registered("job"))
    file = await client.file(symbol)
    assert file.name == "queue_tasks/tasks/v1/tasks.proto"
    assert file.source_code_info.location  # comments


async def test_what_is_not_there_is_not_found_and_all_else_is(broker, client):
    await registers(broker, registered("job"))
    asked = [
        {"file_containing_symbol": "queue_tasks.tasks.v1.Tasks.Nope"},
        {"file_containing_symbol": "queue_tasks.tasks.v1.Nope"},
        {"file_by_filename": "nope.proto"},
        {"file_containing_symbol": "qtasks.v1.TaskService"},
        {"file_containing_symbol": "qtasks.v1.TaskService.Run"},
        {},
    ]
    answers = await client.reflect(*asked)
    codes = [one.error_response.error_code for one in answers]
    assert codes == [5, 5, 5, 0, 0, 3]


async def test_apps_of_one_package_are_told_apart_for_good(broker, client):
    for app in ("my-app", "my app", "my-app"):
        await registers(broker, registered("job", {app[2]: INTEGER}), app=app)
    first, second = sorted(await client.services(), key=len)
    assert first == "my_app.tasks.v1.Tasks"
    assert second.startswith("my_app_x")
    numbers = await client.numbers(f"{second.removesuffix('.Tasks')}.JobRequest")
    assert list(numbers) != list(await client.numbers("my_app.tasks.v1.JobRequest"))


async def test_what_one_app_can_not_have_hides_nothing_of_others(
    broker, client, caplog
):
    await broker.storage.put("typed:bad", {"allocation": b"nonsense"})
    await registers(broker, registered("job"), app="bad")
    await registers(broker, registered("job"))
    assert await client.services() == {"queue_tasks.tasks.v1.Tasks"}
    assert "typed services can't be made" in caplog.text


async def test_what_is_always_there_is_described_while_the_storage_is_away(
    broker, client, monkeypatch
):
    monkeypatch.setattr(
        broker.storage, "fetch", AsyncMock(side_effect=StorageUnavailable)
    )
    symbol = "qtasks.v1.StatsService.ListWorkers"
    (answer,) = await client.reflect({"file_containing_symbol": symbol})
    assert answer.file_descriptor_response.file_descriptor_proto
    assert answer.original_request.file_containing_symbol == symbol
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.services()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


# -- how it changes -----------------------------------------------------------------


async def test_a_signature_that_evolves_keeps_its_numbers(broker, client):
    name = "queue_tasks.tasks.v1.JobRequest"
    await registers(broker, registered("job", {"a": INTEGER, "b": STRING}))
    assert await client.numbers(name) == {"a": 1, "b": 2}
    old = await client.message(name, {"a": 1, "b": "x"})
    await registers(broker, registered("job", {"b": STRING, "a": STRING}))
    assert await client.numbers(name) == {"b": 2, "a": 3}
    call = client.call("/queue_tasks.tasks.v1.Tasks/Job", old.SerializeToString())
    code, message, details = await refusal(call)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "1 is no number of a field of JobRequest: it was another field" in message
    assert details["BadRequest"].field_violations[0].field == "1"
    await registers(broker, registered("job", {"a": INTEGER, "b": STRING}))
    assert await client.numbers(name) == {"a": 1, "b": 2}


async def test_numbers_survive_the_broker(tmp_path):
    name = "queue_tasks.tasks.v1.JobRequest"
    path = tmp_path / "tasks.sqlite"
    async with served(SqliteStorage(path)) as (broker, client):
        await registers(broker, registered("job", {"a": INTEGER}))
        assert await client.numbers(name) == {"a": 1}
    async with served(SqliteStorage(path)) as (broker, client):
        # Without a worker the last registration counts.
        assert await client.numbers(name) == {"a": 1}
        await registers(broker, registered("job", {"b": INTEGER, "a": INTEGER}))
        assert await client.numbers(name) == {"b": 2, "a": 1}


async def test_brokers_of_one_redis_agree(tmp_path):
    """Whichever makes them first; one learns of what registers with the other."""
    infos = [registered("job", {"b": INTEGER}), registered("job", {"a": INTEGER})]
    with RedisServer(tmp_path).running() as server:
        async with (
            served(RedisStorage(server.url)) as (one, client),
            served(RedisStorage(server.url)) as (two, other),
        ):
            for place, info in enumerate(infos, start=1):
                await registers([one, two][place - 1], info)
                found = {}

                async def both(found=found, place=place) -> bool:
                    for who in (client, other):
                        if await who.services():
                            name = "queue_tasks.tasks.v1.JobRequest"
                            found[who] = await who.numbers(name)
                    return (
                        all(
                            list(numbers.values()) == [place]
                            for numbers in found.values()
                        )
                        and len(found) == 2
                    )

                with anyio.fail_after(20):
                    await eventually(both)
            async with connected(one, infos[1]) as worker:
                request = await other.message(
                    "queue_tasks.tasks.v1.JobRequest", {"a": 7}
                )
                call = other.call(
                    "/queue_tasks.tasks.v1.Tasks/Job", request.SerializeToString()
                )
                (assign,) = await worker.take()
                assert json.loads(assign.task.kwargs.json) == {"a": 7}
                await worker.succeed(assign, "3")
                response = await other.message("queue_tasks.tasks.v1.JobResponse")
                response.ParseFromString(await call)
                assert response.result.json == "3"


async def test_the_last_registration_counts_whichever_broker_it_came_to(tmp_path):
    """A release is rolled back at the broker that registered it first."""
    name = "queue_tasks.tasks.v1.JobRequest"
    old, new = registered("job", {"a": INTEGER}), registered("job", {"b": INTEGER})
    with RedisServer(tmp_path).running() as server:
        async with (
            served(RedisStorage(server.url)) as (one, client),
            served(RedisStorage(server.url)) as (two, _),
        ):
            await registers(one, old)
            await registers(two, new)
            await registers(one, old)
            assert await client.numbers(name) == {"a": 1}


# -- calls that can't be ------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "queue_tasks.tasks.v1.Tasks/Jop",
            "did you mean 'queue_tasks.tasks.v1.Tasks/Job",
        ),
        ("queue_tasks.tasks.v1.Nope/Xyz", "there is no queue_tasks.tasks.v1.Nope/Xyz"),
        ("queue_task.tasks.v1.Tasks/Job", "did you mean 'queue_tasks.tasks.v1'?"),
    ],
)
async def test_a_call_that_is_not_there_says_which_is(broker, client, path, words):
    await registers(broker, registered("job"))
    code, message, details = await refusal(client.call(f"/{path}"))
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert words in message
    assert details["ErrorInfo"].reason == "TASK_NOT_REGISTERED"


async def test_a_task_that_can_have_no_call_says_why(broker, client, caplog):
    width = {**INTEGER, "x-field-number": 1}
    bad = registered("bad", {"width": width, "height": width})
    await registers(broker, bad, registered("good"))
    assert [
        one.name
        for one in (await client.file("queue_tasks.tasks.v1.Tasks")).service[0].method
    ] == ["Good", "GoodStream"]
    code, message, _ = await refusal(client.call("/queue_tasks.tasks.v1.Tasks/Bad"))
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert "height (int64) of BadRequest can't have the number 1" in message
    assert "task has no typed calls" in caplog.text
    _, message, _ = await refusal(client.call("/queue_tasks.tasks.v1.Tasks/Goot"))
    assert "did you mean 'queue_tasks.tasks.v1.Tasks/Good" in message


async def test_bytes_that_are_no_request(broker, client):
    await registers(broker, registered("job"))
    code, message, _ = await refusal(
        client.call("/queue_tasks.tasks.v1.Tasks/Job", b"\xff\xff\xff")
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "JobRequest" in message


@pytest.mark.parametrize(
    ("parameter", "field"),
    [("userId", "user_id"), ("priority", "priority"), ("queue", "queue")],
)
async def test_arguments_that_only_the_worker_can_judge(
    broker, client, parameter, field
):
    """A parameter that is called as a header is, is no header."""
    async with connected(broker, registered("job", {parameter: INTEGER})) as worker:
        request = await client.message(
            "queue_tasks.tasks.v1.JobRequest", {parameter: 1}
        )
        call = client.call(
            "/queue_tasks.tasks.v1.Tasks/Job", request.SerializeToString()
        )
        (assign,) = await worker.take()
        failure = v1.Failure(
            kind="ArgumentInvalid",
            message="too small",
            reason=v1.FAILURE_REASON_REJECTED,
            details={"parameter": parameter},
        )
        settle = v1.Settle(lease=assign.lease, failure=failure)
        await worker.send(v1.ConnectRequest(settles=[settle]))
        code, _, details = await refusal(call)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details["ErrorInfo"].reason == "ARGUMENT_INVALID"
    assert details["BadRequest"].field_violations[0].field == field


async def test_the_id_is_known_while_the_call_waits(broker, client):
    async with connected(broker, registered("job")) as worker:
        path = "/queue_tasks.tasks.v1.Tasks/Job"
        # A unary call of grpc.aio tells the headers together with the answer.
        call = client.channel.unary_stream(path)(b"")
        (assign,) = await worker.take()
        headers = dict(await call.initial_metadata())
        assert headers["qtasks-task-id"] == assign.task.id
        await worker.succeed(assign)
        assert len([answer async for answer in call]) == 1
