"""What an app can be told: settings, from arguments, then `QTASKS_*`, then defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from qtasks.errors import SettingsError

DEFAULT_BROKER_URL = "grpc://127.0.0.1:50051"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


@dataclass(kw_only=True)
class QueueConfig:
    """What an app can be told.

    A program may change the values before the worker starts. Lengths are seconds, sizes
    bytes. Each field can also be given as an environment variable, for example
    `QTASKS_MAX_TASKS_PROCESS=50`.
    """

    broker_url: str = DEFAULT_BROKER_URL
    """Where the broker is."""
    max_tasks_process: int = 10
    """How many tasks a worker process runs at once."""
    task_default_priority: int = 0
    """The priority of tasks that name none; lower runs first."""
    queues: list[str] = field(default_factory=list)
    """The queues a worker takes from; none means those of its tasks, and `default`."""
    prefetch_window: float = 0.05
    """How much measured work a worker keeps ahead of itself, in seconds."""
    prefetch_max: int = 1000
    """The most tasks a worker keeps ahead of itself."""
    cancel_grace: float = 2.0
    """How long a task that was told to stop may take, before it is reported overrun."""
    drain_timeout: float = 30.0
    """How long running tasks may take to finish when a worker is told to stop."""
    reconnect_backoff_max: float = 2.0
    """The longest wait between two attempts to reach the broker."""
    connect_patience: float = 30.0
    """How long calls keep trying when a broker that was reached goes away."""
    plugin_errors: str = "skip"
    """What becomes of an error of a plugin: `skip` (it is logged) or `fatal`."""
    logs_default_level_server: int = 20
    """The level a worker process logs at."""
    logs_default_level_client: int = 20
    """The level a client logs at, for programs that ask."""

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, **given: Any
    ) -> Self:
        """The settings: arguments over `QTASKS_*` over defaults.

        Raises:
            SettingsError: a variable has a value it can't have.
        """
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for item in fields(cls):
            variable = f"QTASKS_{item.name.upper()}"
            if given.get(item.name) is not None:
                values[item.name] = given[item.name]
            elif variable in source:
                values[item.name] = _parsed(variable, source[variable], item.type)
        return cls(**values)

    def check(self) -> None:
        """Raise `SettingsError` for a value that can't work."""
        if self.max_tasks_process < 1:
            raise SettingsError(
                "max_tasks_process must be at least 1", field="max_tasks_process"
            )
        for name in ("prefetch_window", "cancel_grace", "drain_timeout"):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name} must not be negative", field=name)


def _parsed(variable: str, text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return _parsed_bool(text)
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except ValueError:
        raise SettingsError(
            f"{variable} must be {kind.__name__}, not {text!r}", field=variable
        ) from None
    if kind is str:
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _parsed_bool(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(text)
