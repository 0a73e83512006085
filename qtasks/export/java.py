"""Java: a class with the arguments and models of an app's tasks, over the client."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from qtasks.export.catalogue import Catalogue
from qtasks.export.folder import NOTICE, File
from qtasks.export.javatext import FOLLOW, HEAD, TAIL, doc, fitting, imports
from qtasks.export.wrappers import (
    Argument,
    Choice,
    Scope,
    Wrapped,
    Wrappers,
    wrappers_of,
)
from qtasks.typed.naming import RESERVED, words
from qtasks.typed.shapes import Field, Form, Kind, Message, Shape

_TYPES: Final = {
    Kind.STRING: "String",
    Kind.INT64: "Long",
    Kind.UINT64: "BigInteger",
    Kind.DOUBLE: "Double",
    Kind.BOOL: "Boolean",
    Kind.BYTES: "byte[]",
    Kind.PAYLOAD: "Object",
}
_TAKEN: Final = RESERVED | frozenset(
    [
        "call",
        "clone",
        "finalize",
        "getClass",
        "hashCode",
        "notify",
        "notifyAll",
        "of",
        "placed",
        "toCall",
        "toString",
        "true",
        "wait",
    ]
)
"""What a component of a record can't be called."""
_CLASSES: Final = (
    *(
        "BigInteger",
        "Boolean",
        "CompletableFuture",
        "Double",
        "Duration",
        "List",
        "Long",
    ),
    *("Map", "Object", "QtasksClient", "RawValue", "Stream", "String", "Submitted"),
    *("Task", "TaskCall", "TaskEvent", "TaskEvents", "TypeReference"),
)


def java(catalogue: Catalogue) -> File:
    """The class of an app."""
    app = wrappers_of(catalogue)
    name = f"{app.title}Tasks"
    body = "\n".join(_Class(app, name).lines())
    package = f"{app.package}.tasks"
    head = [f"// {NOTICE}", f"package {package};", "", *imports(body), ""]
    text = "\n".join((*head, body))
    return File(f"{package.replace('.', '/')}/{name}.java", f"{text}\n")


class _Class:
    """The text of a class, as google-java-format leaves it."""

    def __init__(self, app: Wrappers, name: str) -> None:
        self._app = app
        self._name = name
        self._scope = Scope("Java")
        for taken in (*_CLASSES, name):
            self._scope.claim(taken, "what every class has")

    def lines(self) -> Iterator[str]:
        """All of it."""
        yield from doc([f"The tasks of the app {_code(self._app.app)}."])
        yield f"public final class {self._name} {{"
        yield from HEAD.format(name=self._name, app=_quoted(self._app.app)).splitlines()
        for part in self._parts():
            yield ""
            yield from (f"  {line}" if line else "" for line in part)
        if any(task.yields for task in self._app.tasks):
            yield from ("", *FOLLOW.splitlines())
        yield from ("", *TAIL.splitlines())
        yield "}"

    def _parts(self) -> Iterator[Iterable[str]]:
        for task in self._app.tasks:
            yield from self._methods(task)
        for task in self._app.tasks:
            yield self._arguments(task)
        for model in self._app.models:
            yield self._model(model)
        for enum in self._app.choices:
            yield self._enum(enum)

    # -- tasks --------------------------------------------------------------------------

    def _methods(self, task: Wrapped) -> Iterator[Iterable[str]]:
        owner = f"the task {task.name!r}"
        wait, submit, run = (
            self._scope.claim(name, owner)
            for name in (
                _free(f"{task.title[:1].lower()}{task.title[1:]}"),
                f"submit{task.title}",
                f"run{task.title}",
            )
        )
        args = f"{task.title}Args args"
        result = "Object" if task.result is None else _type(task.result)
        about = task.description or f"Runs {_code(task.name)}."
        yield (
            *doc([about, "Waits for what it returns."], 2),
            *fitting(f"public {result} {wait}(", [args, "Duration timeout"], ") {", 2),
            f"  return {submit}(args).result(timeout);",
            "}",
        )
        made = ["client.submit(args.toCall())", f"new TypeReference<{result}>() {{}}"]
        yield (
            *doc([f"Submits {_code(task.name)}."], 2),
            *fitting(f"public Submitted<{result}> {submit}(", [args], ") {", 2),
            *_inner(fitting("return new Submitted<>(", made, ");", 4)),
            "}",
        )
        if task.yields is not None:
            yields = _type(task.yields)
            made = ["client.run(args.toCall())", f"new TypeReference<{yields}>() {{}}"]
            yield (
                *doc([f"Runs {_code(task.name)}: what it yields, as it comes."], 2),
                *fitting(f"public Stream<{yields}> {run}(", [args], ") {", 2),
                *_inner(fitting("return follow(", made, ");", 4)),
                "}",
            )

    def _arguments(self, task: Wrapped) -> Iterator[str]:
        owner = f"the arguments of the task {task.name!r}"
        name = self._scope.claim(f"{task.title}Args", owner)
        parts = [_Component(one.field, required=one.required) for one in task.arguments]
        yield from doc([f"Arguments of {_code(task.name)}."], 2, _params(parts))
        components = [f"{_type(one.shape)} {one.name}" for one in parts]
        yield from fitting(f"public record {name}(", components, ") {", 2)
        yield from _makers(name, parts)
        yield from _inner(_to_call(task))
        yield "}"

    # -- models -------------------------------------------------------------------------

    def _model(self, model: Message) -> Iterator[str]:
        name = self._scope.claim(model.name, f"the model {model.name!r}")
        parts = [_Component(one, required=one.required) for one in model.fields]
        yield from doc([model.description or "A model."], 2, _params(parts))
        yield "@JsonInclude(JsonInclude.Include.NON_NULL)"
        components = [_component(one) for one in parts]
        makers = [*_makers(name, parts)]
        if not makers:
            yield from fitting(f"public record {name}(", components, ") {}", 2)
            return
        yield from fitting(f"public record {name}(", components, ") {", 2)
        yield from makers[:-1]  # without the empty line that follows each
        yield "}"

    def _enum(self, enum: Choice) -> Iterator[str]:
        name = self._scope.claim(enum.name, f"the enum {enum.name!r}")
        yield from doc([enum.description or "One of a few values."], 2)
        yield f"public enum {name} {{"
        for place, (text, value) in enumerate(enum.values.items()):
            if place:
                yield ""
            yield from _inner(doc([f"{_code(text)}."], 4))
            yield f"  @JsonProperty({_quoted(text)})"
            yield f"  {value}{',' if place < len(enum.values) - 1 else ''}"
        yield "}"


