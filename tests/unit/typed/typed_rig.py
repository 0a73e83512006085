"""Registrations as workers send them, and the messages made of them."""

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message as Proto
from google.protobuf.message_factory import GetMessageClass

from qtasks import v1
from qtasks.typed import (
    Allocation,
    Arguments,
    Results,
    TypedApp,
    TypedTask,
    file_of,
    pool_of,
    typed_app,
)

INTEGER = {"type": "integer"}
STRING = {"type": "string"}
NULL = {"type": "null"}
SIZE = {
    "type": "object",
    "title": "Size",
    "properties": {"w": INTEGER, "h": INTEGER},
    "required": ["w"],
}


def parameter(name: str, kind: str = "any", default: str = "") -> v1.ParameterInfo:
    info = v1.ParameterInfo(name=name, kind=kind)
    info.optional = bool(default) or kind in ("args", "kwargs")
    if default:
        info.default_json = default
    return info


def registered(
    name: str = "job",
    properties: dict[str, Any] | None = None,
    *parameters: v1.ParameterInfo,
    result: object = None,
    yields: object = None,
    others: object = False,
    definitions: dict[str, Any] | None = None,
    router: str = "",
) -> v1.TaskInfo:
    """A task; every property is a required parameter unless they are told."""
    properties = properties or {}
    schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": others,
        "$defs": definitions or {},
    }
    return v1.TaskInfo(
        name=name,
        parameters=parameters or [parameter(key) for key in properties],
        json_schema=json.dumps(schema),
        result_schema=json.dumps(result) if result is not None else "",
        yield_schema=json.dumps(yields) if yields is not None else "",
        router=router,
    )


class Made:
    """An app made of registrations, with its messages."""

    def __init__(
        self, *infos: v1.TaskInfo, allocation: Allocation | None = None
    ) -> None:
        self.app: TypedApp = typed_app("app", infos, allocation)
        self.file = file_of(self.app)
        self.pool = pool_of(self.file)
        self.arguments = Arguments(self.app)
        self.results = Results(self.app)

    @property
    def task(self) -> TypedTask:
        return self.app.tasks[0]

    def message(self, name: str) -> Proto:
        full = f"{self.app.package}.{name}"
        return GetMessageClass(self.pool.FindMessageTypeByName(full))()

    def request(self, value: dict[str, Any]) -> Proto:
        """A request as grpcurl makes it."""
        proto = self.message(self.task.request.name)
        return json_format.ParseDict(value, proto, descriptor_pool=self.pool)

    def submitted(self, value: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a request."""
        task = self.arguments.submit_of(self.task, self.request(value))
        return json.loads(task.args.json or "[]"), json.loads(task.kwargs.json or "{}")

    def response(self, value: object) -> Proto:
        """A result in its message."""
        proto = self.message(self.task.response.name)
        payload = v1.Payload(json=json.dumps(value))
        self.results.fill(proto, self.task.response, "result", payload)
        return proto

    def fields(self, message: str) -> dict[str, tuple[str, int]]:
        """The types and the numbers of the fields of a request or a model."""
        requests = {one.request.name: one.request for one in self.app.tasks}
        found = requests.get(message) or self.app.messages[message]
        return {one.name: (one.shape.type, one.number) for one in found.fields}
