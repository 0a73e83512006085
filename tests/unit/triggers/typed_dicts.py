"""Writes the types of `qtasks.given` from the table of triggers.

After a change of the table: `python -m tests.unit.triggers.typed_dicts`.
"""

import re
import subprocess
import sys
from pathlib import Path

import qtasks.given
from qtasks.triggers import TRIGGERS, Trigger

FOLDER = Path(qtasks.given.__file__).parent
FROM = {
    "Any": "typing.Any",
    "UUID": "uuid.UUID",
    "datetime": "datetime.datetime",
}
FACES = {
    "qtasks.QueueTasks": "qtasks.given.base.AnyApp",
    "qtasks.stats.AsyncStats": "qtasks.stats.AsyncStats | qtasks.stats.SyncStats",
}


def rendered(component: str) -> str:
    """The module of a component."""
    bodies = [body for one in TRIGGERS[component].values() for body in classes(one)]
    text = "\n\n\n".join(bodies)
    imports = {"typing.TypedDict", "qtasks.given.base.Given"}
    for short, full in FROM.items():
        if re.search(rf"(?<![.\w\"`]){short}\b", text):
            imports.add(full)
    for full in re.findall(r"qtasks(?:\.\w+)+", text):
        imports.add(full)
        text = re.sub(rf"{re.escape(full)}\b", full.rpartition(".")[2], text)
    lines = sorted(imports)
    head = "\n".join(
        f"from {m.rpartition('.')[0]} import {m.rpartition('.')[2]}" for m in lines
    )
    about = f"What plugins of the component `{component}` get and may return."
    return formatted(f'"""{about}"""\n\n{head}\n\n\n{text}\n')


def classes(trigger: Trigger) -> list[str]:
    """What a handler of a trigger gets, and what it may return."""
    camel = trigger.name.title().replace("_", "")
    made = [
        f'class {camel}Given(Given):\n    """What a handler of `{trigger.name}` gets."""\n\n'
        + fields(trigger.gives)
    ]
    if trigger.takes:
        made.append(
            f"class {camel}Answer(TypedDict, total=False):\n"
            f'    """What a handler of `{trigger.name}` may return."""\n\n'
            + fields(trigger.takes)
        )
    return made


def fields(typed) -> str:
    return "\n".join(
        f"    {name}: {FACES.get(kind, kind)}" for name, kind in typed.items()
    )


def formatted(text: str) -> str:
    for command in (["check", "--fix", "--select=F401,I", "-q"], ["format", "-q"]):
        text = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                *command,
                "--stdin-filename=qtasks/given/x.py",
                "-",
            ],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return text


if __name__ == "__main__":
    for one in TRIGGERS:
        (FOLDER / f"{one}.py").write_text(rendered(one), encoding="utf-8")
