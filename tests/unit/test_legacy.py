"""Names of qtasks 1.7: each is there, or says what to use instead."""

import importlib
import subprocess
import sys

import pytest

from qtasks import legacy
from qtasks.legacy.finder import LegacyFinder
from qtasks.legacy.names import NAMES, Gone

KEPT = [
    pytest.param(module, name, home, id=f"{module}.{name}")
    for module, names in NAMES.items()
    for name, home in names.items()
    if isinstance(home, str)
]
LOST = [
    pytest.param(module, name, id=f"{module}.{name}")
    for module, names in NAMES.items()
    for name, home in names.items()
    if isinstance(home, Gone)
]


@pytest.mark.parametrize(("module", "name", "home"), KEPT)
def test_a_name_is_what_is_at_its_home(module, name, home):
    place, attribute = home.split(":")
    thing = getattr(importlib.import_module(place), attribute)
    space = {}
    exec(f"from {module} import {name}", space)  # noqa: S102
    assert space[name] is thing


@pytest.mark.parametrize(("module", "name"), LOST)
def test_what_is_gone_says_what_to_use(module, name):
    with pytest.raises(
        ImportError, match=r"is gone: .*(use|start|ask|leave|derive|in)"
    ):
        exec(f"from {module} import {name}")  # noqa: S102


def test_every_module_of_the_table_is_imported():
    for module in NAMES:
        assert importlib.import_module(module).__name__ == module


def test_real_modules_keep_their_own():
    events = importlib.import_module("qtasks.events")
    assert events.AsyncEvents is events.Events
    assert importlib.import_module("qtasks.brokers").LocalBroker
    for module in ("qtasks.events", "qtasks.brokers", "qtasks.results"):
        with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
            _ = importlib.import_module(module).Nothing
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("qtasks.nothing")


def test_a_star_import_takes_what_there_is():
    space = {}
    exec("from qtasks.routers import *", space)  # noqa: S102
    assert {"AsyncRouter", "SyncRouter"} <= set(space)


def test_it_is_installed_once():
    legacy.install()
    assert sum(isinstance(one, LegacyFinder) for one in sys.meta_path) == 1


def test_importing_qtasks_loads_no_app():
    program = (
        "import sys, qtasks; "
        "print(*(m for m in sys.modules if m.startswith(('grpc', 'qtasks.app'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
