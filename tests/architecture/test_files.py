"""What every file of the tree keeps to."""

import ast
import re
import tomllib
from pathlib import Path

from qtasks.version import __version__
from tests.architecture.tree import CHECKOUT, generated, python_files, read, tracked

MOST_LINES = 400
CLIENTS = Path("clients")
TEXT = {".cfg", ".in", ".lua", ".md", ".proto", ".py", ".sh", ".toml", ".txt", ".yaml"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

# Written so that this file does not contain what it looks for.
REGISTRIES = re.compile(
    r"py[p]i\.org|pythonhosted\.or[g]|--index-ur[l]|proxy\.gola[n]g"
)
MACHINE = re.compile(r"(?<![\w.~:/$}-])/(?:home|root|work|Users)/\w")


def text_files() -> list[Path]:
    extra = {"Makefile", "LICENSE"}
    return [
        path
        for path in tracked()
        if path.suffix in TEXT or path.name in extra or path.parts[0] == ".ci"
    ]


def test_no_file_is_too_long() -> None:
    long = {
        str(path): lines
        for path in [*python_files(), *(p for p in tracked() if p.suffix == ".lua")]
        if (lines := len(read(path).splitlines())) > MOST_LINES
    }
    assert not long


def test_every_file_says_its_job_in_the_first_line() -> None:
    silent = [
        str(path)
        for path in python_files()
        if (source := read(path)).strip() and not ast.get_docstring(ast.parse(source))
    ]
    assert not silent


def test_names_say_what_a_file_is() -> None:
    vague = [str(path) for path in tracked() if VAGUE & {path.stem, *path.parts[:-1]}]
    assert not vague


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in text_files()
        for number, line in enumerate(read(path).splitlines(), start=1)
        if REGISTRIES.search(line) or MACHINE.search(line)
    ]
    assert not found


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b|raise NotImplementedErro[r]")
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in python_files()
        for number, line in enumerate(read(path).splitlines(), start=1)
        if mark.search(line)
    ]
    assert not found


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads(read(Path("pyproject.toml")))["project"]
    assert "version" in project["dynamic"]
    holders = [
        str(path)
        for path in python_files(folder="qtasks/")
        if re.search(rf"[\"']{re.escape(__version__)}[\"']", read(path))
    ]
    assert holders == ["qtasks/version.py"]


def test_the_clients_of_other_languages_have_the_same_version() -> None:
    said = {
        "go/version.go": f'const Version = "{__version__}"',
        "java/pom.xml": f"<version>{__version__}-SNAPSHOT</version>\n  <name>qtasks",
        "typescript/package.json": f'"version": "{__version__}",',
        "typescript/src/version.ts": f'VERSION = "{__version__}";',
    }
    other = [name for name, text in said.items() if text not in read(CLIENTS / name)]
    assert not other


def test_the_changelog_begins_with_this_version() -> None:
    first = re.search(r"^## (\S+?)[, \n]", read(Path("CHANGELOG.md")), re.MULTILINE)
    assert first is not None
    assert first[1] == __version__


def test_links_of_the_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?://|#)([^)#]+)")
    code = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
    broken = [
        f"{path}: {target}"
        for path in tracked()
        if path.suffix == ".md"
        for target in link.findall(code.sub("", read(path)))
        if not (CHECKOUT / path.parent / target).exists()
    ]
    assert not broken


def test_generated_files_stand_only_where_they_belong() -> None:
    places = {path.parent.as_posix() for path in tracked() if generated(path)}
    assert places == {"qtasks/v1"}
