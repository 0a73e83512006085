"""A bar for the progress of a task, on a terminal."""

import io
import math

import pytest
from rich.console import Console

from qtasks import v1
from qtasks.cli.event_view import EventView
from qtasks.cli.output import Output


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (1, 2, "1/2"),
        (-1, -5, "-1/-5"),
        (3, 0, "3/?"),
        (math.nan, 2, "0/2"),
        (math.inf, math.inf, "0/?"),
        (1, math.nan, "1/?"),
    ],
)
def test_any_numbers_are_shown_as_well_as_they_can_be(done, total, shown):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, color_system=None)
    progress = v1.Progress(done=done, total=total, note="step")
    with EventView(Output(console=console)) as view:
        view.see([v1.TaskEvent(progress=progress)])
    assert "step" in screen.getvalue()
    assert shown in screen.getvalue()
