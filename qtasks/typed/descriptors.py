"""Descriptors: the `.proto` file of an app, as protobuf describes it, with comments."""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf import duration_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool

from qtasks import v1
from qtasks.typed.numbering import ranges
from qtasks.typed.schema import json_names
from qtasks.typed.services import TypedApp, TypedTask
from qtasks.typed.shapes import PAYLOAD, Enum, Field, Form, Kind, Message

DEPENDENCIES = (
    "google/protobuf/timestamp.proto",
    "qtasks/v1/event.proto",
    "qtasks/v1/payload.proto",
    "qtasks/v1/task.proto",
)
_NEEDED = (
    duration_pb2.DESCRIPTOR,
    timestamp_pb2.DESCRIPTOR,
    v1.payload_pb2.DESCRIPTOR,
    v1.task_pb2.DESCRIPTOR,
    v1.event_pb2.DESCRIPTOR,
)
"""The files that one of an app needs, and those that these need, from the bottom up."""
_TYPES = {
    Kind.STRING: FieldDescriptorProto.TYPE_STRING,
    Kind.INT64: FieldDescriptorProto.TYPE_INT64,
    Kind.UINT64: FieldDescriptorProto.TYPE_UINT64,
    Kind.DOUBLE: FieldDescriptorProto.TYPE_DOUBLE,
    Kind.BOOL: FieldDescriptorProto.TYPE_BOOL,
    Kind.BYTES: FieldDescriptorProto.TYPE_BYTES,
    Kind.PAYLOAD: FieldDescriptorProto.TYPE_MESSAGE,
    Kind.MESSAGE: FieldDescriptorProto.TYPE_MESSAGE,
    Kind.ENUM: FieldDescriptorProto.TYPE_ENUM,
}
_EVERY_EVENT = (
    ("task_id", FieldDescriptorProto.TYPE_STRING, None, "The task."),
    ("seq", FieldDescriptorProto.TYPE_INT64, None, "The number of the event."),
    (
        "time",
        FieldDescriptorProto.TYPE_MESSAGE,
        ".google.protobuf.Timestamp",
        "When it was stored.",
    ),
    (
        "attempt",
        FieldDescriptorProto.TYPE_INT32,
        None,
        "The attempt it belongs to; 0 before the first.",
    ),
)
"""The fields of what a stream tells, from number 1."""
EVENTS = (
    ("state_changed", 5, ".qtasks.v1.StateChanged"),
    ("yielded", 6, "Yielded"),
    ("asked", 7, ".qtasks.v1.Asked"),
    ("answered", 8, ".qtasks.v1.Answered"),
    ("log", 9, ".qtasks.v1.LogLine"),
    ("progress", 10, ".qtasks.v1.Progress"),
    ("gap", 11, ".qtasks.v1.Gap"),
    ("finished", 12, "Finished"),
    ("cancel_requested", 13, ".qtasks.v1.CancelRequested"),
)
"""What a stream tells, under the names and numbers of `qtasks.v1.TaskEvent`."""

HEADERS = """\
Headers of a call say what its fields do not: `qtasks-id`, `qtasks-queue`,
`qtasks-priority`, `qtasks-delay` and `qtasks-max-time` (in seconds),
`qtasks-idempotency-key`, `qtasks-group`, `qtasks-tag` (again and again), and
`qtasks-cancel-on-disconnect: true`, without which the task goes on when the call ends
before it. The id of the task comes as the header `qtasks-task-id`."""


def file_of(app: TypedApp) -> FileDescriptorProto:
    """The file of an app; its comments are in `source_code_info`."""
    return _File(app).file


def pool_of(file: FileDescriptorProto) -> DescriptorPool:
    """The file with what it needs, to make its messages from."""
    pool = DescriptorPool()
    for needed in _NEEDED:
        known = FileDescriptorProto()
        needed.CopyToProto(known)
        pool.Add(known)
    pool.Add(file)
    return pool


