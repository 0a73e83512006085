"""Tasks: from the registrations of an app to its services and messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from qtasks import v1
from qtasks.typed.naming import (
    APP_SERVICE,
    Names,
    package_of,
    package_part,
    pascal,
    upper,
)
from qtasks.typed.numbering import Allocation, NumberTaken, Wanted
from qtasks.typed.schema import (
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
from qtasks.typed.shapes import Enum, Field, Kind, Message, Shape
from qtasks.typed.sharing import called_shape, reached, share

UNKNOWN = (
    v1.ParameterInfo(name="args", kind="args", optional=True),
    v1.ParameterInfo(name="kwargs", kind="kwargs", optional=True),
)
"""The parameters of a task of which nothing is known."""
VARIADIC = frozenset({"args", "kwargs"})


@dataclass(frozen=True, kw_only=True)
class TypedTask:
    """A task as two calls: one that waits for its end, and one that follows it."""

    name: str
    """The task's."""
    description: str
    service: str
    method: str
    """The call that waits for the end."""
    stream_method: str
    """The call that follows it."""
    request: Message
    """Takes its arguments; the fields' keys are the parameters."""
    stream_request: str
    """The name of the same message for the call that follows."""
    kinds: Mapping[str, str]
    """Of the parameters, as in `ParameterInfo.kind`."""
    response: Message
    """Its end, with the field `result` if it has one."""
    stream_response: str
    """The name of the message for what happens."""
    yielded: Message
    """What it yields, with the field `value`; stands inside of `stream_response`."""
    finished: Message
    """Its end, with the field `result` if it has one; stands inside too."""


@dataclass(frozen=True, kw_only=True)
class TypedApp:
    """The services and messages of an app, in one file."""

    app: str
    package: str
    tasks: tuple[TypedTask, ...]
    """By name."""
    messages: Mapping[str, Message]
    """Its models."""
    enums: Mapping[str, Enum]
    refused: Mapping[str, str]
    """The tasks that have no calls, and why."""

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.package.replace('.', '/')}/tasks.proto"

    def payloads(self) -> list[tuple[str, str]]:
        """The fields that have no type of their own, as `Message.field`, and why."""
        named = [one.request for one in self.tasks]
        for task in self.tasks:
            stream = task.stream_response
            inside = replace(task.yielded, name=f"{stream}.{task.yielded.name}")
            named += [task.response, inside]
        return [
            (f"{message.name}.{one.name}", one.shape.reason)
            for message in [*named, *self.messages.values()]
            for one in message.fields
            if one.shape.reason
        ]


@dataclass
class _Draft:
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


def typed_app(
    app: str,
    infos: Iterable[v1.TaskInfo],
    allocation: Allocation | None = None,
    *,
    part: str = "",
) -> TypedApp:
    """The services and messages of an app.

    A task that can't have any, because its schema wants a number that is taken, is left
    out and told in `refused`.

    Args:
        app: Its name.
        infos: Its tasks as they are registered.
        allocation: The names and numbers of before; gets the new ones.
        part: What stands for the app in the package; made of its name when empty.
    """
    allocation = Allocation() if allocation is None else allocation
    names = Names(allocation.names)
    drafts = _named(sorted(infos, key=lambda info: info.name), names)
    shared = Found()
    for draft in drafts:
        _fill(draft, shared, names)
    allocation.names = names.given
    numbering = _Numbering(allocation, shared)
    tasks = [task for draft in drafts if (task := numbering.task(draft)) is not None]
    used = reached((shape for one in tasks for shape in _shapes(one)), shared.messages)
    return TypedApp(
        app=app,
        package=package_of(part or package_part(app)),
        tasks=tuple(tasks),
        messages={name: numbering.messages[name] for name in sorted(used)},
        enums=numbering.enums,
        refused=numbering.refused,
    )


# -- names ----------------------------------------------------------------------------


def _named(infos: list[v1.TaskInfo], names: Names) -> list[_Draft]:
    """Give services, methods and their messages names: before any model gets one."""
    names.claim(APP_SERVICE, "router ")
    drafts = []
    for info in infos:
        wanted = pascal(info.router) if info.router else APP_SERVICE
        service = names.claim(wanted, f"router {info.router}")
        own = info.name.removeprefix(f"{info.router}.") if info.router else info.name
        method = names.claim(pascal(own), f"task {info.name}", scope=f"{service}/")
        prefix = service if info.router else ""
        drafts.append(_Draft(info, service, method, prefix))
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


