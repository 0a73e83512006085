"""Channels: from a broker's address to a gRPC channel."""

import json
from ipaddress import ip_address
from urllib.parse import urlsplit

import grpc

from qtasks.access import Access
from qtasks.errors import SettingsError
from qtasks.transport.options import CLIENT
from qtasks.transport.secure import credentials

DEFAULT_PORT = 50051

_REPEATABLE = {
    "TaskService": (
        "Submit",
        "Run",
        "Get",
        "Explain",
        "List",
        "Watch",
        "Cancel",
        "Keep",
    ),
    "QueueService": ("ListQueues", "PauseQueue", "ResumeQueue"),
    "ScheduleService": (
        "CreateSchedule",
        "GetSchedule",
        "ListSchedules",
        "PauseSchedule",
        "ResumeSchedule",
    ),
    "StatsService": (
        "GetStats",
        "WatchStats",
        "ListWorkers",
        "InspectApp",
        "InspectTask",
        "InspectTasks",
    ),
    "VariableService": ("GetVariables", "SetVariables"),
}

SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [
                    {"service": f"qtasks.v1.{service}", "method": method}
                    for service, methods in _REPEATABLE.items()
                    for method in methods
                ],
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
"""While a broker is away for a moment, gRPC itself repeats the calls that do the same
when they are done twice, because a call whose answer was lost may have been done. `Submit`
and `Run` are such calls only if every task has an id, which `GrpcBroker` sees to.

Not repeated are `Requeue` (a task that has ended meanwhile would run once more), `Delete`,
`DeleteSchedule` and `DrainWorker` (they would say that there is no such thing as what they
deleted, or no such worker any more),
`PurgeQueue` and `Flush` (they would end what was submitted since), `SwapVariable` (it
would take its own change for somebody else's), `RunSchedule` (it would submit one
more task), `Reply` (the first answer counts) and the streams both ways."""


def target_of(url: str) -> str:
    """The gRPC target of a broker's url.

    - `grpc://HOST:PORT`: a broker by name or IP address.
    - `grpc://IP:PORT,IP:PORT`: several brokers, by addresses of one kind; gRPC has no
      target for several names.
    - `grpc+dns:///NAME:PORT`: every address the name has.
    - `grpc+unix:/PATH`: a socket of this machine.

    With `grpcs` in place of `grpc`, the first three are over TLS. The broker's
    certificate must name the host of the url; of several hosts, each certificate the
    first.

    Wherever there are several addresses, the channel connects to all of them, and calls
    go in turn to those that answer.

    Raises:
        SettingsError: the url is none of these.
    """
    scheme, _, rest = url.partition(":")
    if scheme in {"grpc+dns", "grpcs+dns"}:
        return f"dns:{rest}"
    if scheme == "grpc+unix":
        return f"unix:{rest}"
    if scheme not in {"grpc", "grpcs"} or not rest.startswith("//"):
        raise SettingsError(
            f"{url!r} is not the address of a broker; use grpc://HOST:PORT, or "
            "grpcs://HOST:PORT for TLS"
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
    kinds = {_kind(host) for host in hosts}
    if len(kinds) > 1 or "name" in kinds:
        raise SettingsError(
            f"{url!r}: several hosts must be IP addresses, all IPv4 or all IPv6; for "
            "names, give one that has the address of every broker: grpc+dns:///NAME:PORT"
        )
    return f"{kinds.pop()}:{','.join(hosts)}"


def is_loopback(host: str) -> bool:
    """Whether what is sent to a host stays on this machine."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


def _kind(host_and_port: str) -> str:
    host = host_and_port.rpartition(":")[0].strip("[]")
    try:
        return f"ipv{ip_address(host).version}"
    except ValueError:
        return "name"


def _host_and_port(text: str) -> str | None:
    try:
        split = urlsplit(f"//{text}")
        host, port = split.hostname, split.port or DEFAULT_PORT
    except ValueError:
        return None
    if not host or split.path:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def open_channel(url: str, access: Access) -> grpc.aio.Channel:
    """A channel to a broker; connects when it is first used.

    Raises:
        SettingsError: a file of `access` can't be used.
    """
    target = target_of(url)
    options = [
        *CLIENT,
        ("grpc.enable_retries", 1),
        ("grpc.service_config", SERVICE_CONFIG),
    ]
    if not url.startswith("grpcs"):
        return grpc.aio.insecure_channel(target, options=options)
    first, *others = target.partition(":")[2].split(",")
    if others:
        # gRPC would look for all the addresses, as one name, in the certificates.
        options.append(("grpc.default_authority", first))
    return grpc.aio.secure_channel(target, credentials(access), options=options)


def tells_others(url: str) -> bool:
    """Whether a token could be read on the way: in plain text, beyond this machine."""
    scheme, _, rest = url.partition(":")
    if scheme.startswith("grpcs") or scheme.endswith("+unix"):
        return False
    hosts = rest.strip("/").split(",")
    return not all(is_loopback(host.rpartition(":")[0] or host) for host in hosts)
