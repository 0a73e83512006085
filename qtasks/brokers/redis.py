"""The brokers of apps that keep their tasks in a Redis of their own."""

from typing import Any

from qtasks.abc.component import expect_maybe
from qtasks.abc.storage import Storage
from qtasks.brokers.local import LocalBroker
from qtasks.config import QueueConfig
from qtasks.engine.settings import EngineSettings
from qtasks.events import Events
from qtasks.storages.redis import DEFAULT_URL, AsyncRedisStorage


class AsyncRedisBroker(LocalBroker):
    """The engine in this process, over Redis: no broker service is needed.

    Any number of processes share one Redis, apps and workers alike.

    Args:
        name: The app it serves; the app it is given to knows better.
        url: Where Redis is: `redis://`, `rediss://`, `unix://`, a cluster or Sentinel.
        storage: Where tasks live. It knows where it is, whatever `url` says.
        log: Where code of the app's author logs to.
        config: Settings of its own, until the starter hands out the app's.
        events: What it tells its events to; the app's, if none are given.
        settings: Limits and lengths.

    Raises:
        WrongComponent: an argument is something else.
        SettingsError: the url can't be read.
    """

    def __init__(  # noqa: PLR0917  # the order users know
        self,
        name: str = "QueueTasks",
        url: str | None = None,
        storage: Storage | None = None,
        log: Any = None,
        config: QueueConfig | None = None,
        events: Events | None = None,
        *,
        settings: EngineSettings | None = None,
    ) -> None:
        place = f"{type(self).__name__}({{}}=)".format
        expect_maybe(storage, Storage, place("storage"))  # type: ignore[type-abstract]
        super().__init__(
            storage or AsyncRedisStorage(name, url or DEFAULT_URL), settings
        )
        self.name = name
        self.url = getattr(self.storage, "url", url)
        """Where its storage is."""
        self.log = log
        self.config = expect_maybe(config, QueueConfig, place("config"))
        self.events = expect_maybe(events, Events, place("events"))


class SyncRedisBroker(AsyncRedisBroker):
    """The broker of sync apps; the same one, for the app calls it in its own loop."""
