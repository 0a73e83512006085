"""The table of triggers tells of types that are there."""

import importlib
import re

import pytest

from qtasks.triggers import TRIGGERS

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
