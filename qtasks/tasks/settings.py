"""Settings: what holds for every offloaded task, in one value."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from qtasks.environment import parsed
from qtasks.errors import SettingsError
from qtasks.tasks.records import Records

PREFIX = "QTASKS_OFFLOAD_"
DAY = 86_400.0
_READABLE = (bool, int, float)
_OPTIONAL: dict[Any, type] = {float | None: float, bool | float: float}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What holds for every offloaded task that does not say otherwise.

    Lengths are seconds. A field that is a number or a truth can also be given as an
    environment variable, `QTASKS_OFFLOAD_` and its name in capitals.

    Raises:
        SettingsError: values contradict each other.
    """

    app: Any = None
    """The app whose broker is used, of either kind; the one made last if none is given."""
    records: Records | None = None
    """Where ended tasks are looked up; those of the app's broker if none is given."""
    sync: bool = False
    """Run everything at once, in the caller's thread, and store how it ended."""
    save_limit: int = 250
    """About how many successes are kept, for the workers that prune them; 0: as many as
    come within `keep`, -1: none. Failures are always kept."""
    keep: float = 30 * DAY
    """How long the record of a task is kept after its end."""
    cached: bool | float = False
    """Keep results for a short time only: so long, or `cache` if it is `True`."""
    cache: float = DAY
    """How long `cached=True` keeps a result."""
    timeout: float | None = None
    """How long a task may run before it is ended by force; `None`: for ever."""
    ack_failures: bool = True
    """Whether a task that failed is done. Else it is tried again after `retry`."""
    retry: float | None = None
    """When a task that failed is tried again; `None`: after 60 s, or `timeout` if that
    is longer. It can't be shorter than `timeout`."""
    max_attempts: int = 3
    """How many attempts there may be with `ack_failures=False`."""

    def __post_init__(self) -> None:
        for name in ("keep", "cache", "timeout", "retry"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise SettingsError(f"{name} must be more than 0", field=name)
        if self.save_limit < -1:
            raise SettingsError("save_limit must be at least -1", field="save_limit")
        if self.max_attempts < 1:
            raise SettingsError("max_attempts must be at least 1", field="max_attempts")
        self.retry_after(self.timeout)

    def retry_after(self, timeout: float | None) -> float:
        """When a task of this timeout is tried again, in seconds.

        Raises:
            SettingsError: `retry` is shorter than the timeout.
        """
        if self.retry is None:
            return max(60.0, timeout or 0.0)
        if timeout is not None and self.retry < timeout:
            raise SettingsError(
                f"retry ({self.retry:g} s) must not be shorter than the timeout "
                f"({timeout:g} s): a task would be tried again while it still may run",
                field="retry",
            )
        return self.retry

    @property
    def cached_for(self) -> float | None:
        """How long results are cached; `None`: they are records."""
        return cache_time(self.cached, self.cache)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Defaults, with what `QTASKS_OFFLOAD_*` says instead.

        Raises:
            SettingsError: a variable has a value it can't have.
        """
        environment = os.environ if environment is None else environment
        given: dict[str, Any] = {}
        for item in fields(cls):
            variable = f"{PREFIX}{item.name.upper()}"
            kind = _OPTIONAL.get(item.type, item.type)
            if kind in _READABLE and variable in environment:
                given[item.name] = parsed(variable, environment[variable], kind)
        return cls(**given)


def cache_time(cached: bool | float, default: float) -> float | None:  # noqa: FBT001
    """How long `cached` keeps a result; `None`: not cached."""
    if cached is True:
        return default
    return float(cached) or None


class _Current:
    settings: Settings | None = None


def current() -> Settings:
    """The settings in force: those configured, else those of the environment."""
    if _Current.settings is None:
        _Current.settings = Settings.from_environment()
    return _Current.settings


def configure(settings: Settings | None = None, **changes: Any) -> Settings:
    """Put settings in force, for this process.

    Args:
        settings: The settings; those in force now if none are given.
        **changes: Fields to have instead.

    Returns:
        The settings that were in force before, to put back.

    Raises:
        SettingsError: there is no such field, or values contradict each other.
    """
    before = current()
    unknown = changes.keys() - {item.name for item in fields(Settings)}
    if unknown:
        raise SettingsError(f"there is no setting {min(unknown)!r}", field=min(unknown))
    _Current.settings = replace(settings or before, **changes)
    return before
