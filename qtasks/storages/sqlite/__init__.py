"""The SQLite storage: one file, one broker, nothing else to install."""

from qtasks.storages.sqlite.storage import SqliteStorage

__all__ = ["SqliteStorage"]
