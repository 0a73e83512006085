"""The Redis storage as a component of an app, under the names its users know."""

from typing import Any

from qtasks.abc.component import expect_maybe
from qtasks.abc.global_config import GlobalConfig
from qtasks.config import QueueConfig
from qtasks.events import Events
from qtasks.storages.redis.storage import RedisStorage

DEFAULT_URL = "redis://localhost:6379/0"


class AsyncRedisStorage(RedisStorage):
    """Keeps tasks in Redis 6.2 or newer, or Valkey; any number of apps share it.

    Args:
        name: The app whose tasks are kept; the app it is given to knows better.
        url: Where Redis is; `qtasks.storages.redis.address` names the kinds.
        global_config: The variables that the app's processes share, if they are not to
            be kept here with the tasks.
        log: Where code of the app's author logs to.
        config: Settings of its own, until the starter hands out the app's.
        events: What it tells its events to; the app's, if none are given.
        partitions: Into how many parts the keys are divided; see `RedisStorage`.
        prefix: What all keys and channels begin with.

    Raises:
        WrongComponent: an argument is something else.
        SettingsError: the url can't be read.
    """

    def __init__(  # noqa: PLR0917  # the order users know
        self,
        name: str = "QueueTasks",
        url: str = DEFAULT_URL,
        global_config: GlobalConfig | None = None,
        log: Any = None,
        config: QueueConfig | None = None,
        events: Events | None = None,
        *,
        partitions: int = 1,
        prefix: str = "qtasks",
    ) -> None:
        place = f"{type(self).__name__}({{}}=)".format
        super().__init__(url, partitions=partitions, prefix=prefix)
        self.name = name
        self.url = url
        self.global_config = expect_maybe(
            global_config,
            GlobalConfig,
            place("global_config"),
        )
        self.log = log
        self.config = expect_maybe(config, QueueConfig, place("config"))
        self.events = expect_maybe(events, Events, place("events"))


class SyncRedisStorage(AsyncRedisStorage):
    """The storage of sync apps; the same one, for the app calls it in its own loop."""
