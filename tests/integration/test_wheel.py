"""A plain install of the built wheel gives a working command."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SECONDS = 200


def run(*command: str | Path, folder: Path) -> str:
    outside = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV"}
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=outside,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", built, ".", folder=CHECKOUT)
    [path] = built.glob("*.whl")
    return path


def test_wheel_carries_both_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "qtasks",
        "qtasks_broker",
    }
    assert {"qtasks/py.typed", "qtasks_broker/py.typed"} <= set(names)
    scripts = {
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "qtasks").rglob("*.lua")
    }
    assert scripts <= set(names)
    protos = {
        f"qtasks/{path.relative_to(CHECKOUT).as_posix()}"
        for path in (CHECKOUT / "proto").rglob("*.proto")
    }
    assert protos <= set(names)


def test_installed_into_an_empty_environment_it_works(
    wheel: Path, tmp_path: Path
) -> None:
    run(sys.executable, "-m", "venv", "empty", folder=tmp_path)
    programs = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    run(
        python,
        *("-m", "pip", "install", "--quiet"),
        *("--constraint", CHECKOUT / "constraints.txt", wheel),
        folder=tmp_path,
    )
    version = wheel.name.split("-")[1]
    assert version in run(programs / "qtasks", "--version", folder=tmp_path)
    assert "serve" in run(programs / "qtasks", "--help", folder=tmp_path)
    run(python, "-W", "error", "-c", "import qtasks, qtasks_broker", folder=tmp_path)
    (tmp_path / "shop.py").write_text(
        "from qtasks import QueueTasks\n\napp = QueueTasks()\n\n\n"
        "@app.task\ndef order(count: int): ...\n"
    )
    words = ("-A", "shop:app", "export", "proto", "-o", "api")
    told = run(programs / "qtasks", *words, folder=tmp_path)
    (imports,) = re.findall(r"^imports: (.+)$", told, re.MULTILINE)
    assert Path(imports).is_relative_to(tmp_path)
    assert (Path(imports) / "qtasks/v1/task.proto").is_file()
