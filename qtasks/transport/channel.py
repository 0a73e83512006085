"""Channels: from a broker's address to a gRPC channel."""

import json
from urllib.parse import urlsplit

import grpc

from qtasks.errors import SettingsError
from qtasks.transport.options import CLIENT

DEFAULT_PORT = 50051

_RETRIED = [
    {"service": "qtasks.v1.TaskService", "method": method}
    for method in (
        "Submit",
        "Run",
        "Get",
        "List",
        "Watch",
        "Cancel",
        "Requeue",
        "Delete",
    )
]
_RETRIED += [
    {"service": "qtasks.v1.QueueService"},
    {"service": "qtasks.v1.StatsService"},
]

_SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": _RETRIED,
                "retryPolicy": {
                    "maxAttempts": 5,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)
"""Calls that change nothing when repeated are repeated by gRPC itself while a broker is
away for a moment. `Submit` is one of them because our clients choose the ids."""


def target_of(url: str) -> str:
    """The gRPC target of a broker's url.

    `grpc://host:port`, `grpc://host1:port,host2:port` (tried in turn),
    `grpc+dns:///name:port` (all addresses of a name), `grpc+unix:/path`.

    Raises:
        SettingsError: the url is none of these.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "grpc+dns":
        return f"dns:{rest}"
    if scheme == "grpc+unix":
        return f"unix:{rest}"
    if scheme != "grpc" or not rest.startswith("//"):
        raise SettingsError(
            f"{url!r} is not the address of a broker; use grpc://HOST:PORT"
        )
    hosts = []
    for part in rest[2:].rstrip("/").split(","):
        host = _host_and_port(part)
        if host is None:
            raise SettingsError(
                f"{url!r} has no usable host and port; use grpc://HOST:PORT"
            )
        hosts.append(host)
    if len(hosts) == 1:
        return f"dns:///{hosts[0]}"
    kind = "ipv6" if hosts[0].startswith("[") else "ipv4"
    return f"{kind}:{','.join(hosts)}"


def _host_and_port(text: str) -> str | None:
    try:
        split = urlsplit(f"//{text}")
        host, port = split.hostname, split.port or DEFAULT_PORT
    except ValueError:
        return None
    if not host or split.path:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def open_channel(url: str) -> grpc.aio.Channel:
    """A channel to a broker; connects when it is first used."""
    return grpc.aio.insecure_channel(
        target_of(url),
        options=[
            *CLIENT,
            ("grpc.enable_retries", 1),
            ("grpc.service_config", _SERVICE_CONFIG),
        ],
    )
