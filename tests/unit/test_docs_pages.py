"""What makes pages of docstrings and of the blocks of documents."""

import importlib.util
from pathlib import Path

import pytest

from qtasks.config import QueueConfig
from qtasks.events import EVENTS
from tests.tools import cannot_run

if importlib.util.find_spec("sphinx") is None:
    cannot_run("the group docs is not installed", whole_file=True)

EXTENSIONS = Path(__file__).parents[2] / "docs" / "_ext"


def extension(name):
    spec = importlib.util.spec_from_file_location(name, EXTENSIONS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


examples = extension("examples")
generated = extension("generated")


def made(text, what="class"):
    lines = text.splitlines()
    examples._mark(None, what, "", None, None, lines)
    return lines


def test_what_is_indented_behind_an_empty_line_is_code():
    said = made("How:\n\n    one()\n\n    two()\n\nAnd so on.")
    code = ["How:", "", examples.CODE, "", "    one()", "", "    two()", ""]
    assert said == [*code, "And so on."]


@pytest.mark.parametrize(
    "text",
    [
        "How::\n\n    one()",
        "Args:\n    name: Its name.\n    kind: Another,\n        longer one.",
        "* one\n* two\n\nAnd so on.",
    ],
)
def test_what_is_no_example_stays(text):
    assert made(text) == text.splitlines()


def test_letters_may_follow_a_name():
    assert made("All `Task`s of `app`, and `x`.") == [
        r"All `Task`\ s of `app`, and `x`."
    ]


def test_an_attribute_has_no_type_before_a_colon():
    assert made("Where it is; `None`: nowhere.", "attribute")[0] == ""


@pytest.mark.parametrize(
    ("fence", "head"),
    [
        ("python shop.py", "{code-block} python\n:caption: `shop.py`\n"),
        ("sh server", "{code-block} sh\n:caption: in a terminal of its own\n"),
        ("output", "{code-block} text\n:caption: prints\n"),
        ("sh", "sh"),
        ("text", "text"),
    ],
)
def test_blocks_say_what_they_are_for(fence, head):
    page = [f"```{fence}\nwords\n```"]
    generated._fill(None, "", page)
    assert page == [f"```{head}\nwords\n```"]


@pytest.mark.parametrize("name", sorted(generated.PARTS))
def test_a_part_is_filled_in(name):
    page = [f"before\n<!-- generated: {name} -->\nafter"]
    generated._fill(None, "", page)
    assert "generated" not in page[0].split("after")[0].splitlines()[1]
    assert len(page[0]) > 200


def test_each_event_and_setting_is_in_the_reference():
    assert all(f"`{name}`" in generated.events() for name in EVENTS)
    assert "that is tried again it does not come" in generated.events()
    known = QueueConfig.__dataclass_fields__
    assert all(f"`{name}`" in generated.settings() for name in known)
