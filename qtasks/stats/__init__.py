"""Stats: what an app consists of, as text for people and as JSON for programs.

    print(SyncStats(app).inspect().tasks())

It describes the app in this process and talks to no broker; `qtasks stats` and
`qtasks top` show what happens on one.
"""

from qtasks.stats.inspection import InspectStats
from qtasks.stats.stats import AsyncStats, SyncStats

__all__ = ["AsyncStats", "InspectStats", "SyncStats"]
