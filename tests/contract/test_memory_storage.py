"""The storage contract over memory."""

import pytest

from qtasks.storages.memory import MemoryStorage
from qtasks.testing import FakeClock
from qtasks.testing.storage_suite import ReplicaSuite, StorageRig


class MemoryRig(StorageRig):
    def __init__(self) -> None:
        self._clock = FakeClock(1_700_000_000.0)
        self._storage = MemoryStorage(clock=self._clock)

    def handle(self) -> MemoryStorage:
        return self._storage.replica()

    def advance(self, seconds: float) -> None:
        self._clock.now += seconds


class TestMemoryStorage(ReplicaSuite):
    @pytest.fixture
    async def rig(self):
        return MemoryRig()
