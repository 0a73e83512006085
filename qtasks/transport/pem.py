"""PEM files: certificates, keys and authorities, checked before gRPC gets them.

gRPC says of a file it can't use only that calls fail.
"""

import ssl
from pathlib import Path

from qtasks.errors import SettingsError


def read_certificate(cert: str, key: str) -> tuple[bytes, bytes]:
    """The key and the certificate, with its chain, of the files of `tls_cert`, `tls_key`.

    Raises:
        SettingsError: a file can't be read, or they do not belong together.
    """
    pair = _read("tls_key", key), _read("tls_cert", cert)
    try:
        _context().load_cert_chain(cert, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise SettingsError(
                f"tls_cert {cert} is not the certificate of tls_key {key}: give two that "
                "were made together",
                field="tls_cert",
            ) from error
        raise SettingsError(
            f"tls_cert {cert} and tls_key {key} must be PEM files: a certificate, with "
            "those between it and its authority below it, and its key without a password",
            field="tls_cert",
        ) from error
    return pair


def read_authorities(setting: str, path: str) -> bytes:
    """The certificates of the authorities to trust, of the file of a setting.

    Raises:
        SettingsError: the file can't be read, or holds none.
    """
    pem = _read(setting, path)
    try:
        _context().load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise SettingsError(
            f"{setting} {path} must be a PEM file with the certificates of authorities",
            field=setting,
        ) from error
    return pem


def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def _no_password() -> str:
    """Answer for OpenSSL, which would ask at the terminal."""
    return ""


def _read(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{setting} {path} can't be read: {error.strerror}", field=setting
        ) from error
