"""TypeScript: a module with the arguments and models of an app's tasks, over the client."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from qtasks.export.catalogue import Catalogue
from qtasks.export.folder import NOTICE, File
from qtasks.export.wrappers import (
    Argument,
    Choice,
    Scope,
    Wrapped,
    Wrappers,
    wrappers_of,
)
from qtasks.typed.shapes import Field, Form, Kind, Message, Shape

WIDTH: Final = 88
"""Characters of a line, as the formatter of the client has it."""
_TYPES: Final = {
    Kind.STRING: "string",
    Kind.INT64: "number",
    Kind.UINT64: "number",
    Kind.DOUBLE: "number",
    Kind.BOOL: "boolean",
    Kind.BYTES: "string",
    Kind.PAYLOAD: "unknown",
}
_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_TAKEN: Final = (
    *("AsyncGenerator", "Call", "CallOptions", "Client", "Omit", "Options", "Promise"),
    *("Record", "SubmitOptions", "Submitted", "Task", "follow", "submit"),
)
"""Names that have a meaning in every module."""

_HEAD: Final = f"""\
// {NOTICE}
//
// An integer is a `number`; one that a number can't hold comes as a `bigint`.

import type {{ Call, CallOptions, Client, SubmitOptions, Task }} from "qtasks";

/** How a task is submitted, besides its arguments. */
export type Options = Omit<SubmitOptions & CallOptions, "each" | "kwargs">;

