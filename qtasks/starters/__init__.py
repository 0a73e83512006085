"""The starters: they bring an app's components up and down around its worker."""

from qtasks.starters.starter import AsyncStarter, SyncStarter

__all__ = ["AsyncStarter", "SyncStarter"]
