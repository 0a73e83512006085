"""Packing: commands encoded by hiredis.

redis-py's asyncio connections encode commands in Python even where hiredis is installed
(its blocking ones do not); with batches of hundreds of arguments that was 15 % of a
busy broker's time.
"""

from typing import Any

import hiredis
from redis.asyncio.connection import (
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
)


class _Packing:
    """Encodes for the connection it is mixed into."""

    def pack_command(self, *args: Any) -> list[bytes]:
        """Encode a command; those of several words are left to redis-py."""
        if " " in args[0]:
            packed: list[bytes] = super().pack_command(*args)  # type: ignore[misc]
            return packed
        return [hiredis.pack_command(args)]


class PackingConnection(_Packing, Connection):
    """Over TCP."""


class PackingSSLConnection(_Packing, SSLConnection):
    """Over TLS."""


class PackingUnixConnection(_Packing, UnixDomainSocketConnection):
    """Over a Unix socket."""


PACKING = {
    Connection: PackingConnection,
    SSLConnection: PackingSSLConnection,
    UnixDomainSocketConnection: PackingUnixConnection,
}
"""The class to use instead of each of redis-py's."""
