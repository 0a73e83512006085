"""Parts of pages that are made from the code, so that they can't lag behind it.

A line `<!-- generated: NAME -->` in a page is replaced by what the function of that name
writes. What stands behind the language of a block becomes its caption.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import click
import typer.main
from sphinx.application import Sphinx
from typer.cli import get_docs_for_click

import qtasks.events
from qtasks import errors
from qtasks.cli.main import app as command_line
from qtasks.config import QueueConfig
from qtasks.events import EVENTS
from qtasks.legacy.names import NAMES, Gone
from qtasks.schemas import Task
from qtasks.transport.status import code_of
from qtasks.triggers import TRIGGERS

PLACE = re.compile(r"^<!-- generated: (?P<name>\w+) -->$", re.MULTILINE)
BLOCK = re.compile(
    r"^```(?P<words>(?P<language>python) (?P<file>\S+)|(?P<shell>sh) server|output)$",
    re.MULTILINE,
)
COMMANDS = re.compile(r"\*\*Commands\*\*:\n\n(?:\* [^\n]*\n)+\n?")
"""The list of commands: they follow, each with all it says."""
EPILOGUE = re.compile(
    r"^(?P<title>Examples|Exit codes):\n(?P<lines>(?:  .+\n)+)", re.MULTILINE
)
CAPTIONS = {
    "sh server": "in a terminal of its own",
    "output": "prints",
}
"""What a block is to a reader, by the words behind its fence."""


def command() -> str:
    """The `qtasks` command with all its commands, as `--help` tells them."""
    group = typer.main.get_command(command_line)
    context = click.Context(click.Command("qtasks"), info_name="qtasks")
    pages = get_docs_for_click(obj=group, ctx=context, name="qtasks")
    pages = COMMANDS.sub("", pages.partition("\n")[2])
    return EPILOGUE.sub(_listed, pages)


def _listed(epilogue: re.Match[str]) -> str:
    """The lines below a command's options, as they stand there."""
    lines = "\n".join(line.strip() for line in epilogue["lines"].splitlines())
    return f"**{epilogue['title']}**:\n\n```text\n{lines}\n```\n"


def settings() -> str:
    """The fields of `QueueConfig`."""
    about = _attribute_docs(QueueConfig)
    rows = [
        (
            f"`{item.name}`",
            f"`{_default(item)!r}`",
            about.get(item.name, ""),
        )
        for item in fields(QueueConfig)
        if not item.name.startswith("_")
    ]
    return _table(("field", "default", "what it says"), rows)


def events() -> str:
    """The events of an app."""
    when = _described(inspect.getdoc(qtasks.events) or "")
    rows = [
        (f"`{name}`", when[name], ", ".join(f"`{one}`" for one in given))
        for name, given in EVENTS.items()
    ]
    return _table(("event", "when it comes", "its functions get"), rows)


def triggers() -> str:
    """The triggers of each component, with the types of what they give and take."""
    parts = []
    for component, named in TRIGGERS.items():
        parts.append(f"## `{component}`")
        for one in named.values():
            names = {**one.gives, **one.takes}
            rows = [
                (
                    f"`{name}`",
                    f"`{kind}`",
                    "yes" if name in one.gives else "",
                    "yes" if name in one.takes else "",
                )
                for name, kind in names.items()
            ]
            head = ("name", "type", "given", "may be returned")
            parts.append(f"### `{one.name}`\n\n{one.about}\n\n{_table(head, rows)}")
    return "\n\n".join(parts)


def failures() -> str:
    """The errors, with their reasons and gRPC codes."""
    rows = []
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.QtasksError):
            message = (kind.__doc__ or "").partition("\n")[0]
            code = code_of(kind.__new__(kind)).name
            rows.append((f"`{name}`", f"`{kind.reason}`", f"`{code}`", message))
    return _table(("error", "reason", "gRPC code", "message"), rows)


def task_fields() -> str:
    """The fields of a task."""
    source = inspect.getsource(Task)
    about = _attribute_docs(Task)
    rows = [
        (f"`{name}`", about.get(name, ""))
        for name in re.findall(r"^    (\w+)(?: = Seen|: UUID)", source, re.MULTILINE)
    ]
    return _table(("field", "what it says"), rows)


def legacy() -> str:
    """The modules of qtasks 1.7, with where each of their names is now."""
    rows = [
        (f"`{module}`", f"`{name}`", _home(home))
        for module, names in NAMES.items()
        for name, home in names.items()
    ]
    return _table(("module", "name", "now"), rows)


PARTS: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (command, settings, events, triggers, failures, task_fields, legacy)
}


def _attribute_docs(kind: type) -> dict[str, str]:
    """The strings below the fields of a class."""
    source = inspect.getsource(kind)
    pattern = (
        r'^    (\w+)(?:: | = )[^\n]*\n(?:        [^\n]*\n    \)\n)?    """(.*?)"""'
    )
    found = re.findall(pattern, source, re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}


def _default(item: Any) -> Any:
    return item.default if item.default is not MISSING else item.default_factory()


def _home(home: str | Gone) -> str:
    """Where a name is, or what to use instead of it."""
    if isinstance(home, Gone):
        return home.instead
    return f"`{home.replace(':', '.')}`"


def _described(text: str) -> dict[str, str]:
    """The words of an indented list in a docstring, and what stands behind each."""
    found = re.findall(r"^    (\w+) +(.*(?:\n {8,}.*)*)", text, re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in found}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )


def _captioned(block: re.Match[str]) -> str:
    """A block whose caption says what a reader does with it."""
    caption = CAPTIONS.get(block["words"], f"`{block['file']}`")
    language = block["language"] or block["shell"] or "text"
    return f"```{{code-block}} {language}\n:caption: {caption}\n"


def _fill(_app: Sphinx, _name: str, source: list[str]) -> None:
    page = PLACE.sub(lambda place: PARTS[place["name"]](), source[0])
    source[0] = BLOCK.sub(_captioned, page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Take part in the build."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True}
