"""A TCP proxy whose connections a test cuts."""

from collections.abc import Callable
from contextlib import suppress

import anyio
from anyio.abc import ByteStream, Listener, SocketAttribute, TaskGroup


class Proxy:
    """Passes on what goes between a driver and a broker, until it is cut.

    Args:
        port_of_broker: Tells where the broker listens now.
        tasks: Where connections are served.
    """

    def __init__(self, port_of_broker: Callable[[], int], tasks: TaskGroup) -> None:
        self._port_of_broker = port_of_broker
        self._tasks = tasks
        self._connections: set[anyio.CancelScope] = set()
        self._life = anyio.CancelScope()
        self.port = 0

    async def start(self) -> None:
        """Listen."""
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.port = listener.extra_attributes[SocketAttribute.local_port]()
        self._tasks.start_soon(self._listen, listener)

    async def _listen(self, listener: Listener[ByteStream]) -> None:
        with self._life:
            async with listener:
                await listener.serve(self._serve)

    def close(self) -> None:
        """Listen no more, and break what there is."""
        self._life.cancel()

    def cut(self) -> None:
        """Break every connection there is; new ones are served."""
        assert self._connections, "there is no connection to cut"
        for connection in self._connections:
            connection.cancel()

    async def _serve(self, client: ByteStream) -> None:
        with anyio.CancelScope() as scope, suppress(OSError):
            self._connections.add(scope)
            try:
                async with (
                    client,
                    await anyio.connect_tcp("127.0.0.1", self._port_of_broker()) as up,
                    anyio.create_task_group() as tasks,
                ):
                    tasks.start_soon(self._pass, client, up, scope)
                    await self._pass(up, client, scope)
            finally:
                self._connections.discard(scope)

    @staticmethod
    async def _pass(
        source: ByteStream, target: ByteStream, scope: anyio.CancelScope
    ) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for data in source:
                await target.send(data)
        scope.cancel()
