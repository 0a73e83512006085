"""What is printed fits who reads it: a person, a script, a program."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from qtasks.cli.output import Column, Output, plain, printable

COLUMNS = (Column(heading="ID", key="id", whole=True), Column(heading="SAY", key="say"))
ITEMS = [{"id": "1" * 36, "say": "a\tb\n[bold]", "more": {"n": 1}}, {"id": "2"}]


@pytest.fixture
def terminal():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, color_system=None)
    return Output(console=console), screen


def test_plain_lines_have_a_tab_between_cells(capsys):
    Output(console=Console(file=io.StringIO())).listing(COLUMNS, ITEMS, empty="none")
    assert capsys.readouterr().out == f"{'1' * 36}\ta\\tb\\n[bold]\n2\t-\n"


def test_nothing_is_no_line_for_a_script(capsys):
    Output(console=Console(file=io.StringIO())).listing(COLUMNS, [], empty="none")
    assert capsys.readouterr().out == ""


def test_json_has_everything_one_line_a_thing(capsys):
    Output(as_json=True).listing(COLUMNS, ITEMS, empty="none")
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == ITEMS


def test_a_table_keeps_ids_whole_and_markup_as_text(terminal):
    output, screen = terminal
    output.listing(COLUMNS, ITEMS, empty="none")
    assert "1" * 36 in screen.getvalue()
    assert "[bold]" in screen.getvalue()


def test_a_person_is_told_that_there_is_nothing(terminal):
    output, screen = terminal
    output.listing(COLUMNS, [], empty="no such tasks")
    assert "no such tasks" in screen.getvalue()


def test_facts_leave_out_what_says_nothing(capsys):
    facts = {"id": "1", "none": None, "flag": False, "zero": 0, "tags": [], "ok": True}
    Output(console=Console(file=io.StringIO())).facts(facts)
    assert capsys.readouterr().out == "id: 1\nzero: 0\nok: yes\n"


@given(st.text())
def test_no_control_character_is_printed(text):
    assert printable(text).isprintable() or all(
        not character.isprintable() and ord(character) > 0x9F
        for character in printable(text)
        if not character.isprintable()
    )
    assert "\x1b" not in printable(text)
    assert len(printable(text).splitlines()) <= 1


def test_values_in_one_line():
    assert plain(["a", "b\n"]) == "a,b\\n"
    assert plain({"a": "ü"}) == '{"a": "ü"}'
    assert plain(None) == plain("") == plain([]) == "-"
