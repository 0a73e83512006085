"""What a test sees of a task: its events as they come, and what it waits for in them."""

from collections.abc import Callable
from contextlib import aclosing, asynccontextmanager

import anyio


class Seen:
    """The events of a task as one watcher sees them, in one iteration."""

    def __init__(self):
        self.events = []
        self._news = anyio.Event()

    @classmethod
    @asynccontextmanager
    async def of(cls, handle):
        """Watch a task as long as the block lasts, or to the task's end."""
        seen = cls()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(seen._watch, handle)
            yield seen
            tasks.cancel_scope.cancel()

    async def _watch(self, handle):
        async with aclosing(handle.watch()) as events:
            async for event in events:
                self.events.append(event)
                self._news.set()

    async def first(self, matches: Callable):
        """The first event that matches, as soon as it is there."""
        looked = 0
        while True:
            for event in self.events[looked:]:
                if matches(event):
                    return event
            looked = len(self.events)
            self._news = anyio.Event()
            await self._news.wait()

    async def kind(self, kind, attempt=None):
        """The first event of a kind, of any or of one attempt."""
        return await self.first(
            lambda event: event.kind == kind and attempt in (None, event.attempt)
        )

    async def end(self):
        """The task as it ended."""
        return (await self.kind("end")).task

    @property
    def values(self):
        """What was yielded so far."""
        return [event.value for event in self.events if event.kind == "yield"]

    def values_of(self, attempt):
        """What one attempt yielded."""
        events = [one for one in self.events if one.attempt == attempt]
        return [one.value for one in events if one.kind == "yield"]

    @property
    def words(self):
        """States and kinds, in order."""
        return [event.state or event.kind for event in self.events]

    def assert_complete(self):
        """Each event was seen once, in order, with none left out."""
        numbers = [event.seq for event in self.events]
        assert numbers == list(range(1, len(numbers) + 1))
