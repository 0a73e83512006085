"""Redis under the storage suite: each rig has keys of its own on a shared server."""

from uuid import uuid4

from qtasks.storages.redis import RedisStorage
from qtasks.testing.storage_suite import StorageRig


class RedisRig(StorageRig):
    def __init__(self, url: str, partitions: int) -> None:
        self._url = url
        self._partitions = partitions
        self._prefix = f"suite-{uuid4().hex}"
        self._handles: list[RedisStorage] = []
        self._shift = 0.0

    def handle(self) -> RedisStorage:
        storage = RedisStorage(
            self._url,
            partitions=self._partitions,
            prefix=self._prefix,
            clock_shift=self._shift,
        )
        self._handles.append(storage)
        return storage

    def advance(self, seconds: float) -> None:
        self._shift += seconds
        for storage in self._handles:
            storage.clock_shift = self._shift
