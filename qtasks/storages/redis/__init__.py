"""Tasks in Redis: for many brokers, on one node, behind Sentinel, or on a Cluster."""

from qtasks.storages.redis.component import (
    DEFAULT_URL,
    AsyncRedisStorage,
    SyncRedisStorage,
)
from qtasks.storages.redis.storage import RedisStorage

__all__ = ["DEFAULT_URL", "AsyncRedisStorage", "RedisStorage", "SyncRedisStorage"]
