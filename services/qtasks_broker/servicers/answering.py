"""How every RPC is answered: errors become statuses, streams end when told."""

import functools
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import anyio

from qtasks.errors import BrokerDraining, QtasksError
from qtasks.transport.status import RichStatus

logger = logging.getLogger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])


def rpc(handler: Handler) -> Handler:
    """Turn errors of a servicer's method into statuses with details."""

    @functools.wraps(handler)
    async def answer(self: object, request: Any, context: Any) -> Any:  # noqa: ANN401
        try:
            return await handler(self, request, context)
        except* QtasksError as group:
            error = _first(group)
        except* Exception as group:
            logger.exception("call failed", extra={"rpc": handler.__name__})
            error = QtasksError(f"the broker failed: {_first(group)!r}; see its log")
        await context.abort_with_status(RichStatus(error))
        return None

    return answer  # type: ignore[return-value]  # same signature


def _first(group: BaseExceptionGroup[Any]) -> Any:  # noqa: ANN401
    error = group.exceptions[0]
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Channel(Protocol):
    """The broker's end of a bidirectional stream."""

    async def send(self, frame: Any) -> None:  # noqa: ANN401
        """Take what the client sent."""

    async def receive(self) -> Any:  # noqa: ANN401
        """What to send to the client."""


async def exchange(requests: Any, context: Any, channel: Channel) -> None:  # noqa: ANN401
    """Pass messages both ways until the client is done; one reader, one writer."""

    async def write() -> None:
        while True:
            await context.write(await channel.receive())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write, name="write")
        async for request in requests:
            await channel.send(request)
        tasks.cancel_scope.cancel()


class OpenStreams:
    """The streams that clients follow tasks on, so that a drain can end them."""

    def __init__(self) -> None:
        self._scopes: set[anyio.CancelScope] = set()
        self._draining = False

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold a stream open; raises `BrokerDraining` when it is told to end."""
        if self._draining:
            raise BrokerDraining
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                yield
            finally:
                self._scopes.discard(scope)
        if scope.cancelled_caught:
            raise BrokerDraining

    def end(self) -> None:
        """End every stream; clients resume elsewhere from the last number they saw."""
        self._draining = True
        for scope in list(self._scopes):
            scope.cancel()
