"""What plugins of the component `stats` get and may return."""

from qtasks.given.base import Given
from qtasks.stats import AsyncStats, SyncStats


class StatsInspectGiven(Given):
    """What a handler of `stats_inspect` gets."""

    stats: AsyncStats | SyncStats
