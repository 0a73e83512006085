"""How values become payloads, and payloads values: a file is one way."""

from qtasks.serializers.json import JsonSerializer

__all__ = ["JsonSerializer"]
