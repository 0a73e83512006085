"""Numbers: schemas that say which number each field has in the messages made of them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from qtasks import v1
from qtasks.errors import ExportRefused
from qtasks.export.folder import Folder
from qtasks.export.lock import Lock
from qtasks.typed.schema import FIELD_NUMBER, VALUE_NUMBERS, parse
from qtasks.typed.shapes import Field
from qtasks.typed.tasks import TypedApp, TypedTask, typed_app


def numbered(app: str, tasks: Sequence[v1.TaskInfo], place: Path) -> list[v1.TaskInfo]:
    """Tasks whose schemas say the numbers that a lock file has for their fields.

    Fields that were not exported yet get the numbers that the next export gives them.

    Raises:
        ExportRefused: the file is not there, or is no lock of this app.
    """
    text = Folder(place.parent).read(place.name)
    if text is None:
        raise ExportRefused(
            f"there is no lock file {place}; export first", file=str(place)
        )
    lock = Lock.decode(text, str(place))
    if lock.app != app:
        raise ExportRefused(
            f"{place} is that of the app {lock.app!r}, and not of {app!r}",
            file=str(place),
        )
    typed = typed_app(app, tasks, lock.allocation)
    known = {one.name: one for one in typed.tasks}
    return [
        _numbered(one, known[one.name], typed) if one.name in known else one
        for one in tasks
    ]


def _numbered(info: v1.TaskInfo, task: TypedTask, typed: TypedApp) -> v1.TaskInfo:
    made = v1.TaskInfo()
    made.CopyFrom(info)
    schema = _Schema(parse(info.json_schema), typed)
    schema.object(schema.root, task.request.fields)
    made.json_schema = schema.text
    for name, text, fields in (
        ("result_schema", info.result_schema, task.response.fields[1:]),
        ("yield_schema", info.yield_schema, task.yielded.fields),
    ):
        schema = _Schema(parse(text), typed)
        for field in fields:
            schema.field(schema.root, field)
        setattr(made, name, schema.text)
    return made


class _Schema:
    """A schema in which the numbers of fields are noted."""

    def __init__(self, root: Any, typed: TypedApp) -> None:
        self.root = root
        self._typed = typed
        self._seen: set[int] = set()

    @property
    def text(self) -> str:
        """The schema, as it travels."""
        if self.root is None:
            return ""
        return json.dumps(self.root, ensure_ascii=False, separators=(",", ":"))

    def field(self, schema: Any, field: Field) -> None:
        """Note the number of a field, and those of the model or the enum inside."""
        if not isinstance(schema, dict):
            return
        self._inside(schema, field)
        schema[FIELD_NUMBER] = field.number

    def object(self, schema: Any, fields: Iterable[Field]) -> None:
        """Note the numbers of an object's properties; each object once."""
        if not isinstance(schema, dict) or id(schema) in self._seen:
            return
        self._seen.add(id(schema))
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is True:
            schema["additionalProperties"] = {}  # the same, with room for a number
        for one in fields:
            if one.key in properties:
                self.field(properties[one.key], one)
            else:
                self.field(schema.get("additionalProperties"), one)  # `**kwargs`

    def _inside(self, schema: Any, field: Field) -> None:
        """Look for the objects that a message stands for, and the values of an enum."""
        name = field.shape.name
        if not name or not isinstance(schema, dict):
            return
        if "$ref" in schema:
            place = str(schema["$ref"]).rpartition("/")[2]
            self._inside(self.root.get("$defs", {}).get(place), field)
        elif name in self._typed.messages and "properties" in schema:
            self.object(schema, self._typed.messages[name].fields)
        elif name in self._typed.enums and ("enum" in schema or "const" in schema):
            schema[VALUE_NUMBERS] = dict(self._typed.enums[name].numbers)
        else:
            inner = (schema.get("items"), schema.get("additionalProperties"))
            for one in (*inner, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
                self._inside(one, field)
