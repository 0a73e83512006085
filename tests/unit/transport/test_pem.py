"""PEM files are checked before gRPC gets them, and the one that is wrong is named."""

import pytest
from cryptography.hazmat.primitives import serialization

from qtasks.errors import SettingsError
from qtasks.transport.pem import read_authorities, read_certificate
from tests.secrets import Secrets


@pytest.fixture
def secrets(tmp_path):
    return Secrets(tmp_path)


def refusal(cert, key):
    with pytest.raises(SettingsError) as refused:
        read_certificate(str(cert), str(key))
    return refused.value


def test_reads_what_belongs_together(secrets):
    key, cert = read_certificate(str(secrets.cert), str(secrets.key))
    assert cert == secrets.cert.read_bytes()
    assert key == secrets.key.read_bytes()
    assert read_authorities("tls_ca", str(secrets.ca)) == secrets.ca.read_bytes()


def test_a_key_of_another_certificate(secrets):
    error = refusal(secrets.cert, secrets.client_key)
    assert error.field == "tls_cert"
    assert str(secrets.cert) in error.message
    assert str(secrets.client_key) in error.message
    assert "is not the certificate of" in error.message


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(secrets, tmp_path):
    key = serialization.load_pem_private_key(secrets.key.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"a password"),
        )
    )
    assert "without a password" in refusal(secrets.cert, locked).message


def test_a_file_that_is_no_pem(secrets, tmp_path):
    other = tmp_path / "other"
    other.write_text("hello")
    assert "PEM" in refusal(other, secrets.key).message
    assert "PEM" in refusal(secrets.cert, other).message
    with pytest.raises(SettingsError, match=r"tls_client_ca .* PEM") as refused:
        read_authorities("tls_client_ca", str(other))
    assert refused.value.field == "tls_client_ca"


def test_a_file_that_is_not_there(secrets, tmp_path):
    gone = tmp_path / "gone"
    assert refusal(gone, secrets.key).field == "tls_cert"
    assert refusal(secrets.cert, gone).field == "tls_key"
    with pytest.raises(SettingsError, match=r"tls_ca .*gone can't be read: No such"):
        read_authorities("tls_ca", str(gone))