# -- shapes ---------------------------------------------------------------------------


def _fill(draft: _Draft, shared: Found, names: Names) -> None:
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
    draft: _Draft, schema: Schema | None, reader: Reader, owner: str
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
        number = {"x-field-number": number_of(others)}
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


def _shapes(task: TypedTask) -> Iterable[Shape]:
    for message in (task.request, task.response, task.yielded):
        yield from (one.shape for one in message.fields)


# -- numbers --------------------------------------------------------------------------


class _Numbering:
    """Gives fields their numbers, and refuses tasks whose fields get none."""

    def __init__(self, allocation: Allocation, shared: Found) -> None:
        self._allocation = allocation
        self._shared = shared
        self._broken: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.messages: dict[str, Message] = {}
        for name, message in shared.messages.items():
            try:
                self.messages[name] = self._numbered(message)
            except NumberTaken as error:
                self._broken[name] = error.message
        self._values = Names()
        self.enums = {name: self._enum(one) for name, one in shared.enums.items()}

    def task(self, draft: _Draft) -> TypedTask | None:
        """A task whose fields have numbers; `None` when it is refused."""
        try:
            return self._task(draft)
        except NumberTaken as error:
            self.refused[draft.info.name] = error.message
            return None

    def _task(self, draft: _Draft) -> TypedTask:
        shapes = [one.shape for one in draft.request]
        shapes += [one for one in (draft.result, draft.yields) if one is not None]
        for name in reached(shapes, self._shared.messages):
            if name in self._broken:
                raise NumberTaken(self._broken[name])
        method, stream = draft.method, draft.stream_method
        stream_response = draft.names[f"{stream}Response"]
        task_id = Field(
            key="task_id",
            name="task_id",
            shape=Shape(Kind.STRING),
            wanted=1,
            description="The task that ran.",
        )
        return TypedTask(
            name=draft.info.name,
            description=draft.info.description,
            service=draft.service,
            method=method,
            stream_method=stream,
            request=self._message(draft.names[f"{method}Request"], draft.request),
            stream_request=draft.names[f"{stream}Request"],
            kinds=draft.kinds,
            response=self._message(
                draft.names[f"{method}Response"],
                (task_id, *_one("result", draft.result)),
            ),
            stream_response=stream_response,
            yielded=self._inside(stream_response, "Yielded", "value", draft.yields),
            finished=self._inside(stream_response, "Finished", "result", draft.result),
        )

    def _message(self, name: str, fields: tuple[Field, ...]) -> Message:
        return self._numbered(Message(name=name, fields=fields))

    def _inside(self, outer: str, name: str, key: str, shape: Shape | None) -> Message:
        message = self._message(f"{outer}.{name}", _one(key, shape))
        return replace(message, name=name)

    def _numbered(self, message: Message) -> Message:
        wanted = [Wanted(one.key, one.shape.type, one.wanted) for one in message.fields]
        numbers, reserved = self._allocation.number(message.name, wanted)
        fields = tuple(
            replace(one, number=number)
            for one, number in zip(message.fields, numbers, strict=True)
        )
        return replace(message, fields=fields, reserved=reserved)

    def _enum(self, enum: Enum) -> Enum:
        wanted = [Wanted(value, "value") for value in enum.values]
        numbers, reserved = self._allocation.number(enum.name, wanted)
        return replace(
            enum,
            unset=self._value(enum, "UNSPECIFIED", ""),
            names={
                value: self._value(enum, upper(value), f" {value}")
                for value in enum.values
            },
            numbers=dict(zip(enum.values, numbers, strict=True)),
            reserved=reserved,
        )

    def _value(self, enum: Enum, name: str, owner: str) -> str:
        """What a value is called: its neighbours are those of all enums around it."""
        return self._values.claim(
            f"{upper(enum.own_name)}_{name}",
            f"{enum.name}{owner}",
            scope=f"{enum.outer}/",
        )


def _one(key: str, shape: Shape | None) -> tuple[Field, ...]:
    if shape is None:
        return ()
    return (Field(key=key, name=key, shape=shape, description=f"The {key}."),)


__all__ = ["TypedApp", "TypedTask", "typed_app"]