class _Component:
    """A component of a record."""

    def __init__(self, field: Field, *, required: bool) -> None:
        self.key = field.key
        self.shape = field.shape
        self.required = required
        self.name = _name(field)
        self.told = [field.description]
        if not required:
            known = field.default not in {"", "null"}
            default = f", for {_code(field.default)}" if known else ""
            self.told.append(f"May be null{default}.")


def _component(one: _Component) -> str:
    """A component of a record that is JSON itself."""
    notes = ""
    if one.required and one.shape.nullable:
        notes += "@JsonInclude(JsonInclude.Include.ALWAYS) "
    if one.name != one.key:
        notes += f"@JsonProperty({_quoted(one.key)}) "
    return f"{notes}{_type(one.shape)} {one.name}"


def _params(parts: Sequence[_Component]) -> list[tuple[str, str]]:
    return [
        (one.name, " ".join(filter(None, one.told)) or "Required.") for one in parts
    ]


def _makers(name: str, parts: Sequence[_Component]) -> Iterator[str]:
    """Methods that make a record where not all of it must be given."""
    if all(one.required for one in parts):
        return
    given = [f"{_type(one.shape)} {one.name}" for one in parts if one.required]
    values = [one.name if one.required else "null" for one in parts]
    yield from _inner(doc(["With what must be given."], 4))
    yield from _inner(fitting(f"public static {name} of(", given, ") {", 4))
    yield from _inner(_inner(fitting(f"return new {name}(", values, ");", 6)))
    yield from ("  }", "")
    for one in parts:
        if one.required:
            continue
        title = f"{one.name[:1].upper()}{one.name[1:]}"
        parameter = [f"{_type(one.shape)} {one.name}"]
        values = [other.name for other in parts]
        yield from _inner(doc([f"The same with this {_code(one.name)}."], 4))
        yield from _inner(fitting(f"public {name} with{title}(", parameter, ") {", 4))
        yield from _inner(_inner(fitting(f"return new {name}(", values, ");", 6)))
        yield from ("  }", "")


def _to_call(task: Wrapped) -> Iterator[str]:
    yield from doc(["The task with these arguments, to be submitted."], 4)
    yield "public TaskCall toCall() {"
    if task.placed:
        yield "  List<Object> placed = new ArrayList<>();"
    for one in task.placed:
        yield from _inner(_place(one))
    given = [_quoted(task.name), *(["placed.toArray()"] if task.placed else [])]
    yield from _inner(fitting("TaskCall call = TaskCall.of(", given, ");", 6))
    for one in task.named:
        yield from _inner(_name_it(one))
    yield from ("  return call;", "}")


def _place(one: Argument) -> Iterator[str]:
    name = _name(one.field)
    if one.spread:
        yield from (f"if ({name} != null) {{", f"  placed.addAll({name});", "}")
    elif one.required:
        yield f"placed.add({name});"
    else:
        default = f"new RawValue({_quoted(one.field.default)})"
        yield f"placed.add({name} == null ? {default} : {name});"


def _name_it(one: Argument) -> Iterator[str]:
    name = _name(one.field)
    if one.spread:
        yield from (f"if ({name} != null) {{", f"  {name}.forEach(call::kwarg);", "}")
        return
    give = fitting("call.kwarg(", [_quoted(one.name), name], ");", 6)
    if one.required:
        yield from give
    else:
        yield from (f"if ({name} != null) {{", *_inner(give), "}")


def _name(field: Field) -> str:
    first, *rest = words(field.name)
    return _free(first + "".join(word.capitalize() for word in rest))


def _free(name: str) -> str:
    """A name that means nothing else in Java."""
    return f"{name}_" if name in _TAKEN else name


def _type(shape: Shape) -> str:
    one = shape.name or _TYPES[shape.kind]
    if shape.form is Form.LIST:
        return f"List<{one}>"
    if shape.form is Form.MAP:
        return f"Map<String, {one}>"
    return one


def _inner(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]


def _code(text: str) -> str:
    """Text as code in a comment."""
    return f"{{@code {text}}}" if "{" not in text and "}" not in text else text


def _quoted(text: str) -> str:
    """Text as a string of Java, which takes JSON's."""
    return json.dumps(text)
