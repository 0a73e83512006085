"""Each foreign library is imported behind one place.

What import-linter's layers can't say: which files may import what is not ours.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import python_files, read

BEHIND = {
    "apscheduler": ("qtasks/timers/", "qtasks/recurrence.py"),
    "grpc": (
        "qtasks/transport/",
        "qtasks/brokers/grpc.py",
        "services/qtasks_broker/",
    ),
    "redis": ("qtasks/storages/redis/",),
    "rich": ("qtasks/cli/",),
    "sqlite3": ("qtasks/storages/sqlite",),
    "typer": ("qtasks/cli/", "services/qtasks_broker/__main__.py"),
    "uvloop": ("qtasks/cli/", "qtasks/workers/", "services/qtasks_broker/"),
}
OURS = ("qtasks/", "services/")
SAME = {
    "grpc_channelz": "grpc",
    "grpc_health": "grpc",
    "grpc_reflection": "grpc",
    "grpc_status": "grpc",
    "click": "typer",
}


def imports(path: Path) -> Iterator[str]:
    """The top-level names of the modules a file imports."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("library", sorted(BEHIND))
def test_library_is_behind_one_place(library: str) -> None:
    strays = [
        str(path)
        for path in python_files()
        if path.as_posix().startswith(OURS)
        and not path.as_posix().startswith(BEHIND[library])
        and library in {SAME.get(name, name) for name in imports(path)}
    ]
    assert not strays


def test_the_service_uses_only_public_parts() -> None:
    private = [
        f"{path}:{node.lineno}"
        for path in python_files(folder="services/")
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("qtasks.")
        and any(
            part.startswith("_")
            for part in [
                *str(node.module).split("."),
                *(alias.name for alias in node.names),
            ]
        )
    ]
    assert not private
