"""Drafts: the names and the shapes of a registered task, before anything has a number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from qtasks import v1
from qtasks.typed.naming import APP_SERVICE, Names, pascal
from qtasks.typed.schema import (
    FIELD_NUMBER,
    Found,
    Reader,
    Schema,
    default_of,
    description_of,
    enum_in,
    field_names,
    number_of,
    parse,
)
from qtasks.typed.shapes import Field, Kind, Shape
from qtasks.typed.sharing import called_shape, share

UNKNOWN = (
    v1.ParameterInfo(name="args", kind="args", optional=True),
    v1.ParameterInfo(name="kwargs", kind="kwargs", optional=True),
)
"""The parameters of a task of which nothing is known."""
VARIADIC = frozenset({"args", "kwargs"})


@dataclass
class Draft:
    """A task whose fields have no numbers yet."""

    info: v1.TaskInfo
    service: str
    method: str
    prefix: str
    stream_method: str = ""
    names: dict[str, str] = field(default_factory=dict)
    request: tuple[Field, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    result: Shape | None = None
    yields: Shape | None = None


def drafts_of(infos: list[v1.TaskInfo], names: Names) -> list[Draft]:
    """Give services, methods and their messages names: before any model gets one."""
    names.claim(APP_SERVICE, "router ")
    drafts = []
    for info in infos:
        wanted = pascal(info.router) if info.router else APP_SERVICE
        service = names.claim(wanted, f"router {info.router}")
        own = info.name.removeprefix(f"{info.router}.") if info.router else info.name
        method = names.claim(pascal(own), f"task {info.name}", scope=f"{service}/")
        prefix = service if info.router else ""
        drafts.append(Draft(info, service, method, prefix))
    for one in drafts:
        one.stream_method = names.claim(
            f"{one.method}Stream", f"stream {one.info.name}", scope=f"{one.service}/"
        )
        for method in (one.method, one.stream_method):
            for role in ("Request", "Response"):
                name = f"{one.prefix}{method}{role}"
                owner = f"{method}{role} of {one.info.name}"
                one.names[f"{method}{role}"] = names.claim(name, owner)
    return drafts


def fill(draft: Draft, shared: Found, names: Names) -> None:
    """Find the shapes of a task's arguments, its result and what it yields."""
    owner = f"{draft.prefix}{draft.method}"
    schema = parse(draft.info.json_schema)
    found = Found()
    reader = Reader(schema or {}, found)
    fields = list(_parameters(draft, schema, reader, owner))
    called = share(found, shared, names, owner)
    draft.request = tuple(
        replace(one, shape=called_shape(one.shape, called)) for one in fields
    )
    response = draft.names[f"{draft.method}Response"]
    draft.result = _value(
        draft.info.result_schema, f"{owner}Result", f"{response}.Result", shared, names
    )
    stream = draft.names[f"{draft.stream_method}Response"]
    draft.yields = _value(
        draft.info.yield_schema, f"{owner}Yield", f"{stream}.Value", shared, names
    )


def _parameters(
    draft: Draft, schema: Schema | None, reader: Reader, owner: str
) -> Iterable[Field]:
    """The fields of a request: a parameter each, but for those that callers don't give."""
    properties = (schema or {}).get("properties", {})
    parameters = list(draft.info.parameters)
    if schema is None:
        parameters = parameters or list(UNKNOWN)
    known = {one.name for one in parameters}
    required = (schema or {}).get("required", ())
    parameters += [
        v1.ParameterInfo(name=key, kind="keyword", optional=key not in required)
        for key in properties
        if key not in known
    ]
    parameters = [one for one in parameters if _given(one, schema, properties)]
    request = draft.names[f"{draft.method}Request"]
    named = field_names(one.name for one in parameters)
    for one in parameters:
        draft.kinds[one.name] = one.kind
        text = _schema_of(one, schema, properties)
        yield Field(
            key=one.name,
            name=named[one.name],
            shape=reader.shape(
                text, owner + pascal(one.name), enum_in(request, one.name)
            ),
            wanted=number_of(text),
            required=not one.optional and one.kind not in VARIADIC,
            description=description_of(text),
            default=one.default_json or default_of(text),
        )


def _given(
    one: v1.ParameterInfo, schema: Schema | None, properties: Mapping[str, object]
) -> bool:
    """Whether callers give it: a known schema leaves out what the worker fills."""
    if schema is None or one.name in properties or not one.optional:
        return True
    return one.kind == "kwargs" and schema.get("additionalProperties") is not False


def _schema_of(
    one: v1.ParameterInfo, schema: Schema | None, properties: Mapping[str, object]
) -> object:
    if one.kind == "kwargs":
        others = (schema or {}).get("additionalProperties", {})
        number = {FIELD_NUMBER: number_of(others)}
        return {"type": "object", "additionalProperties": others, **number}
    if one.kind == "args" and one.name not in properties:
        return {"type": "array"}
    return properties.get(one.name, {})


def _value(
    text: str, owner: str, inside: str, shared: Found, names: Names
) -> Shape | None:
    """The shape of a result or a yield; `None` when it is always `null`."""
    schema = parse(text)
    if schema is None:
        return Shape(Kind.PAYLOAD, reason="it has no type")
    if schema == {"type": "null"}:
        return None
    found = Found()
    shape = Reader(schema, found).shape(schema, owner, inside)
    return called_shape(shape, share(found, shared, names, owner))
