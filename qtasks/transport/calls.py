"""Calls: the one way each kind of RPC is awaited here, with errors turned at the border.

grpc.aio has traps that these functions are the guard against: a scope around a read
ends the whole stream, a third concurrent write kills it, and an awaited unary call breaks
anyio's cancellation (grpc issue 43502). A call that ends on this side, because it was
cancelled or its channel closed, raises `CancelledError` in whoever awaits it, as if they
were cancelled themselves: a task in a group would end without a word.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import anyio
import grpc

from qtasks.errors import BrokerUnavailable, QtasksError
from qtasks.transport.status import from_rpc

Request = TypeVar("Request")
Response = TypeVar("Response")

STREAM_GONE = "Internal error from Core"
"""What grpc.aio itself says, as INTERNAL, when a write finds the stream gone."""
CLOSED = "the connection was closed"
"""What is said of calls that this side ended, or a broker that stopped."""


async def unary(call: Awaitable[Response]) -> Response:
    """Await a unary call.

    Raises:
        QtasksError: what the status stands for.
    """
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from error
    except asyncio.CancelledError:
        await _unless_cancelled()
        raise


async def _unless_cancelled() -> None:
    """Tell a call that ended on this side from a task that is cancelled.

    Raises:
        BrokerUnavailable: nobody cancelled the current task.
    """
    await anyio.lowlevel.checkpoint_if_cancelled()
    task = asyncio.current_task()
    if task is None or not task.cancelling():
        raise BrokerUnavailable(CLOSED) from None


@asynccontextmanager
async def reading(
    call: "grpc.aio.UnaryStreamCall[Any, Response]",
) -> AsyncIterator[AsyncIterator[Response]]:
    """Iterate over the responses of a stream; leaving ends the call."""
    try:
        yield _responses(call)
    finally:
        call.cancel()


async def _responses(
    call: "grpc.aio.UnaryStreamCall[Any, Response]",
) -> AsyncIterator[Response]:
    try:
        async for response in call:
            yield response
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from error
    except asyncio.CancelledError:
        await _unless_cancelled()
        raise


class Duplex(Generic[Request, Response]):
    """A bidirectional stream: one task may send while another receives."""

    def __init__(self, call: "grpc.aio.StreamStreamCall[Request, Response]") -> None:
        self._call = call
        self._sending = anyio.Lock()
        self._is_open = False

    async def send(self, request: Request) -> None:
        """Send a message; returns when gRPC took it."""
        async with self._sending:
            if self._is_open:
                await self._write(request)
                return
            # The first write waits for a connection, and grpc.aio forgets to wake it
            # when the channel is closed before there is one.
            with anyio.CancelScope() as ended:
                self._call.add_done_callback(lambda _: ended.cancel())
                await self._write(request)
                self._is_open = True
            if not self._is_open:
                raise await self._why(None)

    async def _write(self, request: Request) -> None:
        try:
            await self._call.write(request)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            raise await self._why(error) from error
        except asyncio.CancelledError:
            await _unless_cancelled()
            raise

    async def receive(self) -> Response:
        """The next message. A receive that is cancelled ends the stream."""
        try:
            response = await self._call.read()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            raise await self._why(error) from error
        except asyncio.CancelledError:
            await _unless_cancelled()
            raise
        if response is grpc.aio.EOF:
            raise await self._why(None)
        return response  # type: ignore[return-value]  # EOF is excluded

    async def _why(self, error: Exception | None) -> QtasksError:
        # Whoever cancelled this task may have ended the call in the same breath.
        await anyio.lowlevel.checkpoint_if_cancelled()
        if isinstance(error, grpc.aio.AioRpcError):
            return _reason(error)
        code = await self._call.code()
        if code is grpc.StatusCode.OK:
            return BrokerUnavailable("the broker ended the stream")
        rpc_error = grpc.aio.AioRpcError(
            code,
            await self._call.initial_metadata(),
            await self._call.trailing_metadata(),
            details=await self._call.details(),
        )
        return _reason(rpc_error)


def _reason(error: grpc.aio.AioRpcError) -> QtasksError:
    """Why a stream ended."""
    if error.code() is grpc.StatusCode.CANCELLED:
        return BrokerUnavailable(CLOSED)
    if error.code() is grpc.StatusCode.INTERNAL and error.details() == STREAM_GONE:
        return BrokerUnavailable("the stream to the broker broke")
    return from_rpc(error)


@asynccontextmanager
async def duplex(
    call: "grpc.aio.StreamStreamCall[Request, Response]",
) -> AsyncIterator[Duplex[Request, Response]]:
    """Hold a bidirectional stream open; leaving ends the call."""
    try:
        yield Duplex(call)
    finally:
        call.cancel()
