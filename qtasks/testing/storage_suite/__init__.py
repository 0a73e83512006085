"""The storage contract as tests: every promise of `qtasks.abc.Storage`, one test each.

A storage passes them by a subclass that says how to make one::

    class TestMyStorage(StorageSuite):
        @pytest.fixture
        async def rig(self):
            yield MyRig()

`ReplicaSuite` adds what is promised to several brokers on one storage.
"""

import pytest

# Before the modules are imported, or a failed assert would not show its values.
_MODULES = "events leasing looking losing replicas rig sequences settling steering"
for _name in (*_MODULES.split(), "submitting", "timing", "waiting"):
    pytest.register_assert_rewrite(f"{__name__}.{_name}")

from qtasks.testing.storage_suite.events import EventPromises  # noqa: E402
from qtasks.testing.storage_suite.leasing import LeasePromises  # noqa: E402
from qtasks.testing.storage_suite.looking import LookPromises  # noqa: E402
from qtasks.testing.storage_suite.losing import LossPromises  # noqa: E402
from qtasks.testing.storage_suite.replicas import ReplicaPromises  # noqa: E402
from qtasks.testing.storage_suite.rig import StorageRig  # noqa: E402
from qtasks.testing.storage_suite.sequences import SequencePromises  # noqa: E402
from qtasks.testing.storage_suite.settling import SettlePromises  # noqa: E402
from qtasks.testing.storage_suite.steering import SteerPromises  # noqa: E402
from qtasks.testing.storage_suite.submitting import SubmitPromises  # noqa: E402
from qtasks.testing.storage_suite.timing import TimePromises  # noqa: E402
from qtasks.testing.storage_suite.waiting import WaitPromises  # noqa: E402


class StorageSuite(
    SubmitPromises,
    LeasePromises,
    EventPromises,
    SettlePromises,
    LossPromises,
    TimePromises,
    WaitPromises,
    LookPromises,
    SteerPromises,
    SequencePromises,
):
    """What every storage promises."""


class ReplicaSuite(StorageSuite, ReplicaPromises):
    """What a storage promises that several brokers share."""


__all__ = ["ReplicaSuite", "StorageRig", "StorageSuite"]
