"""How `qtasks top` is drawn, on terminals of fixed sizes."""

import io
import re
import time

import pytest
from rich.console import Console

from qtasks import v1
from qtasks.cli.figures import age, length, rate
from qtasks.cli.top_view import TopView, shared

NOW = 1_700_000_000


def stats(*, queues=2, tasks=2, workers=2, running=3):
    told = v1.Stats(app="shop", broker_id="broker-1", broker_version="1", slots=20)
    told.time.FromSeconds(NOW)
    told.uptime.FromSeconds(3700)
    told.activity.total.failed_rate = 0.5
    for place in range(queues):
        name = f"queue-{place:03}"
        told.queues.add(app="shop", name=name, ready=place, running=1)
        told.activity.queues.add(name=name, submitted_rate=12.25, ended_rate=1500)
    for place in range(tasks):
        one = told.activity.tasks.add(name=f"task-{place:03}", ended_rate=1 + place)
        one.run.count = 5
        one.run.p50.FromMilliseconds(20)
        one.run.p95.FromSeconds(75)
    for place in range(workers):
        told.live_workers.add(
            worker_id=f"worker-{place:03}", running=place, slots=10, queues=["mail"]
        )
    for place in range(running):
        one = told.running.add(id=f"{place:032x}", name=f"run-{place:03}")
        one.start_time.FromSeconds(NOW - 60 * (running - place))
        one.progress.done, one.progress.total = place, running
    return told


def drawn(view, width=80, height=24):
    console = Console(
        file=io.StringIO(),
        width=width,
        height=height,
        force_terminal=True,
        color_system=None,
    )
    console.print(view, end="")
    return console.file.getvalue().split("\n")


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (100, 12), (40, 10)])
@pytest.mark.parametrize("many", [0, 2, 200])
def test_it_fits_the_terminal(size, many):
    width, height = size
    view = TopView(stats(queues=many, tasks=many, workers=many, running=many))
    lines = drawn(view, width, height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width
    assert lines[-1].strip() == "q quit"


def test_it_shows_what_goes_on():
    text = "\n".join(drawn(TopView(stats())))
    assert "shop  broker-1 1" in text
    assert "up 1h01m" in text
    for word in ("queue-001", "task-001", "worker-001", "run-002", "1500", "1m15s"):
        assert word in text


def test_no_more_than_fits_is_shown_the_busiest_first():
    text = "\n".join(drawn(TopView(stats(queues=50))))
    assert re.search(r"QUEUE \d+ of 50", text)
    assert "queue-049" in text
    assert "queue-000" not in text


def test_the_longest_running_comes_first():
    lines = drawn(TopView(stats()))
    places = [place for place, line in enumerate(lines) if line.startswith("run-")]
    assert [lines[place][:7] for place in places] == ["run-000", "run-001", "run-002"]


def test_trouble_is_said_while_the_last_figures_stay():
    lines = drawn(TopView(stats(), "the broker can't be reached; trying again"))
    assert "can't be reached" in lines[-1]
    assert any("queue-001" in line for line in lines)


def test_in_a_pipe_everything_is_shown():
    view = TopView(stats(running=90), fill=False)
    text = "\n".join(drawn(view, 80, 24))
    assert "run-089" in text
    assert "quit" not in text


def test_names_steer_no_terminal():
    told = stats()
    told.queues[0].name = "\x1b[2Jevil"
    assert "\x1b[2J" not in "\n".join(drawn(TopView(told)))


def test_drawing_much_is_quick():
    view = TopView(stats(queues=100, tasks=100, workers=100, running=100))
    began = time.perf_counter()
    drawn(view, 160, 50)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("wanted", "room", "given"),
    [
        ([3, 3], 10, [3, 3]),
        ([9, 1, 9], 7, [3, 1, 3]),
        ([5, 5], 0, [0, 0]),
        ([5, 5], -3, [0, 0]),
        ([], 4, []),
    ],
)
def test_lines_are_shared(wanted, room, given):
    assert shared(wanted, room) == given


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(0, "0"), (0.01, "<0.1"), (1.25, "1.2"), (999.6, "1000"), (12_345, "12.3k")],
)
def test_rates_are_short(per_second, text):
    assert rate(per_second) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (2e-6, "2.0µs"), (0.0123, "12ms"), (1.5, "1.5s"), (75, "1m15s")],
)
def test_lengths_are_short(seconds, text):
    assert length(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (187, "3m07s"), (7500, "2h05m"), (356_400, "4d03h")],
)
def test_ages_are_short(seconds, text):
    assert age(seconds) == text
