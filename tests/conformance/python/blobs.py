"""Payloads of bytes, in whatever encoding, as values of Python."""

from typing import Any

from qtasks import v1
from qtasks.serializers import JsonSerializer


class Blob(list[Any]):
    """Bytes in an encoding: as a value, and as a whole list of arguments."""

    def __init__(self, data: bytes, encoding: str) -> None:
        super().__init__([self])
        self.data = data
        self.encoding = encoding


class BlobSerializer(JsonSerializer):
    """JSON, but for what travels as bytes."""

    def encode(self, value: Any) -> v1.Payload:
        if isinstance(value, tuple) and value and isinstance(value[0], Blob):
            value = value[0]
        if isinstance(value, Blob):
            return v1.Payload(data=value.data, encoding=value.encoding)
        return super().encode(value)

    def decode(self, payload: v1.Payload) -> Any:
        if payload.WhichOneof("body") == "data":
            return Blob(payload.data, payload.encoding)
        return super().decode(payload)
