"""The table of triggers tells of types that are there."""

import importlib
import re

import pytest

from qtasks.triggers import TRIGGERS
from tests.unit.triggers.typed_dicts import FOLDER, rendered

TYPES = sorted(
    {
        name
        for component in TRIGGERS.values()
        for trigger in component.values()
        for typed in (*trigger.gives.values(), *trigger.takes.values())
        for name in re.findall(r"qtasks\.[\w.]+", typed)
    }
)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_of_the_table_is_there(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("component", TRIGGERS)
def test_the_types_for_handlers_are_those_of_the_table(component):
    written = (FOLDER / f"{component}.py").read_text(encoding="utf-8")
    assert written == rendered(component), "python -m tests.unit.triggers.typed_dicts"
