"""Assembly: an app's components, checked and introduced to one another.

What an app is not given it makes: a broker as its url says, a worker of its kind. A
component that was given a part keeps it; where two were given different ones, that is an
error and not a choice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from qtasks import v1
from qtasks.abc.broker import Broker
from qtasks.abc.component import assembled, expect_maybe
from qtasks.abc.global_config import GlobalConfig
from qtasks.abc.starter import Starter
from qtasks.abc.worker import Worker
from qtasks.access import Access
from qtasks.brokers.remote import RemoteStorage
from qtasks.client.connection import Connection
from qtasks.colours import Colour
from qtasks.configs import AsyncGlobalConfig, SyncGlobalConfig
from qtasks.core.limits import check_name
from qtasks.errors import InvalidField, SettingsError, WrongComponent
from qtasks.home import Home
from qtasks.urls import SERVICE, broker_from_url, kind_of, storage_from_url


def chosen_broker(
    broker: Broker | None, worker: Worker | None, urls: tuple[str | None, str | None]
) -> Broker | None:
    """The broker that an app was given, by itself or with its worker.

    Args:
        broker: As an argument.
        worker: It may have one.
        urls: `broker_url` and `storage_url`: where a broker to be made is.

    Raises:
        WrongComponent: something else was given.
        SettingsError: there is more than one answer.
    """
    expect_maybe(broker, Broker, "QueueTasks(broker=)")  # type: ignore[type-abstract]
    expect_maybe(worker, Worker, "QueueTasks(worker=)")  # type: ignore[type-abstract]
    found = one_broker(broker, worker)
    if found is not None and any(urls):
        name = "broker_url" if urls[0] else "storage_url"
        raise SettingsError(
            f"the app was given both a broker and {name}={urls[0] or urls[1]!r}: the "
            "broker knows where it is, so leave one of them out",
            field=name,
        )
    return found


def one_broker(broker: Broker | None, other: Worker | Starter | None) -> Broker | None:
    """The broker of a component, or the one it was given; raises `SettingsError`."""
    theirs = other.broker if other is not None else None
    if broker is not None and theirs is not None and theirs is not broker:
        raise SettingsError(
            f"the {theirs.component} of the {type(other).__name__} is another than the "
            "app's: give both the same one, or give it to one of them only",
            field="broker",
        )
    return broker or theirs


def made_broker(broker_url: str, access: Access, storage_url: str | None) -> Broker:
    """The broker that urls name.

    Args:
        broker_url: A broker service, or the storage of one in this process.
        access: What a broker service is shown.
        storage_url: The storage of one in this process, whatever the other says.

    Raises:
        SettingsError: a url can't be read.
    """
    if storage_url is None:
        return broker_from_url(broker_url, access)
    from qtasks.brokers.local import LocalBroker  # noqa: PLC0415  # brings the engine

    return LocalBroker(storage_from_url(storage_url))


def checked_name(name: Any) -> str:
    """The name of an app; raises `InvalidField` for what can't be one."""
    if not isinstance(name, str):
        raise InvalidField(
            f"the name of an app must be a str, not {name!r:.80}", field="name"
        )
    if "://" in name:
        raise InvalidField(
            f"{name!r} is a url, and an app has a name first: write "
            f'QueueTasks("QueueTasks", broker_url={name!r})',
            field="name",
        )
    return check_name(name, "name")


def check_urls(broker_url: str | None, storage_url: str | None) -> None:
    """Raise `SettingsError` for urls that are none, or do not go together."""
    for field, url in (("broker_url", broker_url), ("storage_url", storage_url)):
        if url is not None and not isinstance(url, str):
            raise SettingsError(f"{field} must be a str, not {url!r:.80}", field=field)
    if broker_url is None or storage_url is None or broker_url == storage_url:
        return
    if kind_of(broker_url) in SERVICE:
        raise SettingsError(
            f"storage_url={storage_url!r} does nothing for the broker service at "
            f"{broker_url!r}, which has its own storage: start that one with `qtasks "
            "serve --storage`, or leave out broker_url for a broker in this process",
            field="storage_url",
        )
    raise SettingsError(
        f"broker_url={broker_url!r} and storage_url={storage_url!r} name two storages of "
        "one broker in this process: leave one of them out",
        field="storage_url",
    )


def checked_log(log: Any) -> Any:
    """What an app logs to, as it was given; raises `WrongComponent`."""
    if log is None or all(hasattr(log, name) for name in ("debug", "info", "error")):
        return log
    raise WrongComponent(
        f"QueueTasks(log=) takes a logger, as of `logging`, not {log!r}", field="log"
    )