/** A task that was submitted, and returns an `R`. */
export type Submitted<R> = Omit<Task, "result"> & {{
  result(options?: CallOptions): Promise<R>;
}};"""

_CONSTRUCTOR: Final = """\
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }"""

_SUBMIT: Final = """\
function submit<R>(
  client: Client,
  call: Call,
  options: Options,
): Promise<Submitted<R>> {
  const { name, args, ...rest } = call;
  return client.submit(name, args, { ...options, ...rest });
}"""

_FOLLOW: Final = """\
async function* follow<Y, R>(
  client: Client,
  call: Call,
  options: Options,
): AsyncGenerator<Y, R, undefined> {
  const { name, args, ...rest } = call;
  let id = "";
  for await (const event of client.run(name, args, { ...options, ...rest })) {
    id = event.taskId;
    if (event.kind === "yield") {
      yield event.value as Y;
    }
  }
  return client.task(id).result<R>(options);
}"""


def typescript(catalogue: Catalogue) -> File:
    """The module of an app."""
    app = wrappers_of(catalogue)
    text = "\n\n".join("\n".join(part) for part in _Module(app).parts())
    return File(f"{app.package}.ts", f"{text}\n")


class _Module:
    """The text of a module, as its formatters leave it."""

    def __init__(self, app: Wrappers) -> None:
        self._app = app
        self._scope = Scope("TypeScript")
        for name in _TAKEN:
            self._scope.claim(name, "what every module has")

    def parts(self) -> Iterator[Iterable[str]]:
        """Its declarations."""
        yield _HEAD.splitlines()
        yield self._tasks()
        for task in self._app.tasks:
            yield self._arguments(task)
            yield self._call(task)
        yield from (self._model(model) for model in self._app.models)
        yield from (self._enum(enum) for enum in self._app.choices)
        yield _SUBMIT.splitlines()
        if any(task.yields for task in self._app.tasks):
            yield _FOLLOW.splitlines()

    # -- types --------------------------------------------------------------------------

    def _arguments(self, task: Wrapped) -> Iterator[str]:
        owner = f"the arguments of the task {task.name!r}"
        name = self._scope.claim(f"{task.title}Args", owner)
        yield from _doc([f"Arguments of `{task.name}`."])
        if not task.arguments:
            yield f"export type {name} = Record<string, never>;"
            return
        yield f"export interface {name} {{"
        for one in task.arguments:
            yield from _property(one.field, required=one.required)
        yield "}"

    def _model(self, model: Message) -> Iterator[str]:
        name = self._scope.claim(model.name, f"the model {model.name!r}")
        yield from _doc([model.description])
        yield f"export interface {name} {{"
        for one in model.fields:
            yield from _property(one, required=one.required)
        yield "}"

    def _enum(self, enum: Choice) -> Iterator[str]:
        name = self._scope.claim(enum.name, f"the enum {enum.name!r}")
        values = [_quoted(value) for value in enum.values]
        yield from _doc([enum.description])
        line = f"export type {name} = {' | '.join(values)};"
        if len(line) <= WIDTH:
            yield line
            return
        yield f"export type {name} ="
        yield from (f"  | {value}" for value in values[:-1])
        yield f"  | {values[-1]};"

    # -- tasks --------------------------------------------------------------------------

    def _call(self, task: Wrapped) -> Iterator[str]:
        name = self._scope.claim(f"{_camel(task.title)}Call", f"the task {task.name!r}")
        yield from _doc([f"`{task.name}` with these arguments."])
        given = [f"args: {task.title}Args"] if task.arguments else []
        yield from _fitting(f"export function {name}(", given, "): Call {")
        yield "  return {"
        yield f"    name: {_quoted(task.name)},"
        if task.placed:
            values = [_given(one) for one in task.placed]
            yield from (f"    {line}" for line in _fitting("args: [", values, "],", 4))
        if task.named:
            yield "    kwargs: {"
            for one in task.named:
                key = "" if one.spread else f"{_key(one.name)}: "
                yield f"      {key}{_given(one)},"
            yield "    },"
        yield "  };"
        yield "}"

    def _tasks(self) -> Iterator[str]:
        name = self._scope.claim(f"{self._app.title}Tasks", "the class of the app")
        yield from _doc(
            [f"The tasks of the app `{self._app.app}`, over a client of it."]
        )
        yield f"export class {name} {{"
        yield from _CONSTRUCTOR.splitlines()
        for task in self._app.tasks:
            for method in self._methods(task):
                yield ""
                yield from (f"  {line}" for line in method)
        yield "}"

    def _methods(self, task: Wrapped) -> Iterator[list[str]]:
        wait, submit, run = (
            self._scope.claim(
                f"{self._app.title}Tasks.{name}", f"the task {task.name!r}"
            ).partition(".")[2]
            for name in (_camel(task.title), f"submit{task.title}", f"run{task.title}")
        )
        args = [f"args: {task.title}Args"] if task.arguments else []
        given = [*args, "options: Options = {}"]
        call = f"{_camel(task.title)}Call({'args' if args else ''})"
        passed = "args, options" if args else "options"
        result = "null" if task.result is None else _type(task.result)
        about = task.description or f"Run `{task.name}`."
        yield [
            *_doc([about, "Waits for what it returns."]),
            *_fitting(f"async {wait}(", given, f"): Promise<{result}> {{", 2),
            f"  const task = await this.{submit}({passed});",
            "  return task.result(options);",
            "}",
        ]
        yield [
            *_doc([f"Submit `{task.name}`."]),
            *_fitting(f"{submit}(", given, f"): Promise<Submitted<{result}>> {{", 2),
            f"  return submit(this.#client, {call}, options);",
            "}",
        ]
        if task.yields is not None:
            made = f"AsyncGenerator<{_type(task.yields)}, {result}, undefined>"
            yield [
                *_doc([f"Run `{task.name}`: what it yields, as it comes."]),
                *_fitting(f"{run}(", given, f"): {made} {{", 2),
                f"  return follow(this.#client, {call}, options);",
                "}",
            ]


def _property(field: Field, *, required: bool) -> Iterator[str]:
    """A property of an interface, with what is said of it."""
    default = "" if required or not field.default else f"Left out: {field.default}."
    yield from _doc([field.description, default], "  ")
    mark = "" if required else "?"
    yield f"  {_key(field.key)}{mark}: {_type(field.shape)};"


def _given(one: Argument) -> str:
    """What an argument travels as."""
    value = (
        f"args.{one.name}" if _PLAIN.match(one.name) else f"args[{_quoted(one.name)}]"
    )
    if one.spread:
        return f"...({value} ?? [])" if one.placed else f"...{value}"
    if one.placed and not one.required:
        return f"{value} ?? {one.field.default}"
    return value


def _type(shape: Shape) -> str:
    one = shape.name or _TYPES[shape.kind]
    if shape.form is Form.LIST:
        one = f"{one}[]"
    elif shape.form is Form.MAP:
        one = f"Record<string, {one}>"
    return f"{one} | null" if shape.nullable and one != "unknown" else one


def _camel(title: str) -> str:
    """A name in Pascal case, in camel case."""
    return title[:1].lower() + title[1:]


def _fitting(head: str, items: Sequence[str], tail: str, indent: int = 0) -> list[str]:
    """A list of things on one line; on a line each where they do not fit."""
    line = f"{head}{', '.join(items)}{tail}"
    if len(line) + indent <= WIDTH or not items:
        return [line]
    return [head, *(f"  {one}," for one in items), tail]


def _doc(texts: Sequence[str], indent: str = "") -> Iterator[str]:
    """A comment above something, if there is anything to say."""
    lines = [line.rstrip() for text in texts for line in text.splitlines()]
    lines = [line.replace("*/", "*\\/") for line in lines]
    if len(lines) == 1:
        yield f"{indent}/** {lines[0]} */"
    elif lines:
        yield f"{indent}/**"
        yield from (f"{indent} * {line}".rstrip() for line in lines)
        yield f"{indent} */"


def _key(name: str) -> str:
    return name if _PLAIN.match(name) else _quoted(name)


def _quoted(text: str) -> str:
    """Text as a string of JavaScript, which takes JSON's."""
    return json.dumps(text, ensure_ascii=False)
