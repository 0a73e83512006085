"""How commands run: in one loop, and with the broker when they need it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from qtasks import loops
from qtasks.abc.broker import Broker
from qtasks.cli.exits import sole_error
from qtasks.urls import broker_from_url

T = TypeVar("T")


def call(broker_url: str, talk: Callable[[Broker], Awaitable[T]]) -> T:
    """Run what a command does with the broker, to its end."""

    async def connected() -> T:
        async with broker_from_url(broker_url) as broker:
            return await talk(broker)

    return run(connected)


def run(main: Callable[[], Awaitable[T]]) -> T:
    """Run a command's coroutine; errors come out alone, as commands raise them."""
    with one_error():
        return loops.run(main)


@contextmanager
def one_error() -> Iterator[None]:
    """Let errors out alone that happened in a group."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise sole_error(group) from group