class BrokerPlace:
    """An app's broker: the one it was given, or the one its settings name right now.

    Made when it is first asked for. While the app is not open, other settings make
    another one, which takes over the plugins.

    Args:
        given: The broker that the app was given.
        where: Says where a broker to be made is, and what to show it.
        storage_url: The storage of a broker to be made.
        introduce: Called with each broker before it is used.
    """

    def __init__(
        self,
        given: Broker | None,
        where: Callable[[], tuple[str, Access]],
        storage_url: str | None,
        introduce: Callable[[Broker], None],
    ) -> None:
        self._given = given
        self._where = where
        self._storage_url = storage_url
        self._introduce = introduce
        self._broker = given
        self._made_of: tuple[str, Access] | None = None
        if given is not None:
            introduce(given)

    def adopt(self, broker: Broker) -> None:
        """Use this one, which came with another component."""
        self._given = self._broker = broker
        self._introduce(broker)

    @contextmanager
    def lent(self, broker: Broker) -> Iterator[None]:
        """Use this one as long as the block lasts; then the one before again."""
        before = self._given, self._broker
        if self._broker is not None:
            _succeed(self._broker, broker)
        self.adopt(broker)
        try:
            yield
        finally:
            self._given, self._broker = before

    @property
    def given(self) -> Broker | None:
        """The broker that the app was given, or none."""
        return self._given

    @property
    def opened_config(self) -> GlobalConfig | None:
        """The global config of the broker, if there is a broker by now."""
        if self._broker is None:
            return None
        config: GlobalConfig | None = self._broker.storage.global_config
        return config

    def get(self, *, settled: bool) -> Broker:
        """The broker; raises `SettingsError` for a url that can't be read.

        Args:
            settled: Whether it is in use, so that settings change nothing.
        """
        broker = self._broker
        if broker is not None and (settled or self._given):
            return broker
        where = self._where()
        if broker is not None and where == self._made_of:
            return broker
        made = made_broker(*where, self._storage_url)
        self._introduce(made)
        if broker is not None:
            _succeed(broker, made)
        self._broker, self._made_of = made, where
        return made


def _succeed(old: Broker, new: Broker) -> None:
    """Have a broker's components take over the plugins of another's."""
    plugins = {part.component: part.plugins for part in assembled(old)}
    for part in assembled(new):
        if part.component in plugins:
            part.__dict__["plugins"] = plugins[part.component]


class AppVariables:
    """Answers for the variables of an app: its broker, wherever that lives.

    Args:
        home: Where the app's broker lives.
    """

    def __init__(self, home: Home[Connection]) -> None:
        self._home = home

    async def get_variables(
        self, request: v1.GetVariablesRequest
    ) -> v1.GetVariablesResponse:
        """Give the values of a space."""
        broker = (await self._home.open()).broker
        return await self._home.call(broker.get_variables, request)

    async def set_variables(
        self, request: v1.SetVariablesRequest
    ) -> v1.SetVariablesResponse:
        """Set and remove values."""
        broker = (await self._home.open()).broker
        return await self._home.call(broker.set_variables, request)


def furnish(
    broker: Broker,
    global_config: GlobalConfig | None,
    default: Callable[[], GlobalConfig],
    face: Callable[[GlobalConfig], GlobalConfig],
) -> None:
    """Give a broker's storage a global config; a broker without one, a stand-in.

    Args:
        broker: The broker.
        global_config: That of the app, if it was given one.
        default: Makes one that the broker answers for.
        face: The same for code of the app's colour.

    Raises:
        SettingsError: the storage has another one.
    """
    if broker.storage is None:
        broker.storage = RemoteStorage()
    storage: Any = broker.storage
    theirs = storage.global_config
    if theirs is not None and global_config is not None and theirs is not global_config:
        raise SettingsError(
            "the app was given a global config, and its storage has another one: leave "
            "one of them out",
            field="global_config",
        )
    storage.global_config = face(theirs or global_config or default())


def global_config_face(
    config: GlobalConfig, colour: Colour, call: Callable[..., Any]
) -> GlobalConfig:
    """A global config for code of a colour; one of a user's own is what it is.

    Args:
        config: One of either colour.
        colour: That of the app.
        call: Runs a coroutine function with arguments somewhere, and waits for it.
    """
    if colour == "sync" and isinstance(config, AsyncGlobalConfig):
        return SyncGlobalConfig(config, call)
    if colour == "async" and isinstance(config, SyncGlobalConfig):
        return config.asyncio
    return config
