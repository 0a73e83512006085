"""What the service can be told: by argument, else environment, else default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from platformdirs import user_state_path

from qtasks.errors import SettingsError

MAX_PORT = 65535


def variable_of(setting: str) -> str:
    """The environment variable of a setting."""
    return f"QTASKS_{setting.upper()}"


def default_storage() -> str:
    """A SQLite file in the user's state directory."""
    path = user_state_path("qtasks", appauthor=False) / "qtasks.db"
    return f"sqlite:///{path}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the service can be told; lengths are seconds, sizes bytes.

    Every field can be set by an environment variable `QTASKS_` + its name in capitals.
    """

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = 50051
    """The port to listen on; 0 takes a free one."""
    storage: str = ""
    """Where tasks live; empty means a SQLite file in the user's state directory."""
    grace: float = 10.0
    """How long a SIGTERM waits for workers to leave."""
    lease: float = 10.0
    """How long a lease lasts after its worker was last heard; after a connection broke a
    tenth of it, but at least a second."""
    keep_result: float = 86_400.0
    """How long records are kept after the end, unless a submit says otherwise."""
    max_payload: int = 1024 * 1024
    """The largest arguments, named arguments or result."""
    strict: bool = False
    """Refuse tasks that no live worker serves."""
    tls_cert: str = ""
    """A PEM file with the broker's certificate; with `tls_key`, clients connect by TLS."""
    tls_key: str = ""
    """A PEM file with the key of `tls_cert`, without a password."""
    tls_client_ca: str = ""
    """A PEM file with authorities: clients must show a certificate of one of them."""
    tokens_file: str = ""
    """A file with a token on each line: calls must carry one of them."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= MAX_PORT:
            raise SettingsError(f"port must be from 0 to {MAX_PORT}, not {self.port}")
        if not self.host:
            raise SettingsError("host must not be empty")
        for name in ("grace", "keep_result"):
            if not getattr(self, name) >= 0:
                raise SettingsError(f"{name} must not be negative")
        if not self.lease >= 1:
            raise SettingsError("lease must be at least 1 s")
        if not 1024 <= self.max_payload <= 1024 * 1024:  # noqa: PLR2004  # 1 KiB, 1 MiB
            raise SettingsError("max_payload must be from 1 KiB to 1 MiB")
        self._check_tls()

    def _check_tls(self) -> None:
        if bool(self.tls_cert) != bool(self.tls_key):
            raise SettingsError(
                "tls_cert and tls_key go together: a certificate and its key"
            )
        if self.tls_client_ca and not self.tls_cert:
            raise SettingsError(
                "tls_client_ca needs TLS: give the broker's tls_cert and tls_key too"
            )

    @property
    def storage_url(self) -> str:
        """Where tasks live."""
        return self.storage or default_storage()

    @classmethod
    def read(
        cls, environ: Mapping[str, str] | None = None, **arguments: object
    ) -> Self:
        """Settings from arguments that are not `None`, else the environment.

        Raises:
            SettingsError: a value can't be read; names the variable.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for field in fields(cls):
            given = arguments.get(field.name)
            variable = variable_of(field.name)
            if given is not None:
                values[field.name] = given
            elif environ.get(variable):
                values[field.name] = _read(variable, environ[variable], field.type)
        return cls(**values)


def _read(variable: str, text: str, kind: object) -> object:
    if kind is bool:
        words = {"1": True, "true": True, "yes": True, "on": True}
        words |= {"0": False, "false": False, "no": False, "off": False}
        if text.lower() not in words:
            raise SettingsError(f"{variable} must be true or false, not {text!r}")
        return words[text.lower()]
    if kind in (int, float):
        try:
            return int(text) if kind is int else float(text)
        except ValueError:
            raise SettingsError(f"{variable} must be a number, not {text!r}") from None
    return text
