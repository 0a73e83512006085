"""Calls that end on this side: told apart from tasks that are cancelled."""

import asyncio
import socket
from contextlib import asynccontextmanager

import anyio
import grpc
import pytest

from qtasks.errors import BrokerUnavailable
from qtasks.transport.calls import duplex, reading, unary

pytestmark = pytest.mark.anyio

WITHIN = 20.0
"""Seconds; what hangs is a failure."""
MORE_THAN_THE_WINDOW = b"x" * 1_000_000


class Silent:
    """A server that takes calls, says so, and then neither reads nor answers."""

    def __init__(self):
        self.called = anyio.Event()

    async def wait(self, *_):
        self.called.set()
        await anyio.sleep_forever()

    @asynccontextmanager
    async def channel(self):
        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.wait),
            "Read": grpc.unary_stream_rpc_method_handler(self.wait),
            "Both": grpc.stream_stream_rpc_method_handler(self.wait),
        }
        server = grpc.aio.server()
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("silent", handlers),)
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                with anyio.fail_after(WITHIN):
                    yield channel
        finally:
            await server.stop(None)


async def call_unary(channel):
    await unary(channel.unary_unary("/silent/Unary")(b""))


async def read_responses(channel):
    async with reading(channel.unary_stream("/silent/Read")(b"")) as responses:
        await anext(responses)


async def receive(channel):
    async with duplex(channel.stream_stream("/silent/Both")()) as stream:
        await stream.send(b"")
        await stream.receive()


async def send(channel):
    async with duplex(channel.stream_stream("/silent/Both")()) as stream:
        while True:
            await stream.send(MORE_THAN_THE_WINDOW)


every_call = pytest.mark.parametrize(
    "call", [call_unary, read_responses, receive, send]
)


@pytest.fixture(scope="module", autouse=True)
async def one_loop():
    """The same event loop for all tests: grpc.aio may have something to say to the loop
    of a test that is over, and a closed one would fail the next test."""
    yield  # noqa: PT022  # the loop lasts as long as this is not left


@pytest.fixture
async def server():
    return Silent()


@every_call
async def test_a_closed_channel_is_an_error_and_no_cancellation(server, call):
    async with server.channel() as channel:
        with pytest.RaisesGroup(
            pytest.RaisesExc(BrokerUnavailable, match="the connection was closed")
        ):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call, channel)
                await server.called.wait()
                await channel.close()


@every_call
async def test_a_cancelled_scope_ends_the_call_and_goes_on_behind_it(server, call):
    async with server.channel() as channel, anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            tasks.start_soon(cancel_once_called, server, scope)
            await call(channel)
        assert scope.cancelled_caught
        # Nothing of the cancellation is left in this task.
        await anyio.lowlevel.checkpoint()
        assert asyncio.current_task().cancelling() == 0


async def cancel_once_called(server, scope):
    await server.called.wait()
    scope.cancel()


@every_call
async def test_a_cancelled_task_stays_cancelled(server, call):
    async with server.channel() as channel:
        loop = asyncio.get_running_loop()
        task = loop.create_task(call(channel))
        await server.called.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()


@every_call
async def test_a_closed_channel_ends_a_cancelled_group_without_an_error(server, call):
    async with server.channel() as channel, anyio.create_task_group() as tasks:
        tasks.start_soon(call, channel)
        await server.called.wait()
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await channel.close()


@asynccontextmanager
async def unconnected():
    """A channel to a port where nobody speaks: no call of it is ever sent."""
    with socket.create_server(("127.0.0.1", 0)) as silent, anyio.fail_after(WITHIN):
        port = silent.getsockname()[1]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            channel.get_state(try_to_connect=True)
            state = channel.get_state()
            while state is not grpc.ChannelConnectivity.CONNECTING:
                await channel.wait_for_state_change(state)
                state = channel.get_state()
            yield channel


async def test_a_first_send_ends_with_its_channel():
    async with unconnected() as channel:
        with pytest.RaisesGroup(BrokerUnavailable):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send, channel)
                await anyio.wait_all_tasks_blocked()
                await channel.close()


async def test_a_first_send_can_be_cancelled():
    async with unconnected() as channel:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send, channel)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        task = asyncio.get_running_loop().create_task(send(channel))
        await anyio.wait_all_tasks_blocked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()


async def test_sending_again_on_a_stream_that_is_over():
    async with (
        unconnected() as channel,
        duplex(channel.stream_stream("/silent/Both")()) as stream,
    ):
        await channel.close()
        for _ in range(2):
            with pytest.raises(BrokerUnavailable):
                await stream.send(b"")


async def test_a_receive_ends_when_another_task_leaves_the_stream(server):
    async def leave(call):
        async with duplex(call) as stream:
            await stream.send(b"")
            await server.called.wait()

    async def follow(stream):
        with pytest.raises(BrokerUnavailable):
            await stream.receive()

    async with server.channel() as channel:
        call = channel.stream_stream("/silent/Both")()
        async with duplex(call) as stream, anyio.create_task_group() as tasks:
            tasks.start_soon(follow, stream)
            tasks.start_soon(leave, call)
