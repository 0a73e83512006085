"""How every RPC is answered: errors become statuses, streams end when told."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any, Protocol

import anyio
import grpc
from google.protobuf.message import DecodeError

from qtasks.errors import BrokerDraining, InvalidField, QtasksError
from qtasks.transport.status import RichStatus

logger = logging.getLogger(__name__)

Method = Callable[[Any, Any], Awaitable[Any]]
"""A servicer's method: a request, or an iterator of them, and a context."""


class Answering:
    """A server to register servicers with, so that each call is answered as it should.

    Stands in for the `grpc.aio.Server` that generated code adds handlers to. Calls end
    with a status of ours: errors carry details, and bytes that are no message are
    refused instead of being logged as a failure of the broker.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def register(self, add: Callable[..., None], servicer: object) -> None:
        """Register a servicer through the function generated for its service.

        Servicers write their streams to the context, because a generator may not hold
        the task group that feeds it; the generated base classes know only generators, so
        they are not used.
        """
        add(servicer, self)

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Take nothing: generated code calls this first, with handlers it then names.

        It calls `add_registered_method_handlers` next, with the same by method, and only
        those can be answered for one by one.
        """

    def add_registered_method_handlers(
        self, service: str, handlers: dict[str, Any]
    ) -> None:
        """Register the methods of a service."""
        answered = {name: _answered(name, one) for name, one in handlers.items()}
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, answered),)
        )


class Malformed:
    """Stands in for a request that could not be read."""

    def __init__(self, error: DecodeError) -> None:
        self.error = InvalidField(f"the request is not a message of ours: {error}")


def well_formed(request: Any) -> Any:
    """The request, if it could be read; else raises why not."""
    if isinstance(request, Malformed):
        raise request.error
    return request


def _answered(name: str, handler: Any) -> Any:
    read = handler.request_deserializer

    def tolerant(data: bytes) -> Any:
        try:
            return read(data)
        except DecodeError as error:
            return Malformed(error)

    kinds = ("unary_unary", "unary_stream", "stream_stream")
    (kind,) = (kind for kind in kinds if getattr(handler, kind) is not None)
    behavior = guarded(name, getattr(handler, kind))
    return handler._replace(request_deserializer=tolerant, **{kind: behavior})


def guarded(name: str, method: Method) -> Method:
    """Turn the errors of a servicer's method into statuses with details."""

    async def answer(request: Any, context: Any) -> Any:
        try:
            return await method(well_formed(request), context)
        except* QtasksError as group:
            error = _first(group)
        except* Exception:
            failure = token_hex(4)
            logger.exception("call failed", extra={"rpc": name, "failure": failure})
            error = QtasksError(
                f"the broker failed; its log says why, as failure {failure}",
                failure=failure,
            )
        await context.abort_with_status(RichStatus(error))
        return None

    return answer


def _first(group: BaseExceptionGroup[Any]) -> Any:
    error = group.exceptions[0]
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Channel(Protocol):
    """The broker's end of a bidirectional stream."""

    async def send(self, frame: Any) -> None:
        """Take what the client sent."""

    async def receive(self) -> Any:
        """What to send to the client."""


async def write(context: Any, message: Any) -> None:
    """Write a message of a stream, to its end even when the stream is to be ended.

    A write that is cut short leaves the call without a status: the one to end it with is
    then "too many operations" for gRPC, and the client would wait for ever.
    """
    with anyio.CancelScope(shield=True):
        await context.write(message)


async def exchange(requests: Any, context: Any, channel: Channel) -> None:
    """Pass messages both ways until the client is done; one reader, one writer."""

    async def write_all() -> None:
        while True:
            await write(context, await channel.receive())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write_all, name="write")
        async for request in requests:
            await channel.send(well_formed(request))
        tasks.cancel_scope.cancel()


class OpenStreams:
    """The calls that wait for what tasks do, so that a drain can end them."""

    def __init__(self) -> None:
        self._scopes: set[anyio.CancelScope] = set()
        self._draining = False

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold a call open; raises `BrokerDraining` when it is told to end."""
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
        """End every call; clients resume elsewhere from the last number they saw."""
        self._draining = True
        for scope in list(self._scopes):
            scope.cancel()