class _File:
    """Writes the file of an app."""

    def __init__(self, app: TypedApp) -> None:
        self._app = app
        self.file = FileDescriptorProto(
            name=app.file,
            package=app.package,
            syntax="proto3",
            dependency=DEPENDENCIES,
        )
        services = sorted({one.service for one in app.tasks})
        for place, service in enumerate(services):
            tasks = [one for one in app.tasks if one.service == service]
            self._service(self.file.service.add(name=service), tasks, place)
        for task in app.tasks:
            self._task(task)
        for message in app.messages.values():
            self._add(message, message.name, message.description)
        self._enums(self.file.enum_type, "", [5])

    # -- services -----------------------------------------------------------------------

    def _service(
        self, service: ServiceDescriptorProto, tasks: Iterable[TypedTask], place: int
    ) -> None:
        self._say([6, place], f"Tasks of `{self._app.app}`, a call each.\n\n{HEADERS}")
        calls = [call for task in tasks for call in self._calls(task)]
        for number, (name, request, response, comment) in enumerate(calls):
            service.method.add(
                name=name,
                input_type=self._full(request),
                output_type=self._full(response),
                server_streaming=number % 2 == 1,
            )
            self._say([6, place, 2, number], comment)

    def _calls(self, task: TypedTask) -> Iterator[tuple[str, str, str, str]]:
        about = task.description.strip() or f"The task `{task.name}`."
        yield (task.method, task.request.name, task.response.name, about)
        follows = f"`{task.method}` as a stream: everything that happens, then its end."
        yield (task.stream_method, task.stream_request, task.stream_response, follows)

    # -- messages -----------------------------------------------------------------------

    def _task(self, task: TypedTask) -> None:
        calls = (
            (task.method, task.request.name),
            (task.stream_method, task.stream_request),
        )
        for method, name in calls:
            self._add(task.request, name, f"Arguments for `{method}`.")
        self._add(task.response, task.response.name, f"The end of `{task.name}`.")
        self._stream(task)

    def _add(self, message: Message, name: str, comment: str) -> DescriptorProto:
        path = [4, len(self.file.message_type)]
        self._say(path, comment or f"The model `{name}`.")
        added = self.file.message_type.add(name=name)
        self._fields(added, message, path, self._full(name))
        self._enums(added.enum_type, name, [*path, 4])
        return added

    def _stream(self, task: TypedTask) -> None:
        path = [4, len(self.file.message_type)]
        self._say(path, f"Something that happened to `{task.name}`.")
        name = task.stream_response
        stream = self.file.message_type.add(name=name)
        for place, (field, kind, type_name, comment) in enumerate(_EVERY_EVENT):
            self._say([*path, 2, place], comment)
            stream.field.add(
                name=field,
                number=place + 1,
                type=kind,
                label=1,
                type_name=type_name,
            )
        stream.oneof_decl.add(name="event")
        self._say([*path, 8, 0], "What happened, as in `qtasks.v1.TaskEvent`.")
        for field, number, type_name in EVENTS:
            own = self._full(f"{name}.{type_name}")
            self._say([*path, 2, len(stream.field)], _EVENT_COMMENTS[field])
            stream.field.add(
                name=field,
                number=number,
                type=FieldDescriptorProto.TYPE_MESSAGE,
                label=1,
                type_name=type_name if type_name.startswith(".") else own,
                oneof_index=0,
            )
        self._enums(stream.enum_type, name, [*path, 4])
        for message, comment in (
            (task.yielded, "The task yielded a value."),
            (task.finished, "The task ended well. Always the last event."),
        ):
            inner = [*path, 3, len(stream.nested_type)]
            self._say(inner, comment)
            nested = stream.nested_type.add(name=message.name)
            self._fields(nested, message, inner, self._full(f"{name}.{message.name}"))

    def _fields(
        self, added: DescriptorProto, message: Message, path: list[int], scope: str
    ) -> None:
        told = json_names(message.fields)
        for place, one in enumerate(message.fields):
            self._field(added, one, scope, told.get(one.name))
            self._say([*path, 2, place], _about(one))
        for first, last in ranges(message.reserved):
            added.reserved_range.add(start=first, end=last + 1)
        # Those that optional fields have must come last, and there are no others.
        for field in added.field:
            if field.proto3_optional:
                field.oneof_index = len(added.oneof_decl)
                added.oneof_decl.add(name=f"_{field.name}")

    def _field(
        self, added: DescriptorProto, one: Field, scope: str, json_name: str | None
    ) -> None:
        shape = one.shape
        field = added.field.add(name=one.name, number=one.number, json_name=json_name)
        field.label = FieldDescriptorProto.LABEL_REPEATED
        if shape.form is Form.MAP:
            # An entry is called after the field, as protobuf wants it.
            entry = "".join(part.capitalize() for part in one.name.split("_")) + "Entry"
            nested = added.nested_type.add(name=entry)
            nested.options.map_entry = True
            nested.field.add(name="key", number=1, label=1, type=_TYPES[Kind.STRING])
            self._typed(nested.field.add(name="value", number=2, label=1), one)
            field.type = FieldDescriptorProto.TYPE_MESSAGE
            field.type_name = f"{scope}.{entry}"
            return
        self._typed(field, one)
        if shape.form is Form.ONE:
            field.label = FieldDescriptorProto.LABEL_OPTIONAL
            # Messages tell by themselves whether they are there.
            field.proto3_optional = shape.kind not in (Kind.MESSAGE, Kind.PAYLOAD)

    def _typed(self, field: FieldDescriptorProto, one: Field) -> None:
        field.type = _TYPES[one.shape.kind]
        if one.shape.kind is Kind.PAYLOAD:
            field.type_name = f".{PAYLOAD}"
        elif one.shape.name:
            field.type_name = self._full(one.shape.name)

    # -- enums --------------------------------------------------------------------------

    def _enums(self, added: Any, outer: str, path: list[int]) -> None:
        """Add the enums inside of a message, or beside all."""
        inside = [one for one in self._app.enums.values() if one.outer == outer]
        for place, enum in enumerate(sorted(inside, key=lambda one: one.name)):
            self._enum(added.add(name=enum.own_name), enum, [*path, place])

    def _enum(self, added: EnumDescriptorProto, enum: Enum, path: list[int]) -> None:
        self._say(path, enum.description or f"The values of `{enum.own_name}`.")
        self._say([*path, 2, 0], "Not set.")
        added.value.add(name=enum.unset, number=0)
        for place, value in enumerate(enum.values, start=1):
            self._say([*path, 2, place], f"`{value}`.")
            added.value.add(name=enum.names[value], number=enum.numbers[value])
        for first, last in ranges(enum.reserved):
            added.reserved_range.add(start=first, end=last)

    # -- the rest -----------------------------------------------------------------------

    def _full(self, name: str) -> str:
        return f".{self._app.package}.{name}"

    def _say(self, path: list[int], comment: str) -> None:
        text = "".join(f" {line}\n" if line else "\n" for line in comment.split("\n"))
        self.file.source_code_info.location.add(
            path=path, span=[0, 0, 0], leading_comments=text
        )


_EVENT_COMMENTS = {
    "state_changed": "The task moved to another state that is not final.",
    "yielded": "The task yielded a value.",
    "asked": "The task asks and waits for `qtasks.v1.TaskService.Reply`.",
    "answered": "Somebody answered.",
    "log": "The task wrote a log line.",
    "progress": "The task said how far it is.",
    "gap": "Events that retention has removed stood here.",
    "finished": "The task ended well; else the call ends with a status that says why.",
    "cancel_requested": "Somebody asked to cancel the running task.",
}


def _about(one: Field) -> str:
    """What a field's comment says: its description, and what its type can't say."""
    facts = []
    if one.required:
        facts.append("Required.")
    if one.default:
        facts.append(f"Left out, it is {one.default}.")
    if one.shape.reason:
        facts.append(f"Without a type of its own: {one.shape.reason}.")
    lines = [one.description.strip(), " ".join(facts)]
    return "\n".join(line for line in lines if line) or f"The value of `{one.key}`."


__all__ = ["DEPENDENCIES", "HEADERS", "file_of"]
