"""Go: a package with the arguments and models of an app's tasks, over the Go client."""

import json
from collections.abc import Iterator
from typing import Final

from qtasks.errors import ExportRefused
from qtasks.export.catalogue import Catalogue
from qtasks.export.folder import MARK, File
from qtasks.export.wrappers import (
    Argument,
    Choice,
    Scope,
    Wrapped,
    Wrappers,
    wrappers_of,
)
from qtasks.typed.naming import pascal
from qtasks.typed.shapes import Field, Form, Kind, Message, Shape

_TYPES: Final = {
    Kind.STRING: "string",
    Kind.INT64: "int64",
    Kind.UINT64: "uint64",
    Kind.DOUBLE: "float64",
    Kind.BOOL: "bool",
    Kind.BYTES: "[]byte",
    Kind.PAYLOAD: "any",
}
_UNTAGGABLE: Final = frozenset('`"\\,')
"""What the name of a property can't have in a tag."""
_EMPTY: Final = ("any", "[]", "map[")
"""How types begin that have `nil` among their values."""

_TASKS: Final = """\
// App is the namespace of the tasks: give it to the client as well.
const App = {app}

// Tasks are the tasks of the app.
type Tasks struct {{
	client *qtasks.Client
}}

// New gives the tasks of the app, over a client of it.
func New(client *qtasks.Client) Tasks {{
	return Tasks{{client: client}}
}}

// Task is a task that was submitted, and returns an R.
type Task[R any] struct {{
	*qtasks.Handle
}}

// Result waits for what it returns. A task that ended otherwise is a [*qtasks.TaskError].
func (t Task[R]) Result(ctx context.Context) (R, error) {{
	return qtasks.Result[R](ctx, t.Handle)
}}

func submit[R any](ctx context.Context, client *qtasks.Client, call qtasks.Call) (Task[R], error) {{
	handle, err := client.SubmitCall(ctx, call)
	return Task[R]{{handle}}, err
}}

func run[R any](ctx context.Context, client *qtasks.Client, call qtasks.Call) (R, error) {{
	task, err := submit[R](ctx, client, call)
	if err != nil {{
		var none R
		return none, err
	}}
	return task.Result(ctx)
}}"""

_FOLLOW: Final = """\
func follow[Y any](events iter.Seq2[*qtasks.Event, error]) iter.Seq2[Y, error] {
	return func(yield func(Y, error) bool) {
		for event, err := range events {
			var value Y
			switch {
			case err != nil:
			case event.GetYielded() != nil:
				err = qtasks.Decode(event.GetYielded().GetValue(), &value)
			case event.GetFinished() != nil:
				if _, err = qtasks.ResultOf[any](event.GetFinished().GetStatus()); err == nil {
					return
				}
			default:
				continue
			}
			if !yield(value, err) {
				return
			}
		}
	}
}"""


def golang(catalogue: Catalogue) -> File:
    """The package of an app."""
    app = wrappers_of(catalogue)
    text = "\n\n".join("\n".join(part) for part in _Package(app).parts())
    return File(f"{app.package}/tasks.go", f"{text}\n")


class _Package:
    """The text of a package, as `gofmt` leaves it.

    Each field has a comment above it: then there is nothing to be aligned.
    """

    def __init__(self, app: Wrappers) -> None:
        self._app = app
        self._scope = Scope("Go")
        for name in ("App", "New", "Task", "Tasks"):
            self._scope.claim(name, "what every package has")

    def parts(self) -> Iterator[list[str]]:
        """Its declarations."""
        yield from self._head()
        for task in self._app.tasks:
            yield from self._task(task)
        for model in self._app.models:
            yield list(self._model(model))
        for enum in self._app.choices:
            yield from self._enum(enum)

    def _head(self) -> Iterator[list[str]]:
        follows = any(task.yields for task in self._app.tasks)
        defaults = any(_default(one) for task in self._app.tasks for one in task.placed)
        used = {"context": True, "encoding/json": defaults, "iter": follows}
        yield [f"// Code generated {MARK}; DO NOT EDIT."]
        yield [
            f"// Package {self._app.package} has the tasks of the app {self._app.app}.",
            f"package {self._app.package}",
        ]
        yield [
            "import (",
            *(f'\t"{name}"' for name, is_used in used.items() if is_used),
            "",
            '\t"github.com/qtasks/qtasks/clients/go"',
            ")",
        ]
        yield [_TASKS.format(app=_quoted(self._app.app))]
        if follows:
            yield [_FOLLOW]

    # -- tasks --------------------------------------------------------------------------

    def _task(self, task: Wrapped) -> Iterator[list[str]]:
        owner = f"the task {task.name!r}"
        args = self._scope.claim(f"{task.title}Args", f"the arguments of {owner}")
        methods = [task.title, f"Submit{task.title}"]
        methods += [f"Run{task.title}"] if task.yields else []
        for method in methods:
            self._scope.claim(f"Tasks.{method}", owner)
        yield list(self._arguments(task, args))
        yield list(_call(task, args))
        yield list(_result(task, args))
        given, result = f"(ctx context.Context, args {args})", _result_type(task)
        yield [
            f"// Submit{task.title} submits {task.name}.",
            f"func (t Tasks) Submit{task.title}{given} (Task[{result}], error) {{",
            f"\treturn submit[{result}](ctx, t.client, args.Call())",
            "}",
        ]
        if task.yields is not None:
            made = _type(task.yields)
            yield [
                f"// Run{task.title} runs {task.name}: what it yields, as it comes.",
                f"func (t Tasks) Run{task.title}{given} iter.Seq2[{made}, error] {{",
                f"\treturn follow[{made}](t.client.RunCall(ctx, args.Call()))",
                "}",
            ]

    def _arguments(self, task: Wrapped, args: str) -> Iterator[str]:
        yield f"// {args} are the arguments of {task.name}."
        if not task.arguments:
            yield f"type {args} struct{{}}"
            return
        yield f"type {args} struct {{"
        for one in task.arguments:
            yield from _comment(_about(one.field, required=one.required), "\t")
            yield f"\t{_name(one.field)} {_given_type(one.shape, required=one.required)}"
        yield "}"

    # -- models -------------------------------------------------------------------------

    def _model(self, model: Message) -> Iterator[str]:
        name = self._scope.claim(model.name, f"the model {model.name!r}")
        yield from _comment(model.description or f"{name} is a model of the tasks.")
        yield f"type {name} struct {{"
        for one in model.fields:
            yield from _comment(_about(one, required=one.required), "\t")
            if _UNTAGGABLE & set(one.key):
                raise ExportRefused(
                    f"a field of Go can't stand for {one.key!r} in JSON"
                )
            absent = "" if one.required else ",omitzero"
            kind = _given_type(one.shape, required=one.required)
            yield f"\t{_name(one)} {kind} `json:{_quoted(one.key + absent)}`"
        yield "}"

    def _enum(self, enum: Choice) -> Iterator[list[str]]:
        name = self._scope.claim(enum.name, f"the enum {enum.name!r}")
        about = enum.description or f"{name} is one of a few values."
        yield [*_comment(about), f"type {name} string"]
        lines = [f"// Values of {name}.", "const ("]
        for text, value in enum.values.items():
            constant = f"{name}{pascal(value.lower())}"
            self._scope.claim(constant, f"the value {text!r} of the enum {name!r}")
            lines += [f"\t// {constant} is {_quoted(text)}."]
            lines += [f"\t{constant} {name} = {_quoted(text)}"]
        yield [*lines, ")"]


