"""The wire without a client: any bytes to any method, and what comes back.

For what no client would send. Messages are written in the proto3 JSON form; a text is
bytes in hexadecimal digits, as they are.
"""

from typing import Any

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from qtasks import v1  # noqa: F401  # its messages are found in the pool

Document = dict[str, Any]


class Wire:
    """A channel to a broker, and the streams that are open on it.

    Args:
        port: Where the broker listens.
    """

    def __init__(self, port: int) -> None:
        self._channel = grpc.aio.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.max_receive_message_length", -1)]
        )

    def open(self, name: str) -> "Stream":
        """Open a call; nothing is sent yet."""
        service, _, method = name.partition("/")
        found = Default().FindServiceByName(f"qtasks.v1.{service}")
        return Stream(self._channel, found.methods_by_name[method])

    async def close(self) -> None:
        """End all that is open."""
        await self._channel.close()


class Stream:
    """A call: every method is called as if both sides sent many messages.

    Args:
        channel: Where.
        method: What.
    """

    def __init__(self, channel: grpc.aio.Channel, method: MethodDescriptor) -> None:
        self._asked = message_factory.GetMessageClass(method.input_type)
        self._answered = message_factory.GetMessageClass(method.output_type)
        name = f"/{method.containing_service.full_name}/{method.name}"
        self._call = channel.stream_stream(name)()

    async def send(self, message: Document | str) -> None:
        """Send a message, or bytes."""
        if isinstance(message, str):
            await self._call.write(bytes.fromhex(message))
        else:
            filled = json_format.ParseDict(message, self._asked())
            await self._call.write(filled.SerializeToString())

    async def done_sending(self) -> None:
        """Say that no more comes."""
        await self._call.done_writing()

    async def receive(self) -> Document | None:
        """The next message; `None` when no more comes."""
        try:
            data = await self._call.read()
        except grpc.aio.AioRpcError:
            return None
        if data is grpc.aio.EOF:
            return None
        answer = self._answered.FromString(data)
        document: Document = json_format.MessageToDict(answer)
        return document

    async def status(self) -> Document:
        """How the call ended: code, reason, field and message."""
        while await self.receive() is not None:
            pass
        code = await self._call.code()
        status: Document = {"code": code.name, "message": await self._call.details()}
        rich = await rpc_status.aio.from_call(self._call)
        for detail in rich.details if rich is not None else ():
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = error_details_pb2.ErrorInfo.FromString(detail.value)
                status |= {"reason": info.reason, "domain": info.domain}
            if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                wrong = error_details_pb2.BadRequest.FromString(detail.value)
                status["field"] = wrong.field_violations[0].field
        return status

    def cancel(self) -> None:
        """End the call without a word."""
        self._call.cancel()
