"""The app for asynchronous programs: `from qtasks.asyncio import QueueTasks`."""

from qtasks.app import QueueTasks

__all__ = ["QueueTasks"]
