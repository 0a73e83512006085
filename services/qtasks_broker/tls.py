"""TLS: the broker's certificate, and whose certificates it asks of clients."""

import logging

import grpc

from qtasks.errors import SettingsError
from qtasks.transport.pem import read_authorities, read_certificate
from qtasks_broker.files import Written, written

logger = logging.getLogger(__name__)


class ServerTls:
    """What a listener encrypts with.

    The files are read again when they change, for connections that are made from then
    on: a certificate is renewed without a restart. Files that can't be used then are told
    in the log, and the last good ones stay in use.

    Args:
        cert: A PEM file: the broker's certificate, and those up to its authority.
        key: A PEM file: its key, without a password.
        client_ca: A PEM file: the authorities whose certificates clients must show;
            empty asks for none.

    Raises:
        SettingsError: a file can't be used; says which and why.
    """

    def __init__(self, cert: str, key: str, client_ca: str = "") -> None:
        self._cert = cert
        self._key = key
        self._client_ca = client_ca
        self._seen = self._written()
        self._first = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """What gRPC takes for a secure port."""
        return grpc.dynamic_ssl_server_credentials(
            self._first,
            self._renewed,  # type: ignore[arg-type]  # None: nothing changed
            require_client_authentication=bool(self._client_ca),
        )

    def _read(self) -> grpc.ServerCertificateConfiguration:
        authorities = (
            read_authorities("tls_client_ca", self._client_ca)
            if self._client_ca
            else None
        )
        pair = read_certificate(self._cert, self._key)
        return grpc.ssl_server_certificate_configuration([pair], authorities)

    def _renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """The files if they changed; gRPC asks at each handshake, in a thread of its own."""
        changed = self._written()
        if changed == self._seen:
            return None
        self._seen = changed
        try:
            renewed = self._read()
        except SettingsError as error:
            logger.warning("certificate not renewed", extra={"error": str(error)})
            return None
        logger.info("certificate renewed", extra={"tls_cert": self._cert})
        return renewed

    def _written(self) -> list[Written]:
        return [written(file) for file in (self._cert, self._key, self._client_ca)]
