"""The timers: they submit an app's tasks at certain times, over APScheduler's triggers."""

from qtasks.timers.timer import AsyncTimer, SyncTimer

__all__ = ["AsyncTimer", "SyncTimer"]