def _call(task: Wrapped, args: str) -> Iterator[str]:
    """The method that makes a call of arguments."""
    yield "// Call is the task with these arguments: more can be set before it is submitted."
    yield f"func (a {args}) Call() qtasks.Call {{"
    yield f"\tcall := qtasks.NewCall({_quoted(task.name)})"
    if task.named:
        yield "\tcall.Kwargs = map[string]any{}"
    for one in (*task.placed, *task.named):
        yield from (f"\t{line}" for line in _give(one))
    yield "\treturn call"
    yield "}"


def _give(one: Argument) -> Iterator[str]:
    """The lines that give an argument."""
    value = f"a.{_name(one.field)}"
    if one.spread:
        names, give = ("_, value", _placed("value"))
        if not one.placed:
            names, give = ("name, value", "call.Kwargs[name] = value")
        yield from (f"for {names} := range {value} {{", f"\t{give}", "}")
        return
    give = (
        _placed(value) if one.placed else f"call.Kwargs[{_quoted(one.name)}] = {value}"
    )
    if one.required:
        yield from _not_nil(one, value)
        yield give
        return
    yield from (f"if {value} != nil {{", f"\t{give}")
    if one.placed:
        default = f"json.RawMessage({_quoted(one.field.default)})"
        yield from ("} else {", f"\t{_placed(default)}")
    yield "}"


def _not_nil(one: Argument, value: str) -> Iterator[str]:
    """Lines that make a list or a map of `nil`, which would be `null`."""
    if one.shape.form is not Form.ONE and not one.shape.nullable:
        yield from (f"if {value} == nil {{", f"\t{value} = {_type(one.shape)}{{}}", "}")


def _placed(value: str) -> str:
    return f"call.Args = append(call.Args, {value})"


def _default(one: Argument) -> bool:
    """Whether a place is taken by a default."""
    return one.placed and not one.required and not one.spread


def _result(task: Wrapped, args: str) -> Iterator[str]:
    """The method that waits for the result."""
    yield from _comment(f"{task.title} runs {task.name} and waits for its end.")
    if task.description:
        yield "//"
        yield from _comment(task.description)
    head = f"func (t Tasks) {task.title}(ctx context.Context, args {args})"
    if task.result is None:
        yield f"{head} error {{"
        yield "\t_, err := run[any](ctx, t.client, args.Call())"
        yield "\treturn err"
    else:
        yield f"{head} ({_type(task.result)}, error) {{"
        yield f"\treturn run[{_type(task.result)}](ctx, t.client, args.Call())"
    yield "}"


def _result_type(task: Wrapped) -> str:
    return "any" if task.result is None else _type(task.result)


def _name(field: Field) -> str:
    return pascal(field.name)


def _type(shape: Shape) -> str:
    """The type of a value that is there."""
    one = shape.name or _TYPES[shape.kind]
    if shape.form is Form.LIST:
        return f"[]{one}"
    if shape.form is Form.MAP:
        return f"map[string]{one}"
    return f"*{one}" if shape.nullable and not one.startswith(_EMPTY) else one


def _given_type(shape: Shape, *, required: bool) -> str:
    """The type of a value that may be left out."""
    kind = _type(shape)
    return kind if required or kind.startswith(("*", *_EMPTY)) else f"*{kind}"


def _about(field: Field, *, required: bool) -> str:
    """What the comment above a field says."""
    name = _name(field)
    told = [f"{name}: {field.description}"] if field.description else []
    if not required:
        told.append(
            f"{name} may be nil, for {field.default or 'what the task takes then'}."
        )
    elif not told:
        told.append(f"{name} must be given.")
    return "\n".join(told)


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in text.splitlines():
        yield f"{indent}// {line}".rstrip()


def _quoted(text: str) -> str:
    """Text as a string of Go: JSON's form is one, as long as it is not ASCII only."""
    return json.dumps(text, ensure_ascii=False)
