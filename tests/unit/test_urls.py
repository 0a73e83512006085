"""From urls to brokers and storages."""

import subprocess
import sys

import pytest

from qtasks.brokers import AsyncRedisBroker, GrpcBroker, LocalBroker
from qtasks.errors import SettingsError
from qtasks.storages.sqlite import SqliteStorage
from qtasks.urls import broker_from_url, storage_from_url


@pytest.mark.parametrize(
    ("url", "kind", "storage"),
    [
        ("grpc://127.0.0.1:50051", GrpcBroker, None),
        ("grpc+dns:///brokers:50051", GrpcBroker, None),
        ("memory://", LocalBroker, "memory"),
        ("sqlite:///queue.db", LocalBroker, "sqlite"),
        ("redis://localhost:6379/2", AsyncRedisBroker, "redis"),
        ("rediss://user:secret@localhost/0", AsyncRedisBroker, "redis"),
    ],
)
def test_broker(url, kind, storage):
    broker = broker_from_url(url)
    assert type(broker) is kind
    if storage is not None:
        assert broker.storage.kind == storage


def test_sqlite_paths(tmp_path):
    assert isinstance(storage_from_url(f"sqlite:///{tmp_path}/q%20q.db"), SqliteStorage)


@pytest.mark.parametrize("url", ["", "localhost:50051", "http://localhost:50051"])
def test_what_is_no_broker_is_told_the_form(url):
    with pytest.raises(SettingsError, match="grpc://HOST:PORT"):
        broker_from_url(url)


@pytest.mark.parametrize(
    "url", ["", "postgres://x", "sqlite://", "sqlite:///", "sqlite://host/x", "q.db"]
)
def test_nonsense_says_what_there_is(url):
    with pytest.raises(SettingsError, match="sqlite:///"):
        storage_from_url(url)


def test_an_app_over_a_broker_service_loads_no_engine():
    program = (
        "import sys; from qtasks import QueueTasks; "
        "QueueTasks(broker_url='grpc://127.0.0.1:50051'); "
        "parts = ('qtasks.engine.engine', 'apscheduler', 'qtasks.storages.'); "
        "print(*(m for m in sys.modules if m.startswith(parts)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
