"""The storage contract over SQLite."""

from pathlib import Path

import pytest

from qtasks.storages.sqlite import SqliteStorage
from qtasks.testing import FakeClock
from qtasks.testing.storage_suite import StorageRig, StorageSuite


class SqliteRig(StorageRig):
    def __init__(self, path: Path) -> None:
        self._clock = FakeClock(1_700_000_000.0)
        self._path = path

    def handle(self) -> SqliteStorage:
        return SqliteStorage(self._path, clock=self._clock)

    def advance(self, seconds: float) -> None:
        self._clock.now += seconds


class TestSqliteStorage(StorageSuite):
    @pytest.fixture
    async def rig(self, tmp_path: Path):
        return SqliteRig(tmp_path / "new" / "tasks.db")
