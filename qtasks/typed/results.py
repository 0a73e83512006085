"""Results: from the JSON that a task gave to the field of a message.

A value that is not what the task was registered with is refused, never cut: the error
names the field, and the value can be read as it is with `qtasks.v1.TaskService`.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message as Proto

from qtasks import v1
from qtasks.errors import ValueMisfit
from qtasks.typed.arguments import no_constant, text_of
from qtasks.typed.schema import INT64, UINT64
from qtasks.typed.services import TypedApp
from qtasks.typed.shapes import Enum, Field, Form, Kind, Message, Shape

_MESSAGES = (Kind.MESSAGE, Kind.PAYLOAD)


class Results:
    """Fills the responses of an app.

    Args:
        app: The app.
    """

    def __init__(self, app: TypedApp) -> None:
        self._app = app

    def fill(self, proto: Proto, message: Message, key: str, value: v1.Payload) -> None:
        """Fill the field of a property with what a task gave.

        A message that has no such field is one of a task that gives `null`.

        Raises:
            ValueMisfit: it does not fit; names the field.
        """
        one = next((one for one in message.fields if one.key == key), None)
        if one is not None and _as_it_is(one.shape):
            inner = getattr(proto, one.name)
            inner.SetInParent()
            inner.MergeFromString(value.SerializeToString())
            return
        read = _read(value, key)
        if one is not None:
            self._set(proto, one, read, key)
        elif read is not None:
            raise _misfit(key, "null", read)

    def _set(self, proto: Any, one: Field, value: Any, path: str) -> None:
        if value is None and one.shape.nullable:
            return
        if one.shape.form is Form.LIST:
            self._list(getattr(proto, one.name), one.shape, value, path)
        elif one.shape.form is Form.MAP:
            self._map(getattr(proto, one.name), one.shape, value, path)
        elif one.shape.kind in _MESSAGES:
            inner = getattr(proto, one.name)
            inner.SetInParent()
            self._merge(inner, one.shape, value, path)
        else:
            setattr(proto, one.name, self._scalar(one.shape, value, path))

    def _list(self, items: Any, shape: Shape, value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise _misfit(path, "a list", value)
        for place, one in enumerate(value):
            where = f"{path}[{place}]"
            if shape.kind in _MESSAGES:
                self._merge(items.add(), shape, one, where)
            else:
                items.append(self._scalar(shape, one, where))

    def _map(self, entries: Any, shape: Shape, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _misfit(path, "an object", value)
        for name, one in value.items():
            where = f"{path}[{text_of(name)}]"
            key = _text(name, where)
            if shape.kind in _MESSAGES:
                self._merge(entries[key], shape, one, where)
            else:
                entries[key] = self._scalar(shape, one, where)

    def _merge(self, proto: Any, shape: Shape, value: Any, path: str) -> None:
        if shape.kind is Kind.PAYLOAD:
            proto.json = _text(text_of(value), path)
            return
        message = self._app.messages[shape.name]
        if not isinstance(value, dict):
            raise _misfit(path, f"an object ({message.name})", value)
        fields = {one.key: one for one in message.fields}
        for key, item in value.items():
            if key not in fields:
                raise ValueMisfit(
                    f"{path} has {key!r}, which is no field of {message.name}",
                    field=f"{path}.{key}",
                )
            self._set(proto, fields[key], item, f"{path}.{fields[key].name}")

    def _scalar(self, shape: Shape, value: Any, path: str) -> Any:
        if shape.kind is Kind.ENUM:
            return _chosen(self._app.enums[shape.name], value, path)
        return _READERS[shape.kind](value, path)


def _as_it_is(shape: Shape) -> bool:
    return shape.kind is Kind.PAYLOAD and shape.form is Form.ONE


def _read(payload: v1.Payload, path: str) -> Any:
    if payload.data:
        raise ValueMisfit(
            f"{path} is data in the encoding {payload.encoding!r}, not JSON", field=path
        )
    try:
        return json.loads(
            payload.json or "null", parse_float=_float, parse_constant=no_constant
        )
    except (ValueError, RecursionError) as error:
        raise ValueMisfit(f"{path} is not JSON: {error}", field=path) from error


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _chosen(enum: Enum, value: Any, path: str) -> int:
    if not isinstance(value, str) or value not in enum.numbers:
        raise _misfit(path, f"a value of {enum.name}", value)
    return enum.numbers[value]


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _misfit(path, "a string", value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueMisfit(f"{path} has half a surrogate pair", field=path) from error
    return value


def _bool(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _misfit(path, "a boolean", value)
    return value


def _bytes(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_text(value, path), validate=True)
    except binascii.Error as error:
        raise ValueMisfit(f"{path} is not base64: {error}", field=path) from error


def _double(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _misfit(path, "a number", value)
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueMisfit(f"{path} is too large a number", field=path) from error
    if number != value:
        raise ValueMisfit(f"{path} has more digits than a double", field=path)
    return number


def _integer(value: Any, path: str, within: range) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _misfit(path, "an integer", value)
    if value not in within:
        raise ValueMisfit(f"{path} does not fit 64 bits", field=path)
    return value


_READERS: Mapping[Kind, Callable[[Any, str], Any]] = {
    Kind.STRING: _text,
    Kind.BOOL: _bool,
    Kind.BYTES: _bytes,
    Kind.DOUBLE: _double,
    Kind.INT64: lambda value, path: _integer(value, path, INT64),
    Kind.UINT64: lambda value, path: _integer(value, path, UINT64),
}


def _misfit(path: str, wanted: str, value: Any) -> ValueMisfit:
    kinds = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
    kind = kinds.get(type(value), f"{value}")
    return ValueMisfit(f"{path} is not {wanted} but {kind}", field=path)
