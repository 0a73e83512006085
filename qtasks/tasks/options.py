"""Options: what `async_task` is told beside the function and its arguments."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Self

from qtasks.errors import InvalidField, OutOfRange
from qtasks.task import Backoff
from qtasks.tasks.paths import path_of
from qtasks.tasks.settings import DAY, cache_time, current
from qtasks.tasks.words import CACHED, HOOK_PATH, TAG, TASK_NAME

NEEDED_FOR = DAY
"""Seconds that a record is kept at least that a hook is called with, or whose result is
put together with others."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `async_task` is told; `None` means "as the settings say"."""

    hook: str | Callable[..., Any] | None = None
    group: str | None = None
    save: bool | None = None
    timeout: float | None = None
    ack_failure: bool | None = None
    sync: bool | None = None
    cached: bool | float | None = None
    broker: Any = None
    task_name: str | None = None

    def __post_init__(self) -> None:
        for name in ("group", "task_name"):
            if not isinstance(getattr(self, name), str | None):
                raise InvalidField(
                    f"{name} must be a text, not {getattr(self, name)!r:.80}",
                    field=name,
                )
        if self.timeout is not None and not _is_length(self.timeout):
            raise OutOfRange(
                f"timeout must be seconds, more than 0, not {self.timeout!r:.80}",
                field="timeout",
            )
        if self.cached and self.cached is not True and not _is_length(self.cached):
            raise OutOfRange(
                f"cached must be seconds or a truth, not {self.cached!r:.80}",
                field="cached",
            )

    @classmethod
    def taken(cls, kwargs: dict[str, Any]) -> tuple[Self, dict[str, Any]]:
        """The options among named arguments, and those of the function.

        With `q_options` all options are in there, and other names are the function's.

        Raises:
            InvalidField: `q_options` is no dict, or has a name that is no option.
        """
        left = dict(kwargs)
        given = left.pop("q_options", None)
        if given is None:
            given = {name: left.pop(name) for name in NAMES & left.keys()}
        elif not isinstance(given, dict):
            raise InvalidField(
                f"q_options must be a dict, not {given!r:.80}", field="q_options"
            )
        elif unknown := given.keys() - NAMES:
            raise InvalidField(
                f"q_options has no option {min(map(str, unknown))!r}; there are "
                f"{', '.join(sorted(NAMES))}",
                field="q_options",
            )
        return cls(**given), left

    def over(self, others: "Options", **changes: Any) -> "Options":
        """These options, where they say nothing those others, and changes over both."""
        said = {name: getattr(others, name) for name in NAMES}
        said |= {
            name: value for name in NAMES if (value := getattr(self, name)) is not None
        }
        return Options(**{**said, **changes})

    @property
    def hook_path(self) -> str | None:
        """The path of the hook."""
        return None if self.hook is None else path_of(self.hook, "hook")

    def is_sync(self) -> bool:
        """Whether to run at once."""
        return current().sync if self.sync is None else self.sync

    def cached_for(self) -> float | None:
        """How long the result is cached; `None`: it is a record."""
        settings = current()
        if self.cached is None:
            return settings.cached_for
        return cache_time(self.cached, settings.cache)

    def metadata(self) -> dict[str, str]:
        """What travels with the task."""
        found: dict[str, str] = {}
        if hook := self.hook_path:
            found[HOOK_PATH] = hook
        if self.task_name:
            found[TASK_NAME] = self.task_name
        if self.cached_for() is not None:
            found[CACHED] = "1"
        return found

    def submit_options(self, *, needed: bool = False) -> dict[str, Any]:
        """How the task is submitted.

        Args:
            needed: Whether another task is given its result, besides a hook.

        Raises:
            SettingsError: it would be tried again before its timeout.
        """
        settings = current()
        options: dict[str, Any] = self._kept(
            NEEDED_FOR if needed or self.hook is not None else 0.0
        )
        options["tags"] = [TAG]
        if metadata := self.metadata():
            options["metadata"] = metadata
        if self.group:
            options["group"] = self.group
        timeout = settings.timeout if self.timeout is None else self.timeout
        if timeout is not None:
            options["max_time"] = timeout
        again = settings.retry_after(timeout)
        acked = settings.ack_failures if self.ack_failure is None else self.ack_failure
        options["retry"] = 0 if acked else settings.max_attempts - 1
        if not acked:
            options["retry_backoff"] = Backoff(initial=again, multiplier=1, jitter=0)
        return options

    def _kept(self, least: float) -> dict[str, float]:
        settings = current()
        cached = self.cached_for()
        if cached is not None:
            return {"keep_result": max(cached, least)}
        saved = settings.save_limit >= 0 if self.save is None else self.save
        if saved:
            return {"keep_result": max(settings.keep, least)}
        return {"keep_result": least, "keep_failure": settings.keep}


def _is_length(value: Any) -> bool:
    """Whether it is a number of seconds that can pass."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and isfinite(value) and value > 0


NAMES = frozenset(item.name for item in fields(Options))
