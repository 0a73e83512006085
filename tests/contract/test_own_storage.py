"""A storage of somebody else's keeps every promise, as does a broker over it."""

import pytest

from qtasks.brokers.local import LocalBroker
from qtasks.testing import FakeClock
from qtasks.testing.broker_suite import FAST, BrokerSuite
from qtasks.testing.storage_suite import StorageRig, StorageSuite
from tests.contract.journal_storage import JournalStorage


class JournalRig(StorageRig):
    def __init__(self, path):
        self._clock = FakeClock(1_700_000_000.0)
        self._path = path

    def handle(self):
        return JournalStorage(self._path, clock=self._clock)

    def advance(self, seconds):
        self._clock.now += seconds


class TestJournalStorage(StorageSuite):
    @pytest.fixture
    async def rig(self, tmp_path):
        return JournalRig(tmp_path / "journal")


class TestLocalJournal(BrokerSuite):
    @pytest.fixture
    async def brokers(self, tmp_path):
        async with LocalBroker(JournalStorage(tmp_path / "journal"), FAST) as broker:
            yield broker, broker
