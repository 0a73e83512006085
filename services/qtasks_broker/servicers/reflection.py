"""Reflection: the services of the broker, and those of tasks as they are now."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
from google.protobuf.descriptor_pool import Default
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha import reflection_pb2 as wire

from qtasks_broker.servicers.answering import well_formed
from qtasks_broker.typed.directory import Directory
from qtasks_broker.typed.made import MadeApp

V1 = "grpc.reflection.v1.ServerReflection"
"""The other name it is served under: the messages are the same."""


class ReflectionServicer:
    """Says what services there are, and what messages.

    What is not of a task is said by gRPC's own servicer. That one keeps to the services it
    began with; and it takes files from a pool, which drops the comments of those that were
    made at run time.

    Args:
        services: The full names of the services that are always there.
        directory: Those of tasks.
    """

    def __init__(self, services: Iterable[str], directory: Directory) -> None:
        self._services = [*services, reflection.SERVICE_NAME, V1]
        self._fixed: Any = reflection.aio.ReflectionServicer(self._services)
        self._directory = directory

    def handlers(self) -> dict[str, Any]:
        """Its method by name, as gRPC wants it."""
        handler = grpc.stream_stream_rpc_method_handler(
            self.ServerReflectionInfo,
            request_deserializer=wire.ServerReflectionRequest.FromString,
            response_serializer=wire.ServerReflectionResponse.SerializeToString,
        )
        return {"ServerReflectionInfo": handler}

    async def ServerReflectionInfo(
        self, request_iterator: AsyncIterator[Any], context: Any
    ) -> None:
        async for request in request_iterator:
            await context.write(await self._answer(well_formed(request), context))

    async def _answer(self, request: Any, context: Any) -> Any:
        """The answer to one request.

        What is always there is looked for first: it is described also while the storage
        is away, and costs nothing.
        """
        fixed = self._fixed.ServerReflectionInfo(_alone(_findable(request)), context)
        response = await anext(aiter(fixed))
        response.valid_host = request.host
        response.original_request.CopyFrom(request)
        if request.WhichOneof("message_request") == "list_services":
            typed = [
                name for app in await self._directory.all() for name in app.services
            ]
            del response.list_services_response.service[:]
            for name in sorted([*self._services, *typed]):
                response.list_services_response.service.add(name=name)
        elif response.HasField("error_response"):
            for app in await self._directory.all():
                if _has(app, request):
                    files = response.file_descriptor_response.file_descriptor_proto
                    files.append(app.file)
        return response


def _has(app: MadeApp, request: Any) -> bool:
    """Whether what is asked for is in the file of an app."""
    if request.WhichOneof("message_request") == "file_by_filename":
        return bool(request.file_by_filename == app.typed.file)
    return app.has(request.file_containing_symbol)


def _findable(request: Any) -> Any:
    """The request, about the service when it is about a method: no pool finds those."""
    try:
        method = Default().FindMethodByName(request.file_containing_symbol)
    except KeyError:
        return request
    service = method.containing_service.full_name
    return wire.ServerReflectionRequest(
        host=request.host, file_containing_symbol=service
    )


async def _alone(request: Any) -> AsyncIterator[Any]:
    yield request
