"""The memory storage: for tests, and for tasks that may die with the process."""

from qtasks.storages.memory.storage import MemoryStorage

__all__ = ["MemoryStorage"]
