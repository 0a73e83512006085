"""Tasks of an app written for other languages, from the command line."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.command_line import CommandLine, line_with
from tests.integration.shop_app import SHOP
from tests.tools import require


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.py").write_text(SHOP)
    return CommandLine(tmp_path, QTASKS_APP="shop:app")


def change(shop, before, after):
    path = shop.folder / "shop.py"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def read(shop, path):
    return (shop.folder / path).read_text()


class TestJsonSchema:
    def test_what_is_in_the_document(self, shop):
        shop.run("export", "jsonschema", "-o", "api")
        document = json.loads(read(shop, "api/shop.schema.json"))
        assert document["app"] == "shop"
        order = document["tasks"]["order"]
        assert order["description"] == "Buy things."
        assert order["arguments"]["required"] == ["customer", "items"]
        assert order["arguments"]["properties"]["customer"] == {
            "description": "Who pays.",
            "type": "string",
        }
        assert order["result"]["$schema"].endswith("2020-12/schema")
        thumbnails = document["tasks"]["images.thumbnails"]
        assert thumbnails["router"] == "images"
        assert thumbnails["yields"]["type"] == "string"


class TestProto:
    def test_it_is_as_buf_wants_it(self, shop):
        buf = require("buf")
        made = shop.json("export", "proto", "-o", "api")
        shutil.copytree(made["imports"], shop.folder / "proto")
        (shop.folder / "buf.yaml").write_text(
            "version: v2\n"
            "modules: [{path: api}, {path: proto}]\n"
            "lint: {use: [STANDARD, COMMENTS]}\n"
        )
        for words in (["lint"], ["format", "--diff", "--exit-code", "api"]):
            done = subprocess.run(
                [buf, *words],
                cwd=shop.folder,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stdout) == (0, ""), done

    def test_numbers_stay_when_parameters_come_and_go(self, shop):
        shop.run("export", "proto", "-o", "api")
        assert "optional string note = 3;" in read(
            shop, "api/shop/tasks/v1/tasks.proto"
        )
        change(shop, 'note: str = "none"', "urgent: bool = False")
        shop.run("export", "proto", "-o", "api", "--allow-breaking")
        text = read(shop, "api/shop/tasks/v1/tasks.proto")
        assert "reserved 3;" in text
        assert "optional bool urgent = 4;" in text
        change(shop, "urgent: bool = False", 'note: str = "none"')
        shop.run("export", "proto", "-o", "api", "--allow-breaking")
        text = read(shop, "api/shop/tasks/v1/tasks.proto")
        assert "optional string note = 3;" in text
        assert "reserved 4;" in text

    def test_a_new_parameter_changes_no_other_number(self, shop):
        shop.run("export", "proto", "-o", "api")
        change(shop, "customer: str,", "customer: str, *, first: int = 0, ")
        change(shop, "items: list[Item], *,", "items: list[Item],")
        shop.run("export", "proto", "-o", "api")
        text = read(shop, "api/shop/tasks/v1/tasks.proto")
        assert "optional string customer = 1;" in text
        assert "optional int64 first = 4;" in text

    def test_what_has_no_form_is_told(self, shop):
        change(shop, 'note: str = "none"', "points: list[list[int]] = []")
        told = shop.run("export", "proto", "-o", "api").stderr
        assert told == (
            "qtasks: order: the parameter 'points' is a qtasks.v1.Payload, because it is "
            "a list or a map inside of another\n"
        )
        made = shop.json("export", "proto", "-o", "api")
        assert [one["where"] for one in made["untyped"]] == ["order"]


class TestBroker:
    def test_it_serves_what_was_exported(self, shop):
        """Also the numbers that fields got when the types were others."""
        grpcurl = require("grpcurl")
        shop.run("export", "proto", "-o", "api")
        change(shop, 'note: str = "none"', "urgent: bool = False")
        change(shop, "-> Receipt:", "-> str:")
        shop.run("export", "proto", "-o", "api", "--allow-breaking")
        exported = read(shop, "api/shop/tasks/v1/tasks.proto")
        shop.environment["QTASKS_SCHEMA_LOCK"] = "api/shop.lock.json"
        with shop.broker(), shop.running("run") as worker:
            line_with(worker, "worker connected")
            where = shop.environment["QTASKS_BROKER_URL"].removeprefix("grpc://")
            for message in ("OrderRequest", "OrderResponse"):
                served = subprocess.run(
                    [
                        grpcurl,
                        "-plaintext",
                        where,
                        "describe",
                        f"shop.tasks.v1.{message}",
                    ],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                assert fields(served.stdout, message) == fields(exported, message)
        assert "bool urgent = 4;" in fields(exported, "OrderRequest")
        assert "string result = 3;" in fields(exported, "OrderResponse")

    def test_a_worker_without_its_lock_does_not_start(self, shop):
        shop.environment["QTASKS_SCHEMA_LOCK"] = "api/shop.lock.json"
        with shop.broker():
            told = shop.run("run", code=2)
        assert "there is no lock file api/shop.lock.json" in told.stderr


def fields(text, message):
    """The fields of a message, as they are written in its definition."""
    inside = text.partition(f"message {message} {{")[2].partition("\n}")[0]
    names = re.findall(r"(?:shop\.tasks\.v1\.)?(\w+ \w+ = \d+)", inside)
    return {f"{one};" for one in names}


class TestChanges:
    def test_a_breaking_one_is_told_and_nothing_is_written(self, shop):
        shop.run("export", "jsonschema", "proto", "-o", "api")
        before = {
            path: path.read_bytes()
            for path in (shop.folder / "api").rglob("*")
            if path.is_file()
        }
        change(shop, "width: int, *names", "width: str, *names")
        change(
            shop, "items: list[Item], *, note", "items: list[Item], *, sum: int, note"
        )
        refused = shop.run("export", "jsonschema", "proto", "-o", "api", code=1)
        assert refused.stderr == (
            "qtasks: breaking: images.thumbnails: the parameter 'width' was integer, "
            "and is string\n"
            "qtasks: breaking: order: the parameter 'sum' is new, and must be given\n"
            "qtasks: nothing was written; --allow-breaking writes nevertheless\n"
        )
        assert before == {path: path.read_bytes() for path in before}
        shop.run("export", "jsonschema", "proto", "-o", "api", "--allow-breaking")
        shop.run("export", "jsonschema", "proto", "-o", "api", "--check")

    def test_a_task_that_is_gone(self, shop):
        shop.run("export", "proto", "-o", "api")
        change(shop, "app.include_router(images)", "")
        made = shop.json("export", "proto", "-o", "api", code=1)
        assert made["breaking"] == ["images.thumbnails: the task is gone"]
        assert {one["state"] for one in made["files"]} == {"stale"}

    def test_others_are_written(self, shop):
        shop.run("export", "jsonschema", "-o", "api")
        change(shop, "Buy things.", "Buy many things.")
        made = shop.json("export", "jsonschema", "-o", "api")
        states = {Path(one["file"]).name: one["state"] for one in made["files"]}
        assert states == {"shop.lock.json": "fresh", "shop.schema.json": "written"}
        assert "Buy many things." in read(shop, "api/shop.schema.json")


class TestCheck:
    def test_it_says_whether_all_is_up_to_date_and_writes_nothing(self, shop):
        shop.run("export", "proto", "-o", "api", "--check", code=1)
        assert not (shop.folder / "api").exists()
        shop.run("export", "proto", "-o", "api")
        shop.run("export", "proto", "-o", "api", "--check")
        change(shop, "Buy things.", "Buy many things.")
        stale = shop.run("export", "proto", "-o", "api", "--check", code=1)
        assert "stale: api/shop/tasks/v1/tasks.proto" in stale.stdout
        assert "not up to date" in stale.stderr
        assert "Buy things." in read(shop, "api/shop/tasks/v1/tasks.proto")


class TestMistakes:
    def test_no_app(self, shop):
        del shop.environment["QTASKS_APP"]
        assert "-A" in shop.run("export", "proto", "-o", "api", code=2).stderr

    def test_an_app_without_tasks(self, shop):
        (shop.folder / "empty.py").write_text(
            "import qtasks\n\napp = qtasks.QueueTasks('empty')\n"
        )
        told = shop.run("-A", "empty:app", "export", "proto", "-o", "api", code=2)
        assert "has no tasks" in told.stderr
        assert not (shop.folder / "api").exists()

    def test_no_such_format(self, shop):
        assert "cobol" in shop.run("export", "cobol", "-o", "api", code=2).stderr

    def test_a_file_of_somebody_else(self, shop):
        (shop.folder / "api").mkdir()
        foreign = shop.folder / "api" / "shop.schema.json"
        foreign.write_text("{}")
        told = shop.run("export", "jsonschema", "-o", "api", code=2)
        assert "was not written by `qtasks export`" in told.stderr
        assert foreign.read_text() == "{}"
        assert list(foreign.parent.iterdir()) == [foreign]

    def test_a_file_in_place_of_the_folder(self, shop):
        (shop.folder / "api").write_text("")
        told = shop.run("export", "jsonschema", "-o", "api", code=2)
        assert "Not a directory" in told.stderr

    def test_a_lock_that_was_damaged(self, shop):
        shop.run("export", "proto", "-o", "api")
        lock = shop.folder / "api" / "shop.lock.json"
        lock.write_text(lock.read_text().replace('"names"', '"nam"'))
        assert "is no lock" in shop.run("export", "proto", "-o", "api", code=2).stderr

    def test_the_lock_of_another_app(self, shop):
        shop.run("export", "proto", "-o", "api")
        change(shop, 'QueueTasks("shop")', 'QueueTasks("Shop!")')
        told = shop.run("export", "proto", "-o", "api", code=2)
        assert "is that of the app 'shop'" in told.stderr

    def test_the_help_has_examples(self, shop):
        told = shop.run("export", "--help").stdout
        assert "qtasks -A shop:app export proto -o api --check" in told
