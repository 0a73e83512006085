"""What a broker with TLS and tokens needs, made for a test: certificates and tokens.

    secrets = Secrets(tmp_path)
    qtasks.broker(*secrets.tls, *secrets.mutual, *secrets.tokens)

starts a broker whose clients must know `ca`, show `client_cert` with `client_key`, and
send `TOKEN`. Leave out what a test is not about.
"""

from pathlib import Path

import trustme

TOKEN = "a-token-of-the-tests"  # noqa: S105
"""What the tokens file holds."""


class Secrets:
    """Files of one authority: the broker's certificate, a client's, and a token.

    The broker is `localhost`, 127.0.0.1 and ::1.
    """

    def __init__(self, folder: Path, *hosts: str) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = self._write("ca.pem", self._authority.cert_pem)
        """Who signed both certificates."""
        names = hosts or ("localhost", "127.0.0.1", "::1")
        self.cert, self.key = self.issue("broker", *names)
        self.client_cert, self.client_key = self.issue("client", "client.example")
        self.tokens_file = folder / "tokens"
        self.tokens_file.write_text(f"# of the tests\n{TOKEN}\n", encoding="utf-8")
        self.token_file = folder / "token"
        self.token_file.write_text(f"{TOKEN}\n", encoding="utf-8")
        """What a client is given."""

    def issue(self, name: str, *hosts: str) -> tuple[Path, Path]:
        """The certificate and the key of somebody; those of this name are written over."""
        issued = self._authority.issue_cert(*hosts)
        chain = self._write(f"{name}.pem", *issued.cert_chain_pems)
        return chain, self._write(f"{name}-key.pem", issued.private_key_pem)

    @property
    def tls(self) -> list[str]:
        """What `qtasks serve` is told for TLS."""
        return ["--tls-cert", str(self.cert), "--tls-key", str(self.key)]

    @property
    def mutual(self) -> list[str]:
        """What it is told besides, so that clients must show a certificate."""
        return ["--tls-client-ca", str(self.ca)]

    @property
    def tokens(self) -> list[str]:
        """What it is told so that calls need a token."""
        return ["--tokens-file", str(self.tokens_file)]

    def _write(self, name: str, *blobs: trustme.Blob) -> Path:
        path = self._folder / name
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        return path
