"""The server: servicers on a socket, health, reflection, channelz, and a clean end."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from qtasks import v1
from qtasks.brokers import LocalBroker
from qtasks.errors import SettingsError
from qtasks.transport.options import SERVER
from qtasks.v1.queue_service_pb2_grpc import add_QueueServiceServicer_to_server
from qtasks.v1.schedule_service_pb2_grpc import (
    add_ScheduleServiceServicer_to_server,
)
from qtasks.v1.stats_service_pb2_grpc import add_StatsServiceServicer_to_server
from qtasks.v1.task_service_pb2_grpc import add_TaskServiceServicer_to_server
from qtasks.v1.variable_service_pb2_grpc import add_VariableServiceServicer_to_server
from qtasks.v1.worker_service_pb2_grpc import add_WorkerServiceServicer_to_server
from qtasks_broker.servicers.answering import Answering, OpenStreams
from qtasks_broker.servicers.queue import QueueServicer
from qtasks_broker.servicers.reflection import V1, ReflectionServicer
from qtasks_broker.servicers.schedule import ScheduleServicer
from qtasks_broker.servicers.stats import StatsServicer
from qtasks_broker.servicers.task import TaskServicer
from qtasks_broker.servicers.typed import TypedServicer
from qtasks_broker.servicers.variable import VariableServicer
from qtasks_broker.servicers.worker import WorkerServicer
from qtasks_broker.tls import ServerTls
from qtasks_broker.tokens import TokenGuard, TokensFile
from qtasks_broker.typed.directory import Directory

logger = logging.getLogger(__name__)

CHANNELZ = "grpc.channelz.v1.Channelz"
STREAMS_END_WITHIN = 1.0
"""Seconds that streams get to unwind once they were told to end."""


class Server:
    """A broker on a socket."""

    def __init__(
        self, broker: LocalBroker, server: grpc.aio.Server, host: str, port: int
    ) -> None:
        self._broker = broker
        self._server = server
        self._streams = OpenStreams()
        self._health = health.aio.HealthServicer()
        self.port = port
        """The port it listens on."""
        self.address = address_of(host, port)
        """The host and the port, as they stand in a url."""

    async def start(self) -> None:
        """Register everything and answer calls."""
        server, broker = Answering(self._server), self._broker
        tasks = TaskServicer(broker, self._streams)
        server.register(add_TaskServiceServicer_to_server, tasks)
        server.register(add_WorkerServiceServicer_to_server, WorkerServicer(broker))
        server.register(add_QueueServiceServicer_to_server, QueueServicer(broker))
        schedules = ScheduleServicer(broker)
        server.register(add_ScheduleServiceServicer_to_server, schedules)
        stats = StatsServicer(broker, self._streams)
        server.register(add_StatsServiceServicer_to_server, stats)
        variables = VariableServicer(broker)
        server.register(add_VariableServiceServicer_to_server, variables)
        directory = Directory(broker.engine.registry, broker.storage)
        typed = TypedServicer(broker, directory, self._streams)
        self._server.add_generic_rpc_handlers((typed,))
        self._reflect(server, directory)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        channelz.add_channelz_servicer(self._server)
        for name in ("", *_names()):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        await self._server.start()

    def _reflect(self, server: Answering, directory: Directory) -> None:
        """Serve reflection as v1alpha and as v1: the messages are the same."""
        names = (*_names(), health.SERVICE_NAME, CHANNELZ)
        handlers = ReflectionServicer(names, directory).handlers()
        for name in (reflection.SERVICE_NAME, V1):
            server.add_registered_method_handlers(name, handlers)

    async def drain(self, grace: float) -> None:
        """Send everybody elsewhere within `grace` seconds: health, workers, watchers."""
        await self._health.enter_graceful_shutdown()
        await self._broker.drain(max(0.0, grace - STREAMS_END_WITHIN))
        self._streams.end()
        await self._server.stop(STREAMS_END_WITHIN)


def _names() -> list[str]:
    services = [
        service
        for module in (
            v1.task_service_pb2,
            v1.worker_service_pb2,
            v1.queue_service_pb2,
            v1.schedule_service_pb2,
            v1.stats_service_pb2,
            v1.variable_service_pb2,
        )
        for service in module.DESCRIPTOR.services_by_name.values()
    ]
    return [service.full_name for service in services]


def address_of(host: str, port: int) -> str:
    """The host and the port as they stand in a url: IPv6 addresses in brackets."""
    bare = host.removeprefix("[").removesuffix("]")
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


@asynccontextmanager
async def serving(
    broker: LocalBroker,
    host: str,
    port: int,
    *,
    tls: ServerTls | None = None,
    tokens: TokensFile | None = None,
) -> AsyncIterator[Server]:
    """Serve an entered broker; leaving stops at once, `drain` first for a clean end.

    Args:
        broker: What answers.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        tls: Encrypts; without it, calls travel in plain text.
        tokens: Who may call; without it, whoever can connect.

    Raises:
        SettingsError: the address can't be listened on.
    """
    guards = [TokenGuard(tokens)] if tokens is not None else []
    server = grpc.aio.server(options=SERVER, interceptors=guards)
    address = address_of(host, port)
    try:
        if tls is not None:
            bound = server.add_secure_port(address, tls.credentials())
        else:
            bound = server.add_insecure_port(address)
    except RuntimeError as error:
        raise SettingsError(
            f"can't listen on {address}: is it an address of this machine, and is "
            "another program using the port? Choose them with --host and --port"
        ) from error
    served = Server(broker, server, host, bound)
    try:
        await served.start()
        yield served
    finally:
        await server.stop(None)
