"""What an app can be told: settings, from arguments, then `QTASKS_*`, then defaults."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Self

from qtasks.access import NAMES, Access
from qtasks.environment import parsed, without_password
from qtasks.errors import SettingsError
from qtasks.spelling import did_you_mean

logger = logging.getLogger(__name__)

DEFAULT_BROKER_URL = "grpc://127.0.0.1:50051"
DEFAULT_PREFIX = "QTASKS_"
LOGS_FORMAT = "%(asctime)s [%(name)s: %(levelname)s] (%(subname)s) %(message)s"
ALIASES = {"default_task_priority": "task_default_priority"}
"""Other names that users know, and those of the fields."""
SHOWN = (
    "max_tasks_process",
    "running_older_tasks",
    "delete_finished_tasks",
    "task_default_priority",
    "logs_default_level_server",
    "logs_default_level_client",
    "logs_format",
    "result_time_interval",
    "result_statuses_end",
)
"""What `str` always shows; of the others, what is not the default."""

Subscriber = Callable[["QueueConfig", str, Any], object]
"""Called with the settings, the name of one and its new value."""


@dataclass(init=False, repr=False)
class QueueConfig:
    """What an app can be told.

    A program may change the values at any time; `subscribe` tells of it. Some are read
    when a worker starts, and say so. Lengths are seconds, sizes bytes. Each field can
    also be given as an environment variable, for example `QTASKS_MAX_TASKS_PROCESS=50`.
    Attributes that are none of the fields are kept as they are, for a program's own use.

    Raises:
        SettingsError: an argument is none of the fields, or a variable has a value it
            can't have.
    """

    max_tasks_process: int = 10
    """How many tasks a worker process runs at once. A change takes effect at once: where
    there are to be fewer, those that run go on. `run_forever(num_workers=)` outweighs it."""
    running_older_tasks: bool = False
    """Whether tasks run again whose worker died. Here they always do: a task that was
    stored is never forgotten because of a worker. Kept for programs that set it."""
    delete_finished_tasks: bool = False
    """Whether a worker that starts forgets tasks of its app that ended more than an hour
    before. Else they go when their `keep_result` is over. What has not ended is never
    deleted."""
    task_default_priority: int = 0
    """The priority of tasks that name none; lower runs first. Also
    `default_task_priority`."""
    task_default_decode: Callable[[Any], Any] | None = None
    """Makes what a task returned ready to travel, for tasks without `decode`."""
    logs_default_level_server: int = 20
    """The level of the framework's loggers in a worker process, when it is changed: see
    `logging`. A change takes effect at once."""
    logs_default_level_client: int = 20
    """The level a client logs at, for programs that ask."""
    logs_format: str = LOGS_FORMAT
    """The format of log lines, for programs that set up logging with it."""
    result_time_interval: float = 0.1
    """How often a waiting client looks, where a broker can't push. All brokers here push
    results, so that nothing waits for this."""
    result_statuses_end: list[str] = field(
        default_factory=lambda: ["success", "error", "cancel"]
    )
    """The statuses in which a task has ended, for programs that ask."""
    environ_prefix: str = DEFAULT_PREFIX
    """What the names of environment variables begin with."""

    broker_url: str = DEFAULT_BROKER_URL
    """Where the broker is; read when the app is opened."""
    token: str = ""
    """What a broker with tokens is shown; better given in the environment or a file than
    in code. Nothing that shows settings shows it. This and the next four are read when
    the app is opened."""
    token_file: str = ""
    """A file with the token, where `token` is empty."""
    tls_ca: str = ""
    """A PEM file with the authorities that are trusted, for `grpcs` urls; empty means
    those of the public internet."""
    tls_cert: str = ""
    """A PEM file with a certificate to show the broker, with `tls_key`."""
    tls_key: str = ""
    """A PEM file with the key of `tls_cert`, without a password."""
    importable: list[str] | None = None
    """The dotted paths of functions that a worker may import and call for
    `qtasks.tasks`, with `*` for anything: `["math.*", "shop.jobs.*"]`; with `[]` it calls
    what the app registered, and hooks and iterations of that. Read when a worker starts.
    `None`: tasks are submitted as themselves, and nothing is called by its path."""
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
    schema_lock: str = ""
    """The lock file of `qtasks export`: tasks are registered with the numbers of fields
    that it has, so that typed calls have them on every broker. Read when a worker starts."""
    plugin_errors: str = "skip"
    """What becomes of an error of a plugin: `skip` (it is logged) or `fatal`."""

    def __init__(self, *values: Any, **given: Any) -> None:
        """Take values in the order of the fields, or by name; the others are read."""
        names = [item.name for item in fields(self)]
        if len(values) > len(names):
            raise SettingsError(f"QueueConfig has {len(names)} fields")
        self._fill(os.environ, {**dict(zip(names, values, strict=False)), **given})

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, **given: Any
    ) -> Self:
        """The settings: arguments over `QTASKS_*` over defaults.

        Args:
            environment: The variables; those of the process if none are given.
            **given: Fields; `None` means that one is not given.

        Raises:
            SettingsError: a variable has a value it can't have.
        """
        made = cls.__new__(cls)
        known = {name: value for name, value in given.items() if value is not None}
        source = os.environ if environment is None else environment
        made._fill(source, known)  # noqa: SLF001  # its own
        return made

    def _fill(self, environment: Mapping[str, str], given: dict[str, Any]) -> None:
        self.__dict__["_subscribers"] = []
        chosen = {ALIASES.get(name, name): value for name, value in given.items()}
        for name in chosen:
            if name not in _FIELDS:
                raise SettingsError(
                    f"QueueConfig has no field {name!r}{_near(name)}", field=name
                )
        prefix = str(chosen.get("environ_prefix", DEFAULT_PREFIX))
        for name, item in _FIELDS.items():
            variable = f"{prefix}{name.upper()}"
            if name in chosen:
                value = chosen[name]
            elif variable in environment and item.type in _READABLE:
                value = parsed(variable, environment[variable], item.type)
            else:
                value = _default(item)
            self.__dict__[name] = value

    # -- changes ------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        name = ALIASES.get(name, name)
        _check(name, value)
        if name not in self.__dict__ and (near := _near(name)):
            logger.warning("setting is unknown%s", near, extra={"setting": name})
        self.__dict__[name] = value
        for subscriber in list(self._subscribers):
            subscriber(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """The field that a name users know stands for."""
        if name in ALIASES:
            return getattr(self, ALIASES[name])
        raise AttributeError(f"QueueConfig has no field {name!r}{_near(name)}")

    @property
    def _subscribers(self) -> list[Subscriber]:
        known: list[Subscriber] = self.__dict__["_subscribers"]
        return known

    def __getstate__(self) -> dict[str, Any]:
        """What a copy gets: all but who subscribed."""
        return {**vars(self), "_subscribers": []}

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Have a function called at each change; what is returned ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    @property
    def access(self) -> Access:
        """What the broker is shown, and whom to trust."""
        return Access(**{name: getattr(self, name) for name in NAMES})

    # -- looking ------------------------------------------------------------------------

    def __repr__(self) -> str:
        """The settings by the names users know, without passwords."""
        names = {field_name: alias for alias, field_name in ALIASES.items()}
        shown = []
        for name, value in vars(self).items():
            item = _FIELDS.get(name)
            if name == "_subscribers":
                continue
            if name in SHOWN or item is None or value != _default(item):
                safe = without_password(value) if isinstance(value, str) else value
                safe = "***" if name == "token" else safe
                shown.append(f"{names.get(name, name)}={safe!r}")
        return f"QueueConfig({', '.join(shown)})"

    def check(self) -> None:
        """Raise `SettingsError` for a value that can't work."""
        for name in _FIELDS:
            _check(name, getattr(self, name))


def _check(name: str, value: Any) -> None:
    if name == "max_tasks_process" and value < 1:
        raise SettingsError(f"{name} must be at least 1", field=name)
    if name in _NOT_NEGATIVE and value < 0:
        raise SettingsError(f"{name} must not be negative", field=name)
    if name == "plugin_errors" and value not in ("skip", "fatal"):
        raise SettingsError(f"{name} must be skip or fatal, not {value!r}", field=name)


_NOT_NEGATIVE = frozenset({"prefetch_window", "cancel_grace", "drain_timeout"})
_FIELDS: dict[str, Field[Any]] = {item.name: item for item in fields(QueueConfig)}
_READABLE = (bool, int, float, str, list[str], list[str] | None)
"""The types of fields that a variable of the environment can give."""


def _default(item: Field[Any]) -> Any:
    if item.default_factory is not MISSING:
        return item.default_factory()
    return item.default


def _near(name: str) -> str:
    """A hint for a name that is nearly one of the fields."""
    if name in _FIELDS:
        return ""
    return did_you_mean(name, (*_FIELDS, *ALIASES), near=0.8)
