"""From urls to brokers and storages: the one place that knows every kind.

Each kind is imported when it is asked for, so that a client of a broker service does not
load the storages.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from qtasks.abc.broker import Broker
from qtasks.abc.storage import Storage
from qtasks.access import Access
from qtasks.errors import SettingsError

SERVICE = frozenset({"grpc", "grpcs"})
REDIS = frozenset({"redis", "rediss", "unix"})


def broker_from_url(url: str, access: Access | None = None) -> Broker:
    """The broker a url names.

    `grpc://HOST:PORT` is a broker service, `grpcs://HOST:PORT` one over TLS; the url of a
    storage is the engine in this process over it.

    Args:
        url: Where the broker is.
        access: What a broker service is shown; as the environment says if not given.

    Raises:
        SettingsError: the url can't be read.
    """
    if kind_of(url) in SERVICE:
        from qtasks.brokers.grpc import GrpcBroker  # noqa: PLC0415

        return GrpcBroker(url, access)
    if kind_of(url) in REDIS:
        from qtasks.brokers.redis import AsyncRedisBroker  # noqa: PLC0415

        return AsyncRedisBroker(url=url)
    from qtasks.brokers.local import LocalBroker  # noqa: PLC0415

    if kind_of(url) not in ("memory", "sqlite"):
        raise SettingsError(
            f"{url!r} does not name a broker; use grpc://HOST:PORT, or for one inside "
            "this process redis://HOST:PORT/DB, sqlite:///PATH or memory://"
        )
    return LocalBroker(storage_from_url(url))


def storage_from_url(url: str) -> Storage:
    """The storage a url names: `memory://`, `sqlite:///PATH`, `redis://...`.

    Raises:
        SettingsError: the url can't be read.
    """
    kind = kind_of(url)
    if kind == "memory":
        from qtasks.storages.memory import MemoryStorage  # noqa: PLC0415

        return MemoryStorage()
    if kind == "sqlite":
        from qtasks.storages.sqlite import SqliteStorage  # noqa: PLC0415

        return SqliteStorage(_path_of(url))
    if kind in REDIS:
        from qtasks.storages.redis import AsyncRedisStorage  # noqa: PLC0415

        return AsyncRedisStorage(url=url)
    raise SettingsError(
        f"{url!r} does not name a storage; use redis://HOST:PORT/DB, sqlite:///PATH "
        "or memory://"
    )


def kind_of(url: str) -> str:
    """The first word of a url: `redis` of `redis+cluster://...`."""
    return url.partition(":")[0].split("+")[0]


def _path_of(url: str) -> Path:
    split = urlsplit(url)
    path = unquote(split.path)
    if split.netloc or not path.strip("/"):
        raise SettingsError(
            f"{url!r} does not name a file; use sqlite:///relative/path or "
            "sqlite:////absolute/path"
        )
    return Path(path[1:]).expanduser()
