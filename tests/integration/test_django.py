"""Django projects: tasks of installed apps are found and run."""

import subprocess
import sys

import pytest

from tests.integration.command_line import SECONDS, CommandLine, line_with

SETUP = """
import django
from django.conf import settings
from qtasks import QueueTasks
from qtasks.contrib.django import autodiscover_tasks

settings.configure(INSTALLED_APPS=["orders", "quiet"])
django.setup()
app = QueueTasks("shop")
"""

WITHOUT_SETUP = """
from django.conf import settings
{}
from qtasks.contrib.django import autodiscover_tasks
autodiscover_tasks(None)
"""


@pytest.fixture
def project(tmp_path):
    """A project with an app that has tasks and one that has none."""
    for name in ("orders", "quiet"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    tasks = "from qtasks import shared_task\n\n@shared_task\n"
    (tmp_path / "orders" / "tasks.py").write_text(
        tasks + "def confirm(order: int) -> str:\n    return f'order {order}'\n"
    )
    jobs = tmp_path / "orders" / "jobs"
    jobs.mkdir()
    (jobs / "__init__.py").write_text("")
    (jobs / "nightly.py").write_text(tasks + "def clean() -> None: ...\n")
    return CommandLine(tmp_path)


def said_by(project, code, returncode=0):
    done = subprocess.run(
        [sys.executable, "-c", SETUP + code],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == returncode, done.stderr
    return done.stderr if returncode else done.stdout.split()


def test_tasks_of_installed_apps_are_found(project):
    code = "autodiscover_tasks(app); autodiscover_tasks(app); print(*app.tasks)"
    assert said_by(project, code) == ["confirm"]


def test_other_modules_are_found_by_name(project):
    code = (
        "autodiscover_tasks(app, ['jobs.nightly', 'jobs.none', 'none.at.all', "
        "'tasks.deeper']); print(*sorted(app.tasks))"
    )
    assert "clean" in said_by(project, code)


def test_a_module_that_fails_raises_its_own_error(project):
    (project.folder / "quiet" / "tasks.py").write_text("import no_such_library\n")
    said = said_by(project, "autodiscover_tasks(app)", returncode=1)
    assert "ModuleNotFoundError: No module named 'no_such_library'" in said


@pytest.mark.parametrize("code", ["", "settings.configure()"])
def test_django_that_is_not_set_up_is_named(project, code):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            WITHOUT_SETUP.format(code),
        ],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert "SettingsError: Django is not set up" in done.stderr
    assert "django.setup()" in done.stderr


def test_a_worker_runs_the_tasks_of_installed_apps(project):
    (project.folder / "queue_app.py").write_text(SETUP + "autodiscover_tasks(app)\n")
    with project.broker(), project.running("-A", "queue_app:app", "run") as worker:
        line_with(worker, "worker connected")
        said = said_by(
            project, "handle = app.add_task('confirm', 7)\nprint(handle.result(30))"
        )
    assert said == ["order", "7"]
