"""Tasks: from the registrations of an app to its services and messages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from qtasks import v1
from qtasks.typed.drafts import Draft, drafts_of, fill
from qtasks.typed.naming import Names, package_of, package_part, upper
from qtasks.typed.numbering import Allocation, NumberTaken, Wanted
from qtasks.typed.schema import Found, number_of, parse
from qtasks.typed.services import TypedApp, TypedTask
from qtasks.typed.shapes import Enum, Field, Kind, Message, Shape
from qtasks.typed.sharing import reached

T = TypeVar("T")


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
    drafts = drafts_of(sorted(infos, key=lambda info: info.name), names)
    shared = Found()
    for draft in drafts:
        fill(draft, shared, names)
    allocation.names = names.given
    numbering = _Numbering(allocation, shared)
    tasks = [task for draft in drafts if (task := numbering.task(draft)) is not None]
    used = reached((shape for one in tasks for shape in _shapes(one)), shared.messages)
    return TypedApp(
        app=app,
        package=package_of(part or package_part(app)),
        tasks=tuple(tasks),
        messages=_of(used, numbering.messages),
        enums=_of(used, numbering.enums),
        refused=numbering.refused,
    )


def _of(used: set[str], made: Mapping[str, T]) -> Mapping[str, T]:
    """What is used of what was made, by name."""
    return {name: made[name] for name in sorted(made) if name in used}


def _shapes(task: TypedTask) -> Iterable[Shape]:
    for message in (task.request, task.response, task.yielded):
        yield from (one.shape for one in message.fields)


class _Numbering:
    """Gives fields their numbers, and refuses tasks whose fields get none."""

    def __init__(self, allocation: Allocation, shared: Found) -> None:
        self._allocation = allocation
        self._shared = shared
        self._broken: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self._values = Names()
        self.messages = self._whole(shared.messages, self._numbered)
        self.enums = self._whole(shared.enums, self._enum)

    def _whole(
        self, found: Mapping[str, T], numbered: Callable[[T], T]
    ) -> Mapping[str, T]:
        """Those that get their numbers."""
        made = {}
        for name, one in found.items():
            try:
                made[name] = numbered(one)
            except NumberTaken as error:
                self._broken[name] = error.message
        return made

    def task(self, draft: Draft) -> TypedTask | None:
        """A task whose fields have numbers; `None` when it is refused."""
        try:
            return self._task(draft)
        except NumberTaken as error:
            self.refused[draft.info.name] = error.message
            return None

    def _task(self, draft: Draft) -> TypedTask:
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
        result = _one("result", draft.result, draft.info.result_schema)
        response = self._message(draft.names[f"{method}Response"], (task_id, *result))
        # One number for both, so that the schema has to say but one.
        end = tuple(replace(one, wanted=one.number) for one in response.fields[1:])
        value = _one("value", draft.yields, draft.info.yield_schema)
        return TypedTask(
            name=draft.info.name,
            description=draft.info.description,
            service=draft.service,
            method=method,
            stream_method=stream,
            request=self._message(draft.names[f"{method}Request"], draft.request),
            stream_request=draft.names[f"{stream}Request"],
            kinds=draft.kinds,
            response=response,
            stream_response=stream_response,
            yielded=self._inside(stream_response, "Yielded", value),
            finished=self._inside(stream_response, "Finished", end),
        )

    def _message(self, name: str, fields: tuple[Field, ...]) -> Message:
        return self._numbered(Message(name=name, fields=fields))

    def _inside(self, outer: str, name: str, fields: tuple[Field, ...]) -> Message:
        message = self._message(f"{outer}.{name}", fields)
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
        wanted = [
            Wanted(value, "value", enum.wanted.get(value, 0)) for value in enum.values
        ]
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


def _one(key: str, shape: Shape | None, schema: str) -> tuple[Field, ...]:
    """The field of a value, if there is one; its schema says the number of it."""
    if shape is None:
        return ()
    number = number_of(parse(schema))
    about = f"The {key}."
    return (Field(key=key, name=key, shape=shape, wanted=number, description=about),)


__all__ = ["TypedApp", "TypedTask", "typed_app"]
