"""Arguments: from a request message to the JSON that a task is submitted with.

What is left out stays out, so that the task's own defaults count; integers keep their
digits. What can't be an argument is refused with the name of its field.
"""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message as Proto
from google.protobuf.unknown_fields import UnknownFieldSet

from qtasks import v1
from qtasks.errors import InvalidField, InvalidJson
from qtasks.typed.services import TypedApp, TypedTask
from qtasks.typed.shapes import Field, Form, Kind, Message, Shape

text_of = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode
"""A value as JSON."""


class Arguments:
    """Reads the requests of an app.

    Args:
        app: The app.
    """

    def __init__(self, app: TypedApp) -> None:
        self._app = app

    def submit_of(self, task: TypedTask, request: Proto) -> v1.TaskSubmit:
        """The task to submit: its name and its arguments.

        Raises:
            InvalidField: or one of its kinds, naming the field that is missing or wrong.
        """
        given = self._properties(task.request, request, "")
        by_kind = {task.kinds[one.key]: one for one in task.request.fields}
        rest, others = by_kind.get("args"), by_kind.get("kwargs")
        more = [] if rest is None else self._items(rest, request)
        if rest is not None:
            given.pop(rest.key, None)
        args = _positional(task, given, to_the_end=bool(more)) + more
        if others is not None:
            given.pop(others.key, None)
            given |= self._named(task, others, request)
        return v1.TaskSubmit(
            name=task.name,
            args=v1.Payload(json=f"[{','.join(args)}]") if args else None,
            kwargs=v1.Payload(json=_object(given)) if given else None,
        )

    def _named(self, task: TypedTask, one: Field, request: Proto) -> dict[str, str]:
        """What is given for `**kwargs`."""
        values = getattr(request, one.name)
        for name in values:
            if task.kinds.get(name, "kwargs") != "kwargs":
                path = f"{one.name}[{text_of(name)}]"
                raise InvalidField(f"{name} has a field of its own", field=path)
        return self._entries(one.shape, values, one.name)

    def _items(self, one: Field, proto: Proto) -> list[str]:
        return [
            self._value(one.shape, value, f"{one.name}[{place}]")
            for place, value in enumerate(getattr(proto, one.name))
        ]

    def _entries(
        self, shape: Shape, values: Mapping[str, Any], path: str
    ) -> dict[str, str]:
        return {
            key: self._value(shape, values[key], f"{path}[{text_of(key)}]")
            for key in values
        }

    def _properties(self, message: Message, proto: Proto, path: str) -> dict[str, str]:
        """The properties that a message stands for, each as JSON."""
        _refuse_unknown(message, proto, path)
        found = {}
        for one in message.fields:
            text = self._field(one, proto, f"{path}{one.name}")
            if text is not None:
                found[one.key] = text
        return found

    def _field(self, one: Field, proto: Proto, path: str) -> str | None:
        """What a field says; `None` when it is left out."""
        value = getattr(proto, one.name)
        if one.shape.form is not Form.ONE:
            if not value and not one.required:
                return None
            if one.shape.form is Form.MAP:
                return _object(self._entries(one.shape, value, path))
            items = (
                self._value(one.shape, item, f"{path}[{place}]")
                for place, item in enumerate(value)
            )
            return f"[{','.join(items)}]"
        if proto.HasField(one.name):
            return self._value(one.shape, value, path)
        if not one.required:
            return None
        if one.shape.nullable:
            return "null"
        raise InvalidField(f"{path} is missing: it has no default", field=path)

    def _value(self, shape: Shape, value: Any, path: str) -> str:
        """One value, as JSON."""
        if shape.kind is Kind.MESSAGE:
            message = self._app.messages[shape.name]
            return _object(self._properties(message, value, f"{path}."))
        if shape.kind is Kind.ENUM:
            return self._chosen(shape.name, value, path)
        if shape.kind is Kind.PAYLOAD:
            return _json_of(value, path)
        if shape.kind is Kind.BYTES:
            return text_of(base64.b64encode(value).decode())
        if shape.kind is Kind.DOUBLE and not math.isfinite(value):
            raise InvalidField(
                f"{path} is {value}, which JSON does not have", field=path
            )
        return text_of(value)

    def _chosen(self, enum: str, number: int, path: str) -> str:
        for text, known in self._app.enums[enum].numbers.items():
            if known == number:
                return text_of(text)
        raise InvalidField(
            f"{path} is {number}, which is not a value of {enum}", field=path
        )


def _positional(
    task: TypedTask, given: dict[str, str], *, to_the_end: bool
) -> list[str]:
    """The arguments that are given by place, taken out of those given.

    What must be so, and with more to follow what may be so; up to the last that is given.
    Before that, what is left out is its default.
    """
    kinds = {"positional", "any"} if to_the_end else {"positional"}
    places = [one for one in task.request.fields if task.kinds[one.key] in kinds]
    while places and not to_the_end and places[-1].key not in given:
        places.pop()
    for one in places:
        if one.key not in given and not one.default:
            raise InvalidField(
                f"{one.name} must be given when those that follow it are",
                field=one.name,
            )
    return [given.pop(one.key, one.default) for one in places]


def _refuse_unknown(message: Message, proto: Proto, path: str) -> None:
    """Refuse fields by numbers that stand for nothing here, or no more."""
    for one in UnknownFieldSet(proto):  # type: ignore[attr-defined]
        number = one.field_number
        why = "it was another field once" if number in message.reserved else "unknown"
        raise InvalidField(
            f"{path}{number} is no number of a field of {message.name}: {why}; take the "
            "messages from reflection again",
            field=f"{path}{number}",
        )


def _json_of(payload: Any, path: str) -> str:
    """The JSON in a payload, as it is."""
    if payload.data:
        raise InvalidField(f"{path} must be given as `json`", field=path)
    text = str(payload.json)
    if not text:
        return "null"
    try:
        json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"{path}.json is not JSON: {error}", field=path) from error
    return text


def no_constant(name: str) -> Any:
    """Refuse what Python takes for a number, and JSON does not have."""
    raise ValueError(f"{name} is not in JSON")


def _object(properties: Mapping[str, str]) -> str:
    inside = ",".join(f"{text_of(key)}:{text}" for key, text in properties.items())
    return f"{{{inside}}}"
