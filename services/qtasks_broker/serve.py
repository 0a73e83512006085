"""Serve until told to stop: the process of a broker."""

import logging
import re
import signal
import sys
from collections.abc import Callable

import anyio

from qtasks.brokers import LocalBroker
from qtasks.engine.settings import EngineSettings
from qtasks.errors import QtasksError
from qtasks.loops import collect_seldom, run
from qtasks.transport.channel import is_loopback
from qtasks.urls import storage_from_url
from qtasks_broker.server import serving
from qtasks_broker.settings import Settings
from qtasks_broker.tls import ServerTls
from qtasks_broker.tokens import TokensFile

logger = logging.getLogger(__name__)

_PASSWORD = re.compile(r"(://[^/?#@]*:)[^/?#]*@")

CANT_SERVE = 2
"""The exit code when the broker can't start."""

SAFE_HEARTBEATS = 3.3
"""Heartbeats in a lease: two may be lost on the way before a lease is."""


async def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal stops at once.

    Args:
        settings: Where to listen and where to store.
        ready: Told, once calls are answered, in one line what is served.

    Raises:
        SettingsError: the address, the storage's url or a file can't be used.
        StorageInUse, StorageUnavailable: the storage can't be used.
    """
    engine = EngineSettings(
        lease=settings.lease,
        heartbeat=settings.lease / SAFE_HEARTBEATS,
        reconnect_grace=max(1.0, settings.lease / 10),
        maintenance=min(1.0, settings.lease / 10),
        keep_result=settings.keep_result,
        max_payload=settings.max_payload,
        strict=settings.strict,
    )
    tls = tokens = None
    if settings.tls_cert:
        tls = ServerTls(settings.tls_cert, settings.tls_key, settings.tls_client_ca)
    if settings.tokens_file:
        tokens = TokensFile(settings.tokens_file)
        if tls is None and not is_loopback(settings.host):
            logger.warning(
                "tokens travel in plain text: give tls_cert and tls_key too",
                extra={"host": settings.host},
            )
    broker = LocalBroker(storage_from_url(settings.storage_url), engine)
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with (
            broker,
            serving(
                broker, settings.host, settings.port, tls=tls, tokens=tokens
            ) as server,
            anyio.create_task_group() as tasks,
        ):
            collect_seldom()
            ready(
                f"qtasks broker on {server.address}, "
                f"storage {without_password(settings.storage_url)}"
                f"{', TLS' if tls else ''}{', tokens' if tokens else ''}"
            )
            await anext(signals)
            logger.info("draining")
            tasks.start_soon(_stop_at_once, signals, tasks.cancel_scope)
            await server.drain(settings.grace)
            tasks.cancel_scope.cancel()


def without_password(url: str) -> str:
    """The url as it may be shown."""
    return _PASSWORD.sub(r"\1***@", url)


async def _stop_at_once(signals: object, scope: anyio.CancelScope) -> None:
    await anext(signals)  # type: ignore[call-overload]  # an async iterator
    scope.cancel()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(settings: Settings | None = None) -> int:
    """Serve; the exit code. Problems are one line on standard error."""
    code = 0
    try:
        run(serve, settings or Settings.read(), ready=_say)
    except* QtasksError as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        sys.stderr.write(f"qtasks serve: {error}\n")
        code = CANT_SERVE
    return code
