"""BrokerSuite: what every `Broker` promises, as tests to inherit.

A new broker adds a subclass with one fixture::

    class TestMyBroker(BrokerSuite):
        @pytest.fixture
        async def brokers(self):
            async with MyBroker() as one, MyBroker() as another:
                yield one, another

`brokers` gives two brokers on the same storage (for a broker that can have no replica:
the same one twice), with the short lengths of `FAST`.
"""

import pytest

# Before the modules are imported, or a failed assert would not show its values.
_MODULES = "case dispatching explaining following looking losing settling steering"
for _name in (
    *_MODULES.split(),
    "submitting",
    "draining",
    "registering",
    "scheduling",
    "subscribing",
    "variables",
    "waiting",
):
    pytest.register_assert_rewrite(f"{__name__}.{_name}")

from qtasks.testing.broker_suite.case import FAST  # noqa: E402
from qtasks.testing.broker_suite.dispatching import DispatchPromises  # noqa: E402
from qtasks.testing.broker_suite.draining import DrainPromises  # noqa: E402
from qtasks.testing.broker_suite.explaining import ExplainPromises  # noqa: E402
from qtasks.testing.broker_suite.following import FollowPromises  # noqa: E402
from qtasks.testing.broker_suite.looking import LookPromises  # noqa: E402
from qtasks.testing.broker_suite.losing import LossPromises  # noqa: E402
from qtasks.testing.broker_suite.registering import RegisterPromises  # noqa: E402
from qtasks.testing.broker_suite.scheduling import SchedulePromises  # noqa: E402
from qtasks.testing.broker_suite.settling import SettlePromises  # noqa: E402
from qtasks.testing.broker_suite.steering import SteerPromises  # noqa: E402
from qtasks.testing.broker_suite.submitting import SubmitPromises  # noqa: E402
from qtasks.testing.broker_suite.subscribing import SubscribePromises  # noqa: E402
from qtasks.testing.broker_suite.variables import (  # noqa: E402
    FlushPromises,
    VariablePromises,
)
from qtasks.testing.broker_suite.waiting import WaitPromises  # noqa: E402


class BrokerSuite(
    SubmitPromises,
    LookPromises,
    ExplainPromises,
    FollowPromises,
    SubscribePromises,
    DispatchPromises,
    SettlePromises,
    DrainPromises,
    LossPromises,
    SteerPromises,
    RegisterPromises,
    SchedulePromises,
    VariablePromises,
    FlushPromises,
    WaitPromises,
):
    """What every `Broker` promises."""


__all__ = ["FAST", "BrokerSuite"]
