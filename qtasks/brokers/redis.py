"""AsyncRedisBroker: the engine in this process, over Redis."""

from qtasks.brokers.local import LocalBroker
from qtasks.engine.settings import EngineSettings
from qtasks.storages.redis import RedisStorage

DEFAULT_URL = "redis://localhost:6379/0"


class AsyncRedisBroker(LocalBroker):
    """The engine in this process, over Redis.

    Args:
        url: Where Redis is: `redis://`, `rediss://`, `unix://`, a cluster or Sentinel.
        storage: A storage to use instead.
        settings: Limits and lengths.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        storage: RedisStorage | None = None,
        settings: EngineSettings | None = None,
    ) -> None:
        super().__init__(storage or RedisStorage(url), settings)
        self.url = url
