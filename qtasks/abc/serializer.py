"""The serializer contract: how values travel.

A serializer is used from many threads at once and keeps no state between calls.
"""

from abc import ABC, abstractmethod
from typing import Any

from qtasks import v1


class Serializer(ABC):
    """Turns values into payloads and back."""

    @abstractmethod
    def encode(self, value: Any) -> v1.Payload:
        """The value as it travels; raises `Unserializable`."""

    @abstractmethod
    def decode(self, payload: v1.Payload) -> Any:
        """The value that travelled; raises `Unserializable`."""
