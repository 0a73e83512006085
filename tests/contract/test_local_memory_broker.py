"""LocalBroker over memory keeps every promise of a broker."""

import pytest

from qtasks.brokers.local import LocalBroker
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.broker_suite import FAST, BrokerSuite


class TestLocalMemoryBroker(BrokerSuite):
    @pytest.fixture
    async def brokers(self):
        storage = MemoryStorage()
        async with (
            LocalBroker(storage, FAST) as one,
            LocalBroker(storage.replica(), FAST) as other,
        ):
            yield one, other
