"""From urls to brokers and storages: the one place that knows every kind."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from qtasks.abc.broker import Broker
from qtasks.abc.storage import Storage
from qtasks.brokers.grpc import GrpcBroker
from qtasks.brokers.local import LocalBroker
from qtasks.errors import SettingsError
from qtasks.storages import MemoryStorage, RedisStorage, SqliteStorage



def from_url(url: str) -> Broker:
    """The broker a url names.

    `grpc://HOST:PORT` is a broker service; the url of a storage is the engine in this
    process over it.

    Raises:
        SettingsError: the url can't be read.
    """
    scheme = url.partition(":")[0]
    if scheme.split("+")[0] == "grpc":
        return GrpcBroker(url)
    return LocalBroker(storage_from_url(url))


def storage_from_url(url: str) -> Storage:
    """The storage a url names: `memory://`, `sqlite:///PATH`, `redis://...`.

    Raises:
        SettingsError: the url can't be read.
    """
    scheme = url.partition(":")[0]
    kind = scheme.split("+")[0]
    if kind == "memory":
        return MemoryStorage()
    if kind == "sqlite":
        return SqliteStorage(_path_of(url))
    if kind in ("redis", "rediss", "unix"):
        return RedisStorage(url)
    raise SettingsError(
        f"{url!r} does not name a storage; use redis://HOST:PORT/DB, sqlite:///PATH "
        "or memory://"
    )


def _path_of(url: str) -> Path:
    split = urlsplit(url)
    path = unquote(split.path)
    if split.netloc or not path.strip("/"):
        raise SettingsError(
            f"{url!r} does not name a file; use sqlite:///relative/path or "
            "sqlite:////absolute/path"
        )
    return Path(path[1:]).expanduser()
