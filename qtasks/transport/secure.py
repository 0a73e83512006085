"""Secure: TLS for channels, tokens for their calls, and why a broker can't be reached."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc

from qtasks.access import Access
from qtasks.errors import BrokerUnavailable, QtasksError, SettingsError, TlsFailed
from qtasks.transport.pem import read_authorities, read_certificate


def credentials(access: Access) -> grpc.ChannelCredentials:
    """Whom a channel trusts, and the certificate it shows.

    Raises:
        SettingsError: a file can't be used.
    """
    if bool(access.tls_cert) != bool(access.tls_key):
        raise SettingsError(
            "tls_cert and tls_key go together: a certificate and its key"
        )
    authorities = key = cert = None
    if access.tls_ca:
        authorities = read_authorities("tls_ca", access.tls_ca)
    if access.tls_cert:
        key, cert = read_certificate(access.tls_cert, access.tls_key)
    return grpc.ssl_channel_credentials(authorities, key, cert)


class Carrying:
    """A channel, as stubs use it, whose calls carry a token.

    Metadata of each call, because gRPC's call credentials need TLS and a thread, and its
    interceptors make a task for each call.
    """

    def __init__(self, channel: grpc.aio.Channel, token: str) -> None:
        self._channel = channel
        self._metadata = (("authorization", f"Bearer {token}"),)

    def unary_unary(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A way to make calls of one method."""
        made = self._channel.unary_unary(*args, **kwargs)
        return partial(made, metadata=self._metadata)

    def unary_stream(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A way to make calls of one method."""
        made = self._channel.unary_stream(*args, **kwargs)
        return partial(made, metadata=self._metadata)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A way to make calls of one method."""
        made = self._channel.stream_stream(*args, **kwargs)
        return partial(made, metadata=self._metadata)


_UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED: ([^:]+)")
_OTHER_NAME = "Hostname Verification Check failed"
_NO_TLS = "WRONG_VERSION_NUMBER"
_HUNG_UP = re.compile(r"last error: .*(Socket closed|Connection reset|Broken pipe)")


def unreachable(details: str) -> QtasksError:
    """Why there is no broker, from what gRPC says of it.

    That the two sides disagree on TLS can only be read from the text; the words are
    those of BoringSSL and of gRPC's own check of names.
    """
    if untrusted := _UNTRUSTED.search(details):
        return TlsFailed(
            f"the broker's certificate is not trusted ({untrusted[1]}); QTASKS_TLS_CA "
            "names a file with the authorities that are"
        )
    if _OTHER_NAME in details:
        return TlsFailed(
            "the broker's certificate is for another host than the url's: use a name or "
            "an address that stands in it"
        )
    if _NO_TLS in details:
        return TlsFailed(
            "the broker speaks plain text: use grpc:// in place of grpcs://, or start "
            "the broker with --tls-cert and --tls-key"
        )
    if _HUNG_UP.search(details):
        return BrokerUnavailable(
            "the broker hangs up: if it speaks TLS use grpcs:// in place of grpc://, and "
            "if it asks for a certificate give one that it trusts, as QTASKS_TLS_CERT "
            f"and QTASKS_TLS_KEY ({details})"
        )
    return BrokerUnavailable(f"{BrokerUnavailable.__doc__} ({details})")
