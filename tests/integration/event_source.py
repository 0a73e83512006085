"""A reader of server-sent events, as far as tests need one."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

SECONDS = 30


@dataclass
class Message:
    """One event of a stream."""

    event: str = ""
    id: str = ""
    data: Any = None


@dataclass
class Reader:
    """What came over a stream."""

    lines: AsyncIterator[str]
    comments: list[str] = field(default_factory=list)

    async def __aiter__(self) -> AsyncIterator[Message]:
        message = Message()
        async for line in self.lines:
            name, _, value = line.partition(": ")
            if not line:
                if message.event:
                    yield message
                message = Message()
            elif line.startswith(":"):
                self.comments.append(line)
            elif name == "data":
                message.data = json.loads(value)
            else:
                setattr(message, name, value)

    async def all(self) -> list[Message]:
        """Everything until the stream ends."""
        return [message async for message in self]

    async def until(self, event: str) -> list[Message]:
        """Everything up to the first event of a name."""
        seen = []
        async with aclosing(self.__aiter__()) as messages:
            async for message in messages:
                seen.append(message)
                if message.event == event:
                    return seen
        raise AssertionError(f"no {event} came, but {seen}")


@asynccontextmanager
async def stream(client: httpx.AsyncClient, url: str, last: str = ""):
    """A stream that goes on after an event, as a browser asks for it."""
    headers = {"Accept": "text/event-stream"} | (
        {"Last-Event-ID": last} if last else {}
    )
    async with client.stream("GET", url, headers=headers, timeout=SECONDS) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Reader(response.aiter_lines())
