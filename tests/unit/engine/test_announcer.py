"""The announcer: other brokers are told of work, each lane once at a time."""

import anyio
import pytest

from qtasks.core.records import Lane
from qtasks.core.signals import Work
from qtasks.engine.announcer import Announcer
from qtasks.errors import StorageUnavailable

pytestmark = pytest.mark.anyio

MAIL, FILMS = Lane("shop", "mail", "send"), Lane("shop", "films", "encode")


class Channel:
    """What of a storage is needed: where signals go, one at a time as the test allows."""

    def __init__(self, room: int = 0) -> None:
        self.said: list[Work] = []
        self.asked = anyio.Event()
        self.room = anyio.Semaphore(room)
        self.error: Exception | None = None

    async def publish(self, signal: Work) -> None:
        self.asked.set()
        await self.room.acquire()
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.said.append(signal)


async def test_what_comes_while_others_are_told_goes_once() -> None:
    channel = Channel()
    async with Announcer(channel) as announcer:
        announcer.arrived(MAIL)
        await channel.asked.wait()
        for _ in range(5):
            announcer.arrived(FILMS)
            announcer.arrived(MAIL)
        for _ in range(9):
            channel.room.release()
    assert channel.said == [Work(MAIL), Work(FILMS), Work(MAIL)]


async def test_who_leaves_tells_first() -> None:
    channel = Channel(room=2)
    async with Announcer(channel) as announcer:
        announcer.arrived(MAIL)
        announcer.arrived(FILMS)
    assert channel.said == [Work(MAIL), Work(FILMS)]


@pytest.mark.parametrize("error", [StorageUnavailable(), ValueError("a fault")])
async def test_it_outlives_what_goes_wrong(error: Exception) -> None:
    """What waits behind is not told either: it would only wait as long."""
    channel = Channel(room=2)
    channel.error = error
    async with Announcer(channel) as announcer:
        announcer.arrived(MAIL)
        announcer.arrived(FILMS)
        await channel.asked.wait()
        await anyio.wait_all_tasks_blocked()
        announcer.arrived(MAIL)
    assert channel.said == [Work(MAIL)]
