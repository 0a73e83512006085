"""Protobuf: the file that a broker serves for an app, as text.

It is written from the same description that the broker answers reflection with, so that
the two can't differ.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

from qtasks.export.catalogue import Catalogue
from qtasks.export.folder import NOTICE, File
from qtasks.typed.descriptors import file_of
from qtasks.typed.naming import json_name_of

Path = tuple[int, ...]
"""Where something is in a file, as protobuf's `SourceCodeInfo` says it."""
Lines = Iterator[str]

_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED, _INNER_ENUM, _ONEOF = 2, 3, 4, 8
_MEMBER: Final = 2
"""Where an enum has its values, and a service its calls."""
_SCALARS: Final = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in FieldDescriptorProto.Type.items()
}
_REPEATED: Final = FieldDescriptorProto.LABEL_REPEATED


def imported() -> FilePath:
    """The folder of the files that an exported one imports: `qtasks/v1/*.proto`."""
    package = FilePath(__file__).parents[1]
    installed = package / "proto"
    return installed if installed.is_dir() else package.parent / "proto"  # a checkout


def proto(catalogue: Catalogue) -> File:
    """The `.proto` file of an app."""
    file = file_of(catalogue.typed)
    return File(file.name, "\n".join(_Text(file).lines()) + "\n")


class _Text:
    """A file as text."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self._file = file
        self._comments = {
            tuple(one.path): one.leading_comments
            for one in file.source_code_info.location
        }

    def lines(self) -> Lines:
        """All of it."""
        file = self._file
        yield f"// {NOTICE}"
        yield 'syntax = "proto3";'
        yield ""
        yield f"package {file.package};"
        yield ""
        yield from (f'import "{one}";' for one in file.dependency)
        parts: tuple[Iterable[Lines], ...] = (
            (self._service(one, (_SERVICE, at)) for at, one in enumerate(file.service)),
            (
                self._message(one, (_MESSAGE, at))
                for at, one in enumerate(file.message_type)
            ),
            (self._enum(one, (_ENUM, at)) for at, one in enumerate(file.enum_type)),
        )
        for kind in parts:
            for part in kind:
                yield ""
                yield from part

    def _comment(self, path: Path) -> Lines:
        for line in self._comments.get(path, "").splitlines():
            yield f"//{line}".rstrip()

    def _service(self, service: ServiceDescriptorProto, path: Path) -> Lines:
        yield from self._comment(path)
        # A service is called as its router is.
        yield "// buf:lint:ignore SERVICE_SUFFIX"
        calls = (
            self._call(one, (*path, _MEMBER, at))
            for at, one in enumerate(service.method)
        )
        yield from _block(f"service {service.name}", calls)

    def _call(self, call: MethodDescriptorProto, path: Path) -> Lines:
        yield from self._comment(path)
        stream = "stream " if call.server_streaming else ""
        given, gives = self._name(call.input_type), self._name(call.output_type)
        yield f"rpc {call.name}({given}) returns ({stream}{gives});"

    def _message(self, message: DescriptorProto, path: Path) -> Lines:
        yield from self._comment(path)
        yield from _block(f"message {message.name}", self._inside(message, path))

    def _inside(self, message: DescriptorProto, path: Path) -> Iterator[Lines]:
        """What is in a message: the members of a oneof stand where the first one is."""
        yield from _reserved((one.start, one.end - 1) for one in message.reserved_range)
        told = set()
        for at, one in enumerate(message.field):
            if not one.HasField("oneof_index") or one.proto3_optional:
                yield self._field(one, message, (*path, _FIELD, at))
            elif one.oneof_index not in told:
                told.add(one.oneof_index)
                yield self._oneof(message, one.oneof_index, path)
        for at, enum in enumerate(message.enum_type):
            yield self._enum(enum, (*path, _INNER_ENUM, at))
        for at, nested in enumerate(message.nested_type):
            if not nested.options.map_entry:
                yield self._message(nested, (*path, _NESTED, at))

    def _oneof(self, message: DescriptorProto, index: int, path: Path) -> Lines:
        yield from self._comment((*path, _ONEOF, index))
        members = (
            self._field(one, message, (*path, _FIELD, at))
            for at, one in enumerate(message.field)
            if one.HasField("oneof_index") and one.oneof_index == index
        )
        yield from _block(f"oneof {message.oneof_decl[index].name}", members)

    def _field(
        self, field: FieldDescriptorProto, message: DescriptorProto, path: Path
    ) -> Lines:
        yield from self._comment(path)
        usual = json_name_of(field.name)
        renamed = bool(field.json_name) and field.json_name != usual
        option = f' [json_name = "{_quoted(field.json_name)}"]' if renamed else ""
        yield f"{self._type(field, message)} {field.name} = {field.number}{option};"

    def _type(self, field: FieldDescriptorProto, message: DescriptorProto) -> str:
        name = self._name(field.type_name) or _SCALARS[field.type]
        if field.label != _REPEATED:
            return f"optional {name}" if field.proto3_optional else name
        entry = field.type_name.rpartition(".")[2]
        for nested in message.nested_type:
            if nested.options.map_entry and nested.name == entry:
                return f"map<string, {self._type(nested.field[1], nested)}>"
        return f"repeated {name}"

    def _enum(self, enum: EnumDescriptorProto, path: Path) -> Lines:
        yield from self._comment(path)
        yield from _block(f"enum {enum.name}", self._values(enum, path))

    def _values(self, enum: EnumDescriptorProto, path: Path) -> Iterator[Lines]:
        yield from _reserved((one.start, one.end) for one in enum.reserved_range)
        for at, one in enumerate(enum.value):
            comment = self._comment((*path, _MEMBER, at))
            yield iter((*comment, f"{one.name} = {one.number};"))

    def _name(self, full: str) -> str:
        """A type as it is called in this file."""
        return full.removeprefix(".").removeprefix(f"{self._file.package}.")


def _block(head: str, parts: Iterable[Lines]) -> Lines:
    """Something with other things inside."""
    inside = [f"  {line}" if line else "" for part in parts for line in part]
    if inside:
        yield f"{head} {{"
        yield from inside
        yield "}"
    else:
        yield f"{head} {{}}"


def _reserved(ranges: Iterable[tuple[int, int]]) -> Iterator[Lines]:
    """Numbers that nothing may have any more."""
    shown: Sequence[str] = [
        str(first) if first == last else f"{first} to {last}" for first, last in ranges
    ]
    if shown:
        yield iter((f"reserved {', '.join(shown)};",))


def _quoted(text: str) -> str:
    """Text for a string of protobuf."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(
        one if one.isprintable() else "".join(f"\\x{byte:02x}" for byte in one.encode())
        for one in escaped
    )
