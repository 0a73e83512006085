"""A broker in memory: the engine itself, with nothing outside this process."""

from qtasks.brokers.local import LocalBroker
from qtasks.clock import SYSTEM_CLOCK, Clock
from qtasks.engine.settings import EngineSettings
from qtasks.storages.memory import MemoryStorage
from qtasks.testing.clock import FakeClock

DAY = 86_400.0
UNMOVED = EngineSettings(
    lease=36_500 * DAY,  # a worker in this process does not die while time is moved on
    reconnect_grace=0.0,
    maintenance=DAY,  # moving the clock has everybody look anyway
)
"""What suits a clock that stands still until it is moved."""


def memory_broker(
    clock: Clock | None = None, settings: EngineSettings | None = None
) -> LocalBroker:
    """A broker that keeps everything in this process: the engine on memory.

        app = QueueTasks("shop", broker=memory_broker())

    It is the broker every deployment has, not an imitation; only its storage forgets.

    Args:
        clock: What time it is there; that of this machine, if none is given.
        settings: Limits and lengths, instead of those that suit the clock.
    """
    clock = clock or SYSTEM_CLOCK
    if settings is None:
        settings = UNMOVED if isinstance(clock, FakeClock) else EngineSettings()
    return LocalBroker(MemoryStorage(clock=clock), settings)
