"""Access: what a client shows a broker, and whom it trusts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from qtasks.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a client shows a broker, and whom it trusts.

    Files are read when a broker is entered.
    """

    token: str = field(default="", repr=False)
    """What calls carry, for a broker with tokens."""
    token_file: str = ""
    """A file with the token, where `token` is empty."""
    tls_ca: str = ""
    """A PEM file with the authorities that are trusted, for `grpcs` urls; empty means
    those that gRPC brings, of the public internet."""
    tls_cert: str = ""
    """A PEM file with a certificate to show the broker, with `tls_key`."""
    tls_key: str = ""
    """A PEM file with the key of `tls_cert`, without a password."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """What variables like `QTASKS_TOKEN_FILE` say; those of the process if not given."""
        given = os.environ if environment is None else environment
        return cls(**{name: given.get(_variable(name), "") for name in NAMES})

    def to_environment(self) -> dict[str, str]:
        """The variables that say the same; those for nothing are left out."""
        said = {name: getattr(self, name) for name in NAMES}
        return {_variable(name): text for name, text in said.items() if text}

    def bearer(self) -> str:
        """The token, from the file where it stands in one; empty if there is none.

        Raises:
            SettingsError: it can't be read, or can't be sent. It is not shown.
        """
        if self.token:
            return _checked(self.token, "token")
        if not self.token_file:
            return ""
        try:
            text = Path(self.token_file).read_text(encoding="utf-8")
        except OSError as error:
            raise SettingsError(
                f"token_file {self.token_file} can't be read: {error.strerror}",
                field="token_file",
            ) from error
        except UnicodeDecodeError:
            text = ""
        return _checked(text.strip(), "token_file")


NAMES = tuple(item.name for item in fields(Access))


def _variable(name: str) -> str:
    return f"QTASKS_{name.upper()}"


def can_be_sent(token: str) -> bool:
    """Whether a token can stand in the metadata of a call."""
    return token.isascii() and token.isprintable() and " " not in token and token != ""


def _checked(token: str, setting: str) -> str:
    if not can_be_sent(token):
        raise SettingsError(
            f"{setting} must be one token, of ASCII characters without spaces",
            field=setting,
        )
    return token
