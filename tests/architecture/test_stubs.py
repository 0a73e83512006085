"""The generated wire types run with every release the package admits.

Generated code refuses a runtime older than its generator, and warns or refuses when it
is a major version behind: so it is written by the oldest release we support, and must
load in silence with the one that is installed.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.tree import CHECKOUT, generated, read, tracked

PROJECT = tomllib.loads(read(Path("pyproject.toml")))


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def lower_bound(package: str) -> tuple[int, ...]:
    for requirement in PROJECT["project"]["dependencies"]:
        name, _, bound = requirement.partition(">=")
        if name == package:
            return version(bound)
    raise AssertionError(f"{package} has no lower bound")


def written_by(pattern: str) -> set[tuple[int, ...]]:
    return {
        version(found[1])
        for path in tracked()
        if generated(path) and path.suffix == ".py"
        if (found := re.search(pattern, read(path)))
    }


def test_protobuf_that_wrote_them_is_not_newer_than_the_oldest_supported() -> None:
    [writer] = written_by(r"# Protobuf Python Version: ([\d.]+)")
    assert writer <= lower_bound("protobuf")


def test_grpc_that_wrote_them_is_the_oldest_supported() -> None:
    [writer] = written_by(r"GRPC_GENERATED_VERSION = '([\d.]+)'")
    assert writer[:2] == lower_bound("grpcio")


def test_the_oldest_environment_is_what_the_package_admits() -> None:
    oldest = dict(
        line.split("==")
        for line in read(Path(".ci/oldest.txt")).splitlines()
        if line and not line.startswith("#")
    )
    extras = PROJECT["project"]["optional-dependencies"]
    requirements = PROJECT["project"]["dependencies"] + [
        requirement for extra in extras.values() for requirement in extra
    ]
    for requirement in requirements:
        name, _, bound = requirement.partition(">=")
        pinned = oldest.pop(re.sub(r"\[.*\]", "", name))
        floor = version(re.split("[;,]", bound)[0])
        assert version(pinned)[: len(floor)] == floor, requirement
    assert not oldest


def test_they_load_in_silence() -> None:
    modules = [
        ".".join(path.with_suffix("").parts)
        for path in tracked()
        if generated(path) and path.suffix == ".py"
    ]
    subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import {', '.join(modules)}"],
        cwd=CHECKOUT,
        check=True,
        timeout=60,
    )
