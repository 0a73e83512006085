"""Addresses of brokers."""

import json

import pytest

from qtasks import v1
from qtasks.errors import SettingsError
from qtasks.transport.channel import SERVICE_CONFIG, target_of


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("grpc://127.0.0.1:50051", "dns:///127.0.0.1:50051"),
        ("grpc://broker", "dns:///broker:50051"),
        ("grpc://[::1]:7", "dns:///[::1]:7"),
        ("grpc://10.0.0.1:1,10.0.0.2:2", "ipv4:10.0.0.1:1,10.0.0.2:2"),
        ("grpc://[::1]:1,[::2]", "ipv6:[::1]:1,[::2]:50051"),
        ("grpc+dns:///brokers:50051", "dns:///brokers:50051"),
        ("grpc+unix:/run/q.sock", "unix:/run/q.sock"),
        ("grpcs://broker", "dns:///broker:50051"),
        ("grpcs://10.0.0.1:1,10.0.0.2:2", "ipv4:10.0.0.1:1,10.0.0.2:2"),
        ("grpcs+dns:///brokers:50051", "dns:///brokers:50051"),
    ],
)
def test_target(url, target):
    assert target_of(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:50051",
        "http://x:1",
        "grpc:x",
        "grpcs+unix:/run/q.sock",
        "grpc://",
        "grpc://h:port",
        "grpc://h:99999",
        "grpc://h/path:1",
    ],
)
def test_nonsense_is_refused_with_the_form(url):
    with pytest.raises(SettingsError, match="grpc://HOST:PORT"):
        target_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "grpc://one:1,two:2",
        "grpc://10.0.0.1:1,two:2",
        "grpc://10.0.0.1:1,[::1]:2",
        "grpc://127.0.0.1:1,localhost:2",
    ],
)
def test_several_hosts_must_be_addresses_of_one_kind(url):
    with pytest.raises(SettingsError, match=r"grpc\+dns:///NAME:PORT"):
        target_of(url)


def test_only_what_may_be_done_twice_is_repeated():
    """Every RPC is either named here or repeated: a new one must be thought about."""
    config = json.loads(SERVICE_CONFIG)
    (method_config,) = config["methodConfig"]
    repeated = {(one["service"], one["method"]) for one in method_config["name"]}
    once = {
        ("TaskService", "Subscribe"),
        ("TaskService", "Reply"),
        ("TaskService", "Requeue"),
        ("TaskService", "Delete"),
        ("TaskService", "Flush"),
        ("VariableService", "SwapVariable"),
        ("QueueService", "PurgeQueue"),
        ("ScheduleService", "DeleteSchedule"),
        ("ScheduleService", "RunSchedule"),
        ("WorkerService", "Connect"),
        ("WorkerService", "DrainWorker"),
    }
    every = {
        (service.full_name, method.name)
        for module in (
            v1.task_service_pb2,
            v1.worker_service_pb2,
            v1.queue_service_pb2,
            v1.schedule_service_pb2,
            v1.stats_service_pb2,
            v1.variable_service_pb2,
        )
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert every - repeated == {(f"qtasks.v1.{name}", method) for name, method in once}
    assert repeated <= every
