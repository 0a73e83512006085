"""JSON: the default form of values, read by people and every language."""

import json
from typing import Any

from qtasks import models, v1
from qtasks.abc.serializer import Serializer
from qtasks.errors import Unserializable

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=models.plain
).encode
_decode = json.JSONDecoder().decode


class JsonSerializer(Serializer):
    """JSON: the default form of values."""

    def encode(self, value: Any) -> v1.Payload:
        """The value as JSON; tuples become lists, and models what they dump to."""
        try:
            return v1.Payload(json=_encode(value))
        except (TypeError, ValueError, RecursionError) as error:
            # UnicodeEncodeError, for half a surrogate pair, is a ValueError.
            raise Unserializable(f"not a JSON value: {error}") from error

    def decode(self, payload: v1.Payload) -> Any:
        """The value; `None` for an empty payload."""
        text = payload.json
        if text:
            try:
                return _decode(text)
            except (ValueError, RecursionError) as error:
                raise Unserializable(f"not JSON: {error}") from error
        if payload.data:
            raise Unserializable(
                f"a payload in the encoding {payload.encoding!r} can't be read here"
            )
        return None
