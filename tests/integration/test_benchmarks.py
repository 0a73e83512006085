"""The benchmarks measure something in every case; how fast is theirs to say."""

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.tree import CHECKOUT
from tests.servers import server_program


def measured(*words: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join((str(CHECKOUT), str(CHECKOUT / "services")))
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *words],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("submit", {"one at a time", "64 callers", "bulk of 1,000", "all in one call"}),
        ("drain", {"200 tasks", "memory of broker", "Redis, an ended task"}),
        ("wait", {"100 in flight", "1,000 in flight"}),
        ("latency", {"p50", "p95", "p99"}),
        ("yields", {"as fast as they come", "from a plain generator", "one each ms"}),
        (
            "offload",
            {
                "one at a time, submitted: in process",
                "submit and wait, one at a time: over a service",
                "async_iter of 10,000, result_group: over a service",
            },
        ),
        ("depth", {"at 1 queued: memory of broker"}),
    ],
)
def test_every_case_has_its_figures(case: str, names: set[str]) -> None:
    server_program()
    said = measured(case, *("--scale", "0.001", "--repeats", "1", "--quick", "--json"))
    facts, *figures = map(json.loads, said.stdout.splitlines())
    assert facts["facts"]["cores"] > 0
    assert names <= {figure["name"] for figure in figures}
    assert all(figure["case"] == case for figure in figures)
    assert all(figure["unit"] for figure in figures)


def test_a_profile_of_each_process_is_printed() -> None:
    server_program()
    roles = ("broker", "worker", "client")
    options = [word for role in roles for word in ("--profile", role)]
    said = measured("latency", *("--scale", "0.01", "--repeats", "1"), *options)
    for role in roles:
        assert f"== profile of the {role} in latency ==" in said.stderr
    assert "reached" in said.stdout
