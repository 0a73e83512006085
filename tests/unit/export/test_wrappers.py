"""What exported wrappers make of tasks that are hard to write down."""

import subprocess
from collections.abc import Generator
from typing import Literal

import pydantic
import pytest

from qtasks import QueueTasks
from qtasks.errors import ExportRefused
from qtasks.export.catalogue import catalogue_of
from qtasks.export.golang import golang
from qtasks.export.java import java
from qtasks.export.typescript import typescript
from qtasks.typed import Allocation
from qtasks.workers.registration import task_infos
from tests.tools import require

WRITERS = {"go": golang, "typescript": typescript, "java": java}


class Thing(pydantic.BaseModel):
    """A thing with <b>, & and */ in it, whose description is so long that it is broken."""

    class_: int = pydantic.Field(alias="class")
    odd: int = pydantic.Field(3, alias="odd-key")
    nothing: int | None
    kind: Literal["a b", "c"] = "c"


@pytest.fixture
def app():
    return QueueTasks("odd app")


@pytest.fixture(params=WRITERS)
def written(request):
    return lambda app: WRITERS[request.param](catalogue(app)).text


def catalogue(app):
    tasks = task_infos(app.asyncio.worker_plan())
    return catalogue_of(app.name, tasks, Allocation())


def test_go_of_hard_names_is_as_gofmt_leaves_it(app):
    gofmt = require("gofmt")

    @app.task(name="new")
    def _(default: str = 'a"b\\c\n\u2028é', *rest: Thing, **of: str) -> None: ...

    @app.task
    def gen(a: int, b: list[Thing] = [], /) -> Generator[list[Thing], None, Thing]:  # noqa: B006
        yield [a, b]

    text = golang(catalogue(app)).text
    done = subprocess.run(
        [gofmt, "-d"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_words_that_mean_something_in_java(app):
    @app.task(name="new")
    def _(default: str, *, of: int = 1) -> None: ...

    text = java(catalogue(app)).text
    assert "public Object new_(NewArgs args, Duration timeout) {" in text
    assert "public record NewArgs(String default_, Long of_) {" in text
    assert 'call.kwarg("default", default_);' in text


def test_keys_that_are_no_names(app):
    @app.task
    def take(thing: Thing) -> None: ...

    assert '"odd-key"?: number;' in typescript(catalogue(app)).text
    assert '@JsonProperty("odd-key") Long oddKey' in java(catalogue(app)).text
    assert '`json:"odd-key,omitzero"`' in golang(catalogue(app)).text


@pytest.mark.parametrize("write", [typescript, java])
def test_a_description_can_t_end_its_comment(app, write):
    @app.task
    def take(thing: Thing) -> None:
        """Take it */ now."""

    text = write(catalogue(app)).text
    assert "it */ now" not in text
    assert text.count("/*") == text.count("*/")


def test_two_things_of_one_name(app, written):
    @app.task
    def take(args: int) -> None: ...

    class TakeArgs(pydantic.BaseModel):
        size: int

    def other(args) -> None: ...

    other.__annotations__["args"] = TakeArgs
    app.task(other)
    with pytest.raises(ExportRefused, match="would be called 'TakeArgs'"):
        written(app)
