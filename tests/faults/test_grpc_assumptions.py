"""What we found grpc.aio to do, and build on: when a release changes it, look again.

Each test is one trap. Those that show our guard beside it say how the trap is avoided.
"""

from contextlib import asynccontextmanager

import anyio
import grpc
import pytest
from grpc_reflection.v1alpha import reflection, reflection_pb2

from qtasks.engine.settings import MAX_FRAME_BYTES
from qtasks.errors import BrokerUnavailable
from qtasks.transport.calls import Duplex, unary
from qtasks.transport.options import (
    CLIENT,
    KEEPALIVE_MS,
    MAX_MESSAGE_BYTES,
    SERVER,
)

SERVICE = "trap.Trap"
PINGS_PER_STRIKE = 2
LARGE = 1_000_000
"""Bytes of a message that does not fit into a window of flow control."""


class TrapService:
    """A service that shows what grpc.aio does, with bytes as messages."""

    def __init__(self):
        self.refused = 0

    async def never(self, _request, _context):
        await anyio.sleep_forever()

    async def echo(self, requests, context):
        async for request in requests:
            await context.write(request)

    async def silent(self, requests, _context):
        async for _ in requests:
            pass

    async def shout(self, requests, context):
        """Write two large messages at once, when told to."""
        async for _ in requests:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write, context)
                tasks.start_soon(self._write, context)

    async def _write(self, context):
        try:
            await context.write(bytes(LARGE))
        except grpc.aio.BaseError:
            self.refused += 1

    @asynccontextmanager
    async def serving(self):
        """Serve it; the server and its port."""
        server = grpc.aio.server(options=SERVER)
        stream = grpc.stream_stream_rpc_method_handler
        methods = {
            "Never": grpc.unary_unary_rpc_method_handler(self.never),
            "Echo": stream(self.echo),
            "Silent": stream(self.silent),
            "Shout": stream(self.shout),
        }
        handler = grpc.method_handlers_generic_handler(SERVICE, methods)
        server.add_generic_rpc_handlers((handler,))
        port = server.add_insecure_port("127.0.0.1:0")
        reflection.enable_server_reflection([SERVICE], server)
        await server.start()
        try:
            yield server, port
        finally:
            await server.stop(None)


class Traps:
    """Both ends: a channel, what it calls, and the service behind it."""

    def __init__(self, channel, server, service):
        self.server = server
        self.service = service
        self.never = channel.unary_unary(f"/{SERVICE}/Never")
        self.echo = channel.stream_stream(f"/{SERVICE}/Echo")
        self.silent = channel.stream_stream(f"/{SERVICE}/Silent")
        self.shout = channel.stream_stream(f"/{SERVICE}/Shout")
        self.reflection = {
            version: channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
            )
            for version in ("v1alpha", "v1")
        }


@pytest.fixture
async def traps():
    service = TrapService()
    async with (
        service.serving() as (server, port),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=CLIENT) as channel,
    ):
        yield Traps(channel, server, service)


async def test_1_a_scope_around_a_read_ends_the_stream(traps):
    call = traps.echo()
    await call.write(b"one")
    assert await call.read() == b"one"
    with anyio.move_on_after(0.01):
        await call.read()
    assert await call.code() is grpc.StatusCode.CANCELLED


async def test_2_two_writes_at_once_fail_on_a_server(traps):
    """The second is refused as soon as the first one has to wait for the client.

    A client has a little more room, which depends on sizes and on luck.
    """
    call = traps.shout()
    await call.write(b"now")
    assert len(await call.read()) == LARGE
    assert traps.service.refused == 1


async def test_2_ours_writes_one_after_another(traps):
    stream = Duplex(traps.echo())
    async with anyio.create_task_group() as tasks:
        for number in range(16):
            tasks.start_soon(stream.send, bytes([number]))
        received = {await stream.receive() for _ in range(16)}
    assert received == {bytes([number]) for number in range(16)}


async def test_3_a_message_over_the_limit_kills_the_whole_stream(traps):
    call = traps.echo()
    await call.write(b"fits")
    assert await call.read() == b"fits"
    await call.write(bytes(MAX_MESSAGE_BYTES + 1))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_3_ours_are_closed_early_enough(traps):
    """A frame may take one more item after it is full, and both sides take it."""
    call = traps.echo()
    await call.write(bytes(2 * MAX_FRAME_BYTES - 1))
    assert len(await call.read()) == 2 * MAX_FRAME_BYTES - 1


async def test_6_the_keepalive_of_our_clients_is_not_too_much_for_our_servers():
    client, server = dict(CLIENT), dict(SERVER)
    least = server["grpc.http2.min_recv_ping_interval_without_data_ms"]
    assert client["grpc.keepalive_time_ms"] == KEEPALIVE_MS
    assert client["grpc.keepalive_time_ms"] >= PINGS_PER_STRIKE * least
    assert server["grpc.keepalive_permit_without_calls"] == 1
    # Proxies cut what is idle for a minute.
    assert KEEPALIVE_MS < 50_000


async def test_9_a_scope_around_a_unary_call_leaks_its_cancellation(traps):
    """A bare await: the scope ends, but cancels whatever is awaited next as well."""
    leaked = False
    try:
        with anyio.move_on_after(0.01):
            await traps.never(b"")
    except BaseException:  # noqa: BLE001  # CancelledError, which nobody may swallow
        leaked = True
    assert leaked


async def test_9_ours_does_not(traps):
    with anyio.move_on_after(0.01) as scope:
        await unary(traps.never(b""))
    assert scope.cancelled_caught
    await anyio.lowlevel.checkpoint()


async def test_13_reflection_comes_as_v1alpha_only_by_itself(traps):
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    call = traps.reflection["v1alpha"]()
    await call.write(request.SerializeToString())
    response = reflection_pb2.ServerReflectionResponse.FromString(await call.read())
    assert [one.name for one in response.list_services_response.service] == [SERVICE]
    call = traps.reflection["v1"]()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_write_into_a_dead_stream_does_not_say_why(traps):
    """It is INTERNAL, as if the broker had failed; ours say that the broker is gone."""
    call = traps.silent()
    stream = Duplex(call)
    await stream.send(b"taken")
    await traps.server.stop(None)

    async def write_until_refused():
        while True:
            await stream.send(bytes(LARGE))

    with pytest.raises(BrokerUnavailable):
        await write_until_refused()
    with pytest.raises(BrokerUnavailable):
        await stream.receive()
