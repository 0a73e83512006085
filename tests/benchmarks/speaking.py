"""How fast the client of each language is: the same calls to the same broker.

Each language's driver of the conformance suite measures itself; what it takes to steer it
is not in the figures. A language whose toolchain is missing is left out.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.app import app
from tests.benchmarks.bench import Bench, Case
from tests.benchmarks.figures import Figure
from tests.conformance.languages import ENVIRONMENT, Language, languages

CASE = "languages"
CALLERS = 64
PYTHON = "python"


def measure(bench: Bench) -> Iterable[Figure]:
    """Measure how fast the client of each language submits, runs and receives."""
    submits, runs, yields = map(bench.scaled, (20_000, 5000, 50_000))
    flight = {"name": "noop", "inFlight": CALLERS}
    loads = (
        ("submit", "tasks/s", {"op": "load", "count": submits, **flight}),
        ("run", "tasks/s", {"op": "load_run", "count": runs, **flight}),
        (
            "receive",
            "yields/s",
            {"op": "load_yields", "name": "tick_in_thread", "count": yields},
        ),
    )
    spoken = [one for one in languages().values() if one.present and _asks(one)]
    spoken.sort(key=lambda language: language.name != PYTHON)
    for language in spoken:
        language.built()
    with bench.rig() as rig:
        for what, unit, request in loads:
            base = 0.0
            for language in spoken:
                with _driver(language, rig.url) as ask:
                    ask(request | {"count": max(1, request["count"] // 10)})
                    rates = [
                        request["count"] / ask(request)["seconds"]
                        for _ in bench.times()
                    ]
                name = f"{what}: {language.name}"
                figure = Figure(CASE, name, unit, rates)
                base = base or figure.value
                yield figure
                shares = [rate / base for rate in rates]
                yield Figure(CASE, f"{name}, share", "of Python's", shares)


def _asks(language: Language) -> bool:
    return "client" in language.roles


@contextmanager
def _driver(language: Language, url: str) -> Iterator[Any]:
    """A client's driver, as a function that asks it for something."""
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        process = subprocess.Popen(
            language.command("client", "--broker", url, "--app", app.name),
            cwd=language.at,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()

            def ask(request: dict[str, Any]) -> dict[str, Any]:
                process.stdin.write(json.dumps({"id": 1, **request}) + "\n")
                process.stdin.flush()
                answer: dict[str, Any] = json.loads(process.stdout.readline())
                return answer["ok"]

            yield ask
            process.stdin.close()


LANGUAGES = Case(CASE, "the client of each language", measure)
