"""Calls: what a client driver was asked for, and what it has said so far."""

from collections.abc import Callable
from typing import Any

import anyio

Document = dict[str, Any]


class Call:
    """A request, the events that came, and the answer once it is there.

    Args:
        number: Its `id`.
        after: The number of the event before the first that it should see.
    """

    def __init__(self, number: int, after: int = 0) -> None:
        self.number = number
        self.after = after
        self.events: list[Document] = []
        self.answer: Document | None = None
        self._news = anyio.Event()

    def hear(self, document: Document) -> None:
        """Take what the driver says of it."""
        if "event" in document:
            self.events.append(document["event"])
        else:
            self.answer = document
        self._news.set()

    async def answered(self) -> Document:
        """The answer, as soon as it is there."""
        while self.answer is None:
            await self._wait()
        return self.answer

    async def until(self, wanted: Callable[[Document], bool]) -> Document:
        """The first event that is wanted, as soon as it is there."""
        looked = 0
        while True:
            for event in self.events[looked:]:
                if wanted(event):
                    return event
            looked = len(self.events)
            assert self.answer is None, f"it ended before: {self.answer}"
            await self._wait()

    async def _wait(self) -> None:
        self._news = anyio.Event()
        await self._news.wait()


class Calls:
    """The calls of one client, by number."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}

    def made(self, fields: Document) -> Call:
        """A call for a request that is about to be sent."""
        call = Call(len(self._calls) + 1, int(fields.get("afterSeq", 0)))
        self._calls[call.number] = call
        return call

    def hear(self, document: Document) -> None:
        """Take what the client says."""
        self._calls[document["id"]].hear(document)
