"""The program that the page for users of Django Q begins with, run by Django Q.

It runs its tasks at once (`sync`) and keeps them in memory: no cluster is needed. What it
prints is what the page says of the program that it becomes.
"""

import subprocess
import sys
from pathlib import Path

from tests.integration.markdown_blocks import Block, read_blocks
from tests.integration.reader import clean_environment

PAGE = Path(__file__).parents[2] / "docs" / "from-django-q.md"
PROJECT = """
import django
from django.conf import settings
from django.core.management import call_command

database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
cluster = {"orm": "default", "sync": True, "timeout": 60, "retry": 90}
settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=["django_q"],
    Q_CLUSTER=cluster,
    SECRET_KEY="only of a test",
)
django.setup()
call_command("migrate", verbosity=0)
"""


def found(**which: str) -> Block:
    """The first of the page's blocks that is like this."""
    return next(
        block
        for block in read_blocks(PAGE.read_text(encoding="utf-8"))
        if all(getattr(block, name) == value for name, value in which.items())
    )


def test_the_program_before_prints_what_the_one_after_does(tmp_path: Path) -> None:
    before = found(language="text").text
    functions = found(note="reports.py").text
    (tmp_path / "reports.py").write_text(functions, encoding="utf-8")
    program = tmp_path / "before.py"
    program.write_text(f"{PROJECT}\n{before}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = found(language="sh", text="python shop.py\n").output
    assert done.stdout.splitlines() == ["mailed: report of May", *printed]


def test_the_program_stays_as_it_is() -> None:
    before = found(language="text").text.splitlines()
    after = found(note="shop.py").text.splitlines()
    assert before[0].replace("django_q", "qtasks") == after[0]
    assert after[1:4] == ["", "from cluster import app", ""]
    assert [*before[2:], "app.stop()"] == after[4:]
