"""Addresses of brokers."""

import pytest

from qtasks.errors import SettingsError
from qtasks.transport.channel import target_of


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("grpc://127.0.0.1:50051", "dns:///127.0.0.1:50051"),
        ("grpc://broker", "dns:///broker:50051"),
        ("grpc://[::1]:7", "dns:///[::1]:7"),
        ("grpc://10.0.0.1:1,10.0.0.2:2", "ipv4:10.0.0.1:1,10.0.0.2:2"),
        ("grpc+dns:///brokers:50051", "dns:///brokers:50051"),
        ("grpc+unix:/run/q.sock", "unix:/run/q.sock"),
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
        "grpc://",
        "grpc://h:port",
        "grpc://h:99999",
        "grpc://h/path:1",
    ],
)
def test_nonsense_is_refused_with_the_form(url):
    with pytest.raises(SettingsError, match="grpc://HOST:PORT"):
        target_of(url)
