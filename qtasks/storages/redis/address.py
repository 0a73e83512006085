"""Where Redis is: URLs of every kind, and the clients they stand for.

======================================================  ================================
``redis://user:password@host:port/db``                  one node; ``rediss://`` with TLS
``unix:///path/redis.sock?db=1``                        one node, through a socket file
``redis+sentinel://host:port,host:port/master/db``      the master that Sentinels name
``redis+cluster://host:port,host:port``                 Redis Cluster
======================================================  ================================

``rediss+sentinel://`` and ``rediss+cluster://`` speak TLS. Query options are
redis-py's own (``ssl_ca_certs``, ``socket_timeout``, ...); ``sentinel_username`` and
``sentinel_password`` are for the Sentinels themselves.
"""

from dataclasses import dataclass, field
from random import choice
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from redis.asyncio import ConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff

from qtasks.errors import SettingsError
from qtasks.storages.redis.packing import PACKING

Client = Redis | RedisCluster

MAX_CONNECTIONS = 32
"""To one node; callers queue for them."""

_DEFAULT_PORTS = {"sentinel": 26379, "cluster": 6379}
_PLAIN = ("redis", "rediss", "unix")
_SCHEMES = (*_PLAIN, *(f"{tls}+{how}" for tls in _PLAIN[:2] for how in _DEFAULT_PORTS))


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is, and how to talk to it."""

    label: str
    """For people, without passwords."""
    how: str
    """Empty for one node, else `sentinel` or `cluster`."""
    hosts: tuple[tuple[str, int], ...] = ()
    master: str = ""
    db: int = 0
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Read a URL; raises `SettingsError`."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            raise SettingsError(
                f"a Redis URL begins with one of {', '.join(_SCHEMES)}", field="storage"
            )
        scheme, _, how = parts.scheme.partition("+")
        label = _without_secrets(parts)
        try:
            return _parse(cls, label, scheme, how, parts)
        except ValueError as error:
            raise SettingsError(
                f"{label} is not a Redis URL: {error}", field="storage"
            ) from None

    def client(self) -> Client:
        """A client; it connects when it is first used.

        It repeats nothing by itself: whether a command may run twice is for its caller
        to say.
        """
        once = Retry(NoBackoff(), 0)
        options = {**_LIMITS, "retry": once, **self.options}
        if self.how == "cluster":
            nodes = [ClusterNode(host, port) for host, port in self.hosts]
            return RedisCluster(startup_nodes=nodes, **_for_client(options))
        if self.how == "sentinel":
            sentinel_options = {**_LIMITS, **_sentinel_options(options)}
            sentinel = Sentinel(  # type: ignore[no-untyped-call]
                self.hosts,
                sentinel_kwargs=sentinel_options,
                **_for_client(options),
                db=self.db,
            )
            master: Redis = sentinel.master_for(self.master)
            return master
        if "path" in options:
            del options["socket_keepalive"]  # of TCP only
        packing = PACKING[options.pop("connection_class", Connection)]
        return Redis.from_pool(
            ConnectionPool(
                connection_class=packing,
                max_connections=2 * MAX_CONNECTIONS,
                **options,
            )
        )

    async def close(self, client: Client) -> None:
        """Let go of a client's connections, those to Sentinels included."""
        await client.aclose()
        pool = getattr(client, "connection_pool", None)
        if isinstance(pool, SentinelConnectionPool):
            for sentinel in pool.sentinel_manager.sentinels:
                await sentinel.aclose()

    async def listener(self, client: Client) -> Redis:
        """A client to read channels with: of a cluster, any one node will do."""
        if not isinstance(client, RedisCluster):
            return client
        await client.initialize()
        node = choice(client.get_primaries())  # noqa: S311 - spreads load, no secret
        options = {**_LIMITS, "retry": Retry(NoBackoff(), 0), **self.options}
        return Redis(host=node.host, port=int(node.port), **_for_client(options))


_LIMITS: dict[str, Any] = {
    "protocol": 2,
    "socket_timeout": 5.0,
    "socket_connect_timeout": 1.0,
    "socket_keepalive": True,
}


def _parse(
    cls: type[Address], label: str, scheme: str, how: str, parts: SplitResult
) -> Address:
    if not how:
        options: dict[str, Any] = {**parse_url(urlunsplit(parts))}
        return cls(label, how, db=int(options.get("db", 0)), options=options)
    login, _, hosts = parts.netloc.rpartition("@")
    port = _DEFAULT_PORTS[how]
    found = tuple(_host(each, port) for each in hosts.split(",") if each)
    if not found:
        raise ValueError("it names no host")
    plain = f"{scheme}://{login}@host/?{parts.query}"
    options = {**parse_url(plain)}
    del options["host"]
    if options.pop("connection_class", None) is not None:
        options["ssl"] = True
    master, _, db = parts.path.strip("/").partition("/")
    if how == "sentinel" and not master:
        raise ValueError("it names no master, as in redis+sentinel://host:26379/master")
    number = int(options.pop("db", db or 0))
    return cls(label, how, found, master, number, options)


def _host(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    return unquote(parts.hostname or "localhost"), parts.port or port


def _without_secrets(parts: SplitResult) -> str:
    return urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")
    )


def _sentinel_options(options: dict[str, Any]) -> dict[str, Any]:
    prefix = "sentinel_"
    return {
        name.removeprefix(prefix): value
        for name, value in options.items()
        if name.startswith(prefix)
    }


def _for_client(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in options.items()
        if not name.startswith("sentinel_")
    }
